using Restante.Amqp.Messaging;
using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>What to ask for when we attach a link.</summary>
public sealed record LinkSettings
{
    /// <summary>Unique per direction between the two containers, 1 to 256 bytes of UTF-8.</summary>
    public required string Name { get; init; }

    /// <summary>True to send on it, false to receive.</summary>
    public required bool IsSender { get; init; }

    public Source? Source { get; init; }

    public Target? Target { get; init; }

    public SenderSettleMode SenderSettleMode { get; init; } = SenderSettleMode.Mixed;

    public ReceiverSettleMode ReceiverSettleMode { get; init; } = ReceiverSettleMode.First;

    /// <summary>Bytes; null for <see cref="AmqpSettings.MaxMessageSize"/>.</summary>
    public int? MaxMessageSize { get; init; }

    public AmqpMap? Properties { get; init; }

    public IReadOnlyList<Symbol> DesiredCapabilities { get; init; } = [];

    /// <summary>The owner's own object, see <see cref="AmqpLink.Owner"/>.</summary>
    public object? Owner { get; init; }
}
