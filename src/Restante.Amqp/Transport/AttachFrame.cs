using Restante.Amqp.Messaging;
using Restante.Amqp.Types;

namespace Restante.Amqp.Transport;

/// <summary>Our own attach; and the decoding of the peer's. [AMQP 2.7.3]</summary>
internal readonly struct AttachFrame : IPerformative
{
    internal string Name { get; init; }

    internal uint Handle { get; init; }

    internal bool IsReceiver { get; init; }

    internal SenderSettleMode SenderSettleMode { get; init; }

    internal ReceiverSettleMode ReceiverSettleMode { get; init; }

    internal Source? Source { get; init; }

    internal Target? Target { get; init; }

    internal ulong MaxMessageSize { get; init; }

    internal IReadOnlyList<Symbol> OfferedCapabilities { get; init; }

    internal IReadOnlyList<Symbol> DesiredCapabilities { get; init; }

    internal AmqpMap? Properties { get; init; }

    public void Encode(ref AmqpWriter writer)
    {
        writer.WriteDescriptor(Descriptors.Attach);
        CompoundScope list = writer.BeginCompound();
        writer.WriteString(Name);
        writer.WriteUInt(Handle);
        writer.WriteBoolean(IsReceiver);
        writer.WriteUByte((byte)SenderSettleMode);
        writer.WriteUByte((byte)ReceiverSettleMode);
        TerminusCodec.Write(ref writer, Source);
        TerminusCodec.Write(ref writer, Target);
        writer.WriteNull(); // unsettled
        writer.WriteNull(); // incomplete-unsettled
        writer.UInt(IsReceiver ? null : 0); // initial-delivery-count
        writer.ULong(MaxMessageSize == 0 ? null : MaxMessageSize);
        writer.WriteSymbols(OfferedCapabilities ?? []);
        writer.WriteSymbols(DesiredCapabilities ?? []);
        writer.WriteMap(Properties);
        writer.EndFields(list);
    }

    internal static Attach Decode(ref ItemReader items, DecodeLimits limits)
    {
        string name = items.NextString(int.MaxValue) ?? throw OpenFrame.Missing("name");
        uint handle = items.NextUInt() ?? throw OpenFrame.Missing("handle");
        bool isReceiver = items.TryTakeNull() ? throw OpenFrame.Missing("role") : items.TakeBoolean();
        byte senderMode = items.NextUByte(absent: (byte)SenderSettleMode.Mixed);
        byte receiverMode = items.NextUByte(absent: (byte)ReceiverSettleMode.First);
        if (senderMode > (byte)SenderSettleMode.Mixed || receiverMode > (byte)ReceiverSettleMode.Second)
            throw AmqpViolationException.Decode("A settle mode has no such value.");
        Source? source = TerminusCodec.ReadSource(items.NextRaw(), limits);
        ReadOnlySpan<byte> rawTarget = items.NextRaw();
        bool isCoordinator = TerminusCodec.IsCoordinator(rawTarget);
        Target? target = isCoordinator ? null : TerminusCodec.ReadTarget(rawTarget, limits);
        items.NextRaw(); // unsettled: links are not resumed
        items.NextBoolean(absent: false); // incomplete-unsettled
        return new Attach
        {
            Name = name,
            Handle = handle,
            PeerIsSender = !isReceiver,
            SenderSettleMode = (SenderSettleMode)senderMode,
            ReceiverSettleMode = (ReceiverSettleMode)receiverMode,
            Source = source,
            Target = target,
            IsCoordinator = isCoordinator,
            InitialDeliveryCount = items.NextUInt(),
            MaxMessageSize = items.NextULong(absent: 0),
            OfferedCapabilities = items.NextSymbols(limits),
            DesiredCapabilities = items.NextSymbols(limits),
            Properties = items.NextMap(limits),
        };
    }
}
