namespace Restante.Contracts;

/// <summary>A message on the dead-letter shelf of a device.</summary>
public sealed record DeadLetterView : MessageParts
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary><c>command</c>, <c>notification</c> or <c>answer</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>rejected</c>, <c>undeliverable</c> or <c>expired</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>The policy that sent it.</summary>
    public required string Sender { get; init; }

    /// <summary>When the gateway took it.</summary>
    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>How often it had been handed out.</summary>
    public required int DeliveryCount { get; init; }
}
