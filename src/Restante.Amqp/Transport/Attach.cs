using Restante.Amqp.Messaging;
using Restante.Amqp.Types;

namespace Restante.Amqp.Transport;

/// <summary>The peer's attach: what kind of link it wants or granted. [AMQP 2.7.3]</summary>
public sealed class Attach
{
    public required string Name { get; init; }

    /// <summary>True where the peer is the sender, so that we receive.</summary>
    public required bool PeerIsSender { get; init; }

    public SenderSettleMode SenderSettleMode { get; init; } = SenderSettleMode.Mixed;

    public ReceiverSettleMode ReceiverSettleMode { get; init; } = ReceiverSettleMode.First;

    public Source? Source { get; init; }

    public Target? Target { get; init; }

    /// <summary>True where the target is a transaction coordinator; the engine refuses it before the owner sees it.</summary>
    public bool IsCoordinator { get; init; }

    /// <summary>Bytes; 0 where the peer set no limit.</summary>
    public ulong MaxMessageSize { get; init; }

    public IReadOnlyList<Symbol> OfferedCapabilities { get; init; } = [];

    public IReadOnlyList<Symbol> DesiredCapabilities { get; init; } = [];

    public AmqpMap? Properties { get; init; }

    internal uint Handle { get; init; }

    internal uint? InitialDeliveryCount { get; init; }
}
