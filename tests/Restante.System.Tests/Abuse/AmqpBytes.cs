using System.Buffers.Binary;
using System.Text;

namespace Restante.System.Tests.Abuse;

/// <summary>
/// AMQP 1.0 as plain bytes, written from the specification and from nothing else, so that it can be wrong in any way wanted.
/// </summary>
internal static class AmqpBytes
{
    public const byte Open = 0x10;
    public const byte Begin = 0x11;
    public const byte Attach = 0x12;
    public const byte Flow = 0x13;
    public const byte Transfer = 0x14;
    public const byte Disposition = 0x15;
    public const byte Detach = 0x16;
    public const byte End = 0x17;
    public const byte Close = 0x18;
    public const byte SaslMechanisms = 0x40;
    public const byte SaslInit = 0x41;
    public const byte SaslOutcome = 0x44;

    public static readonly byte[] AmqpHeader = [.. "AMQP"u8, 0, 1, 0, 0];
    public static readonly byte[] SaslHeader = [.. "AMQP"u8, 3, 1, 0, 0];
    public static readonly byte[] Null = [0x40];
    public static readonly byte[] True = [0x41];
    public static readonly byte[] False = [0x42];

    /// <summary>A frame of an AMQP session with a body.</summary>
    public static byte[] Frame(int channel, params byte[][] body) => Frame(0, 2, channel, Join(body));

    public static byte[] SaslFrame(params byte[][] body) => Frame(1, 2, 0, Join(body));

    public static byte[] Frame(byte type, byte offset, int channel, byte[] body) => [.. Header(body.Length + 8, type, offset, channel), .. body];

    /// <summary>The first eight bytes of a frame that says it has a size.</summary>
    public static byte[] Header(long size, byte type, byte offset, int channel)
    {
        var header = new byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(header, (uint)size);
        header[4] = offset;
        header[5] = type;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), (ushort)channel);
        return header;
    }

    public static byte[] Performative(byte code, params byte[][] fields) => [0x00, 0x53, code, .. List(fields)];

    public static byte[] List(params byte[][] fields) => Compound(0xd0, fields.Length, Join(fields));

    public static byte[] Map(params byte[][] keysAndValues) => Compound(0xd1, keysAndValues.Length, Join(keysAndValues));

    /// <summary>A compound of four-byte width that says it has so many items.</summary>
    public static byte[] Compound(byte constructor, long count, byte[] items)
    {
        var head = new byte[9];
        head[0] = constructor;
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(1), items.Length + 4);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(5), (uint)count);
        return [.. head, .. items];
    }

    public static byte[] UInt(uint value)
    {
        var bytes = new byte[5];
        bytes[0] = 0x70;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    public static byte[] UShort(ushort value) => [0x60, (byte)(value >> 8), (byte)value];

    public static byte[] UByte(byte value) => [0x50, value];

    public static byte[] Text(string value) => Variable(0xb1, Encoding.UTF8.GetBytes(value));

    public static byte[] Symbol(string value) => Variable(0xb3, Encoding.ASCII.GetBytes(value));

    public static byte[] Binary(params byte[] value) => Variable(0xb0, value);

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(static part => part)];

    public static byte[] Times(int count, Func<int, byte[]> make) => Join([.. Enumerable.Range(0, count).Select(make)]);

    /// <summary>A list in a list in a list.</summary>
    public static byte[] Nested(int depth)
    {
        byte[] value = [0x45];
        for (int i = 0; i < depth; i++)
            value = List(value);
        return value;
    }

    public static byte[] OpenFrame(string container = "abuser", uint idleTimeoutMs = 0, params byte[][] further) =>
        Frame(0, Performative(
            Open, [Text(container), Null, UInt(65_536), UShort(100), idleTimeoutMs == 0 ? Null : UInt(idleTimeoutMs), .. further]));

    public static byte[] BeginFrame(int channel) =>
        Frame(channel, Performative(Begin, Null, UInt(0), UInt(1_000_000), UInt(1_000_000), UInt(1_000)));

    /// <summary>The frame that asks for a link to send to an address.</summary>
    public static byte[] SenderFrame(int channel, string name, uint handle, string address, params byte[][] further) =>
        AttachFrame(channel, name, handle, False, Source(address), Target(address), further);

    /// <summary>The frame that asks for a link to receive from an address.</summary>
    public static byte[] ReceiverFrame(int channel, string name, uint handle, string address) =>
        AttachFrame(channel, name, handle, True, Source(address), Target(address));

    public static byte[] AttachFrame(int channel, string name, uint handle, byte[] role, byte[] source, byte[] target, params byte[][] further) =>
        Frame(channel, Performative(
            Attach, [Text(name), UInt(handle), role, Null, Null, source, target, Null, Null, UInt(0), Null, .. further]));

    public static byte[] Source(string address) => Performative(0x28, Text(address));

    public static byte[] Target(string address) => Performative(0x29, Text(address));

    public static byte[] FlowFrame(int channel, uint? handle = null, uint credit = 0, bool echo = false) =>
        Frame(channel, Performative(
            Flow,
            UInt(0),
            UInt(1_000_000),
            UInt(0),
            UInt(1_000_000),
            handle is uint link ? UInt(link) : Null,
            handle is null ? Null : UInt(0),
            handle is null ? Null : UInt(credit),
            Null,
            False,
            echo ? True : False));

    public static byte[] TransferFrame(int channel, uint handle, uint delivery, byte[] payload, bool settled = false, bool more = false) =>
        Frame(
            channel,
            Performative(
                Transfer,
                UInt(handle),
                UInt(delivery),
                Binary([(byte)(delivery >> 24), (byte)(delivery >> 16), (byte)(delivery >> 8), (byte)delivery]),
                UInt(0),
                settled ? True : False,
                more ? True : False),
            payload);

    /// <summary>A further frame of a delivery.</summary>
    public static byte[] ContinuationFrame(int channel, uint handle, byte[] payload, bool more) =>
        Frame(channel, Performative(Transfer, UInt(handle), Null, Null, Null, False, more ? True : False), payload);

    public static byte[] DispositionFrame(int channel, bool asReceiver, uint first, uint last, bool settled, byte[]? state = null) =>
        Frame(channel, Performative(Disposition, asReceiver ? True : False, UInt(first), UInt(last), settled ? True : False, state ?? Null));

    public static byte[] DetachFrame(int channel, uint handle) => Frame(channel, Performative(Detach, UInt(handle), True));

    /// <summary>A message with one data section.</summary>
    public static byte[] Message(byte[] data) => [0x00, 0x53, 0x75, .. Binary(data)];

    private static byte[] Variable(byte constructor, byte[] value)
    {
        var head = new byte[5];
        head[0] = constructor;
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(1), value.Length);
        return [.. head, .. value];
    }
}
