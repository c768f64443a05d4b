namespace Restante.Contracts;

/// <summary>A job as it stands.</summary>
public sealed record JobView
{
    /// <summary>Its id, for <c>/v1/jobs/{id}</c>.</summary>
    public required string Id { get; init; }

    /// <summary>For whom it is: an audience query.</summary>
    public required string Audience { get; init; }

    /// <summary>The policy that created it.</summary>
    public required string Creator { get; init; }

    /// <summary><c>scheduled</c>, <c>running</c>, <c>completed</c>, <c>aborted</c> or <c>cancelled</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why it was aborted or cancelled.</summary>
    public string? Reason { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it is to begin; absent for at once.</summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>When it began to send.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it was completed, aborted or cancelled.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How many commands it sends in a second at the most.</summary>
    public required int RatePerSecond { get; init; }

    /// <summary>How many devices belonged to the audience when it was created.</summary>
    public required long Expected { get; init; }

    /// <summary>True when the whole audience was gone through.</summary>
    public required bool IsSent { get; init; }

    /// <summary>True when no mailbox holds a command of it any more: the counts are final.</summary>
    public required bool IsClosed { get; init; }

    /// <summary>How far it has come, in devices.</summary>
    public required JobProgress Progress { get; init; }
}
