using Restante.Amqp.Messaging;
using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>What to grant when the peer attaches a link.</summary>
public sealed record LinkAnswer
{
    /// <summary>The source as it is; repeat the peer's with its filters if they are honoured.</summary>
    public Source? Source { get; init; }

    /// <summary>The target as it is; usually the peer's.</summary>
    public Target? Target { get; init; }

    /// <summary>Null to take the peer's wish.</summary>
    public SenderSettleMode? SenderSettleMode { get; init; }

    /// <summary>Null to take the peer's wish.</summary>
    public ReceiverSettleMode? ReceiverSettleMode { get; init; }

    /// <summary>Bytes; null for <see cref="AmqpSettings.MaxMessageSize"/>.</summary>
    public int? MaxMessageSize { get; init; }

    public AmqpMap? Properties { get; init; }

    public IReadOnlyList<Symbol> OfferedCapabilities { get; init; } = [];
}
