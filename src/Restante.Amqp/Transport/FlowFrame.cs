using Restante.Amqp.Types;

namespace Restante.Amqp.Transport;

/// <summary>The flow state of a session and, with a handle, of a link. [AMQP 2.7.4]</summary>
internal readonly struct FlowFrame : IPerformative
{
    internal SequenceNo? NextIncomingId { get; init; }

    internal uint IncomingWindow { get; init; }

    internal SequenceNo NextOutgoingId { get; init; }

    internal uint OutgoingWindow { get; init; }

    internal uint? Handle { get; init; }

    internal SerialNumber? DeliveryCount { get; init; }

    internal uint? LinkCredit { get; init; }

    internal uint? Available { get; init; }

    internal bool Drain { get; init; }

    internal bool Echo { get; init; }

    public void Encode(ref AmqpWriter writer)
    {
        writer.WriteDescriptor(Descriptors.Flow);
        CompoundScope list = writer.BeginCompound();
        writer.UInt(NextIncomingId?.Value);
        writer.WriteUInt(IncomingWindow);
        writer.WriteUInt(NextOutgoingId.Value);
        writer.WriteUInt(OutgoingWindow);
        writer.UInt(Handle);
        writer.UInt(DeliveryCount?.Value);
        writer.UInt(LinkCredit);
        writer.UInt(Available);
        writer.Boolean(Drain ? true : null);
        writer.Boolean(Echo ? true : null);
        writer.EndFields(list);
    }

    internal static FlowFrame Decode(ref ItemReader items)
    {
        uint? nextIncoming = items.NextUInt();
        uint incomingWindow = items.NextUInt() ?? throw OpenFrame.Missing("incoming-window");
        uint nextOutgoing = items.NextUInt() ?? throw OpenFrame.Missing("next-outgoing-id");
        uint outgoingWindow = items.NextUInt() ?? throw OpenFrame.Missing("outgoing-window");
        uint? handle = items.NextUInt();
        uint? deliveryCount = items.NextUInt();
        return new FlowFrame
        {
            NextIncomingId = nextIncoming is { } incoming ? new SequenceNo(incoming) : null,
            IncomingWindow = incomingWindow,
            NextOutgoingId = new SequenceNo(nextOutgoing),
            OutgoingWindow = outgoingWindow,
            Handle = handle,
            DeliveryCount = deliveryCount is { } count ? new SerialNumber(count) : null,
            LinkCredit = items.NextUInt(),
            Available = items.NextUInt(),
            Drain = items.NextBoolean(absent: false),
            Echo = items.NextBoolean(absent: false),
        };
    }
}
