using Restante.Amqp.Types;

namespace Restante.Amqp.Transport;

/// <summary>Begins a session. [AMQP 2.7.2]</summary>
internal readonly struct BeginFrame : IPerformative
{
    internal ushort? RemoteChannel { get; init; }

    internal SequenceNo NextOutgoingId { get; init; }

    internal uint IncomingWindow { get; init; }

    internal uint OutgoingWindow { get; init; }

    internal uint HandleMax { get; init; }

    public void Encode(ref AmqpWriter writer)
    {
        writer.WriteDescriptor(Descriptors.Begin);
        CompoundScope list = writer.BeginCompound();
        writer.UShort(RemoteChannel);
        writer.WriteUInt(NextOutgoingId.Value);
        writer.WriteUInt(IncomingWindow);
        writer.WriteUInt(OutgoingWindow);
        writer.WriteUInt(HandleMax);
        writer.EndFields(list);
    }

    internal static BeginFrame Decode(ref ItemReader items)
    {
        ushort? remoteChannel = items.TryTakeNull() ? null : items.TakeUShort();
        return new BeginFrame
        {
            RemoteChannel = remoteChannel,
            NextOutgoingId = new SequenceNo(items.NextUInt() ?? throw OpenFrame.Missing("next-outgoing-id")),
            IncomingWindow = items.NextUInt() ?? throw OpenFrame.Missing("incoming-window"),
            OutgoingWindow = items.NextUInt() ?? throw OpenFrame.Missing("outgoing-window"),
            HandleMax = items.NextUInt(absent: uint.MaxValue),
        };
    }
}
