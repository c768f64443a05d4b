using Restante.Amqp.Types;

namespace Restante.Amqp.Messaging;

/// <summary>Where the messages of a link go to. [AMQP 3.5.4]</summary>
public sealed record Target
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

    public IReadOnlyList<Symbol> Capabilities { get; init; } = [];
}
