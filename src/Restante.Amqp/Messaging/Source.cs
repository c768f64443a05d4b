using Restante.Amqp.Types;

namespace Restante.Amqp.Messaging;

/// <summary>Where the messages of a link come from. [AMQP 3.5.3]</summary>
public sealed record Source
{
    /// <summary>The node's address; null for a dynamic or anonymous one.</summary>
    public string? Address { get; init; }

    public TerminusDurability Durable { get; init; }

    /// <summary><c>link-detach</c>, <c>session-end</c> (the default when null), <c>connection-close</c> or <c>never</c>.</summary>
    public Symbol? ExpiryPolicy { get; init; }

    /// <summary>Seconds an expiring terminus is kept.</summary>
    public uint TimeoutSeconds { get; init; }

    /// <summary>True to ask the peer to make a node.</summary>
    public bool Dynamic { get; init; }

    public AmqpMap? DynamicNodeProperties { get; init; }

    /// <summary><c>move</c> or <c>copy</c>.</summary>
    public Symbol? DistributionMode { get; init; }

    /// <summary>Filters by name; the values are usually <see cref="DescribedValue"/>.</summary>
    public AmqpMap? Filter { get; init; }

    /// <summary>The state taken where the receiver settles without one.</summary>
    public DeliveryState? DefaultOutcome { get; init; }

    public IReadOnlyList<Symbol> Outcomes { get; init; } = [];

    public IReadOnlyList<Symbol> Capabilities { get; init; } = [];
}
