using System.Buffers.Binary;

namespace Restante.Amqp.Transport;

/// <summary>The first eight bytes of a frame. [AMQP 2.3.1]</summary>
internal readonly struct FrameHeader
{
    internal const int Length = 8;
    internal const byte AmqpType = 0;
    internal const byte SaslType = 1;

    private FrameHeader(int size, int bodyOffset, byte type, ushort channel)
    {
        Size = size;
        BodyOffset = bodyOffset;
        Type = type;
        Channel = channel;
    }

    internal int Size { get; }

    internal int BodyOffset { get; }

    internal byte Type { get; }

    internal ushort Channel { get; }

    /// <summary>Reads a header and checks it before any of the body is waited for.</summary>
    internal static FrameHeader Read(ReadOnlySpan<byte> bytes, uint maxSize)
    {
        uint size = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        int offset = bytes[4] * 4;
        if (size < Length)
            throw Framing("A frame is smaller than its header."); // [AMQP 2.3.1]
        if (size > maxSize)
            throw Framing($"A frame of {size} bytes is larger than the {maxSize} allowed.");
        if (offset < Length || offset > size)
            throw Framing("A frame's data offset lies outside it."); // [AMQP 2.3.1]
        return new FrameHeader((int)size, offset, bytes[5], BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]));
    }

    internal static void Write(Span<byte> header, int size, byte type, ushort channel)
    {
        BinaryPrimitives.WriteInt32BigEndian(header, size);
        header[4] = 2;
        header[5] = type;
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], channel);
    }

    internal static AmqpViolationException Framing(string description) =>
        new(ErrorScope.Connection, AmqpConditions.FramingError, description) { LosesFraming = true };
}
