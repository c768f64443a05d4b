using Restante.Core.Mailboxes;

namespace Restante.Core.Jobs;

/// <summary>How far a job has come, in devices.</summary>
public sealed record JobCounts
{
    /// <summary>Nothing yet.</summary>
    public static JobCounts None { get; } = new();

    /// <summary>To how many the command was sent.</summary>
    public long Sent { get; init; }

    /// <summary>For how many it was refused: their mailbox is full, or they were removed while it was sent.</summary>
    public long Refused { get; init; }

    /// <summary>How many have accepted it.</summary>
    public long Accepted { get; init; }

    /// <summary>How many have rejected it.</summary>
    public long Rejected { get; init; }

    /// <summary>For how many it has expired.</summary>
    public long Expired { get; init; }

    /// <summary>For how many it was handed out in vain as often as is allowed.</summary>
    public long Undeliverable { get; init; }

    /// <summary>For how many it was taken back or replaced.</summary>
    public long Cancelled { get; init; }

    /// <summary>How many were removed before it ended otherwise.</summary>
    public long DeviceRemoved { get; init; }

    /// <summary>How many have ended, however; who was refused has.</summary>
    public long Ended => Refused + Accepted + Rejected + Expired + Undeliverable + Cancelled + DeviceRemoved;

    /// <summary>How many have failed: refused, rejected, expired, undeliverable.</summary>
    public long Failed => Refused + Rejected + Expired + Undeliverable;

    /// <summary>How many have not ended.</summary>
    public long Open => Sent + Refused - Ended;

    /// <summary>With so many more that ended in one way.</summary>
    public JobCounts With(Outcome outcome, long more) => outcome switch
    {
        Outcome.Accepted => this with { Accepted = Accepted + more },
        Outcome.Rejected => this with { Rejected = Rejected + more },
        Outcome.Expired => this with { Expired = Expired + more },
        Outcome.Undeliverable => this with { Undeliverable = Undeliverable + more },
        Outcome.Cancelled => this with { Cancelled = Cancelled + more },
        Outcome.DeviceRemoved => this with { DeviceRemoved = DeviceRemoved + more },
        _ => this,
    };
}
