namespace Restante.Contracts;

/// <summary>How a command ended.</summary>
public sealed record OutcomeView
{
    /// <summary>Its place in the feed of outcomes.</summary>
    public required long Number { get; init; }

    /// <summary>The command's id.</summary>
    public required string Id { get; init; }

    /// <summary>The device.</summary>
    public required string Device { get; init; }

    /// <summary>What the message was: <c>command</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>
    /// <c>accepted</c>, <c>rejected</c>, <c>expired</c>, <c>undeliverable</c>, <c>cancelled</c> or <c>device-removed</c>.
    /// </summary>
    public required string Outcome { get; init; }

    /// <summary>Why, in the words of the device or the gateway.</summary>
    public string? Reason { get; init; }

    /// <summary>The sender's own id of the message.</summary>
    public string? MessageId { get; init; }

    /// <summary>The policy that sent it.</summary>
    public required string Sender { get; init; }

    /// <summary>How often it had been handed out.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>When the gateway took it.</summary>
    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset At { get; init; }
}
