using Restante.Amqp.Types;

namespace Restante.Amqp.Transport;

/// <summary>The performative before a piece of a message. [AMQP 2.7.5]</summary>
internal readonly ref struct TransferFrame
{
    internal uint Handle { get; init; }

    internal DeliveryNumber? DeliveryId { get; init; }

    internal bool HasTag { get; init; }

    internal ReadOnlySpan<byte> Tag { get; init; }

    internal uint? MessageFormat { get; init; }

    internal bool? Settled { get; init; }

    internal bool More { get; init; }

    internal ReceiverSettleMode? ReceiverSettleMode { get; init; }

    internal ReadOnlySpan<byte> RawState { get; init; }

    internal bool Aborted { get; init; }

    /// <summary>The same with the flag that more frames follow.</summary>
    internal TransferFrame WithMore() => new()
    {
        Handle = Handle,
        DeliveryId = DeliveryId,
        HasTag = HasTag,
        Tag = Tag,
        MessageFormat = MessageFormat,
        Settled = Settled,
        More = true,
    };

    internal void Encode(ref AmqpWriter writer)
    {
        writer.WriteDescriptor(Descriptors.Transfer);
        CompoundScope list = writer.BeginCompound();
        writer.WriteUInt(Handle);
        writer.UInt(DeliveryId?.Value);
        if (HasTag)
            writer.WriteBinary(Tag);
        else
            writer.WriteNull();
        writer.UInt(MessageFormat);
        writer.Boolean(Settled);
        writer.Boolean(More ? true : null);
        writer.WriteNull(); // rcv-settle-mode
        writer.WriteNull(); // state
        writer.WriteNull(); // resume
        writer.Boolean(Aborted ? true : null);
        writer.EndFields(list);
    }

    internal static TransferFrame Decode(ref ItemReader items)
    {
        uint handle = items.NextUInt() ?? throw OpenFrame.Missing("handle");
        uint? number = items.NextUInt();
        ReadOnlySpan<byte> tag = items.NextBinary(out bool hasTag);
        uint? format = items.NextUInt();
        bool? settled = items.TryTakeNull() ? null : items.TakeBoolean();
        bool more = items.NextBoolean(absent: false);
        byte? mode = items.TryTakeNull() ? null : items.TakeUByte();
        if (mode > (byte)Amqp.ReceiverSettleMode.Second)
            throw AmqpViolationException.Decode("A settle mode has no such value.");
        ReadOnlySpan<byte> state = items.NextRaw();
        items.NextBoolean(absent: false); // resume
        return new TransferFrame
        {
            Handle = handle,
            DeliveryId = number is { } id ? new DeliveryNumber(id) : null,
            HasTag = hasTag,
            Tag = tag,
            MessageFormat = format,
            Settled = settled,
            More = more,
            ReceiverSettleMode = (ReceiverSettleMode?)mode,
            RawState = state,
            Aborted = items.NextBoolean(absent: false),
        };
    }
}
