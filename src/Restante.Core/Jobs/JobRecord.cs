using Restante.Core.Devices;
using Restante.Core.Mailboxes;

namespace Restante.Core.Jobs;

/// <summary>A job as it stands.</summary>
public sealed record JobRecord
{
    /// <summary>Its number.</summary>
    public required JobNumber Number { get; init; }

    /// <summary>The audience query: whom it is for.</summary>
    public required string Audience { get; init; }

    /// <summary>On which terms.</summary>
    public required JobTerms Terms { get; init; }

    /// <summary>The policy that began it; the sender of its commands.</summary>
    public required string Creator { get; init; }

    /// <summary>How many devices belonged to the audience when it was created.</summary>
    public required long Expected { get; init; }

    /// <summary>When it was created, in milliseconds since the Unix epoch.</summary>
    public required long CreatedAtMs { get; init; }

    /// <summary>When it began to send; 0 before.</summary>
    public long StartedAtMs { get; init; }

    /// <summary>When it was completed, aborted or cancelled; 0 before.</summary>
    public long EndedAtMs { get; init; }

    /// <summary>Where it is.</summary>
    public JobState State { get; init; }

    /// <summary>Why it was aborted or cancelled.</summary>
    public string? Reason { get; init; }

    /// <summary>True when the whole audience was gone through.</summary>
    public bool IsSent { get; init; }

    /// <summary>True when it has ended and no mailbox holds a command of it any more; the counts are final.</summary>
    public bool IsClosed { get; init; }

    /// <summary>The last device in the order of ids that was dealt with; null before the first.</summary>
    public DeviceId? Cursor { get; init; }

    /// <summary>
    /// A command of it that was known when the cursor was moved last: those after it may have been sent without being counted.
    /// </summary>
    public Sequence LastSequence { get; init; }

    /// <summary>How far it has come.</summary>
    public JobCounts Counts { get; init; } = JobCounts.None;

    /// <summary>True while it has not been completed, aborted or cancelled.</summary>
    public bool IsLive => State is JobState.Scheduled or JobState.Running;
}
