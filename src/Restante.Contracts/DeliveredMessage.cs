namespace Restante.Contracts;

/// <summary>A message handed to a device.</summary>
public sealed record DeliveredMessage : MessageParts
{
    /// <summary>Its id; for a command the one to report under.</summary>
    public required string Id { get; init; }

    /// <summary>Names this hand-out, for settling it at <c>/v1/mailbox/{lease}</c>.</summary>
    public required string Lease { get; init; }

    /// <summary><c>command</c>, <c>notification</c> or <c>answer</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>When the gateway took it.</summary>
    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>When it expires; absent for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Until when it must be settled or its lease renewed.</summary>
    public required DateTimeOffset LeasedUntil { get; init; }

    /// <summary>How often it has been handed out, this time included.</summary>
    public required int DeliveryCount { get; init; }
}
