using Restante.Amqp.Messaging;
using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>A whole delivery as it came from the peer. The spans are valid during the callback only.</summary>
public readonly ref struct IncomingDelivery
{
    /// <summary>The number to settle it by.</summary>
    public DeliveryNumber Number { get; init; }

    /// <summary>0 to 32 bytes chosen by the sender.</summary>
    public ReadOnlySpan<byte> Tag { get; init; }

    /// <summary>The encoded message (all sections) for message-format 0.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    public uint MessageFormat { get; init; }

    /// <summary>True where the sender has settled already: no disposition is expected or possible.</summary>
    public bool IsSettled { get; init; }

    /// <summary>The state that the sender attached to the transfer, rarely present.</summary>
    public DeliveryState? State { get; init; }
}
