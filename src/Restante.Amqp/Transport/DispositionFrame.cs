using Restante.Amqp.Messaging;
using Restante.Amqp.Types;

namespace Restante.Amqp.Transport;

/// <summary>Tells the state of a range of deliveries. [AMQP 2.7.6]</summary>
internal readonly struct DispositionFrame : IPerformative
{
    /// <summary>True where the one who tells is the receiver of the deliveries.</summary>
    internal bool IsReceiver { get; init; }

    internal DeliveryNumber First { get; init; }

    internal DeliveryNumber Last { get; init; }

    internal bool Settled { get; init; }

    internal DeliveryState? State { get; init; }

    public void Encode(ref AmqpWriter writer)
    {
        writer.WriteDescriptor(Descriptors.Disposition);
        CompoundScope list = writer.BeginCompound();
        writer.WriteBoolean(IsReceiver);
        writer.WriteUInt(First.Value);
        writer.UInt(Last == First ? null : Last.Value);
        writer.Boolean(Settled ? true : null);
        DeliveryStateCodec.Write(ref writer, State);
        writer.EndFields(list);
    }

    internal static DispositionFrame Decode(ref ItemReader items, DecodeLimits limits)
    {
        bool isReceiver = items.TryTakeNull() ? throw OpenFrame.Missing("role") : items.TakeBoolean();
        uint first = items.NextUInt() ?? throw OpenFrame.Missing("first");
        uint last = items.NextUInt(absent: first);
        return new DispositionFrame
        {
            IsReceiver = isReceiver,
            First = new DeliveryNumber(first),
            Last = new DeliveryNumber(last),
            Settled = items.NextBoolean(absent: false),
            State = DeliveryStateCodec.Read(items.NextRaw(), limits),
        };
    }
}
