namespace Restante.Contracts;

/// <summary>A message in a mailbox.</summary>
public sealed record MailboxMessageView : MessageParts
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary><c>command</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>waiting</c> or <c>leased</c>.</summary>
    public required string State { get; init; }

    /// <summary>The policy that sent it.</summary>
    public required string Sender { get; init; }

    /// <summary>When the gateway took it.</summary>
    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>When it expires; absent for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How often it has been handed out.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>Until when the device holds it; only while it is leased.</summary>
    public DateTimeOffset? LeasedUntil { get; init; }
}
