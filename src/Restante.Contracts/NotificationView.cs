namespace Restante.Contracts;

/// <summary>A notification and what has become of it.</summary>
public sealed record NotificationView : MessageParts
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>For whom: an audience query.</summary>
    public required string Audience { get; init; }

    /// <summary>The policy that sent it.</summary>
    public required string Sender { get; init; }

    /// <summary>When the gateway took it.</summary>
    public required DateTimeOffset SentAt { get; init; }

    /// <summary>When it expires.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary><c>active</c>, <c>expired</c> or <c>recalled</c>.</summary>
    public required string State { get; init; }

    /// <summary>When it expired or was recalled; absent while it is active.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it was recalled.</summary>
    public string? Reason { get; init; }

    /// <summary>How many devices accepted it.</summary>
    public required long Accepted { get; init; }

    /// <summary>How many devices rejected it.</summary>
    public required long Rejected { get; init; }

    /// <summary>How many devices were handed it as often as allowed without settling it.</summary>
    public required long Undeliverable { get; init; }

    /// <summary>How many devices belong to the audience now; only when one notification is shown.</summary>
    public long? Matching { get; init; }
}
