using System.Buffers.Binary;
using System.Text;

namespace Restante.Amqp.Tests.Peers;

/// <summary>A little encoder that shares nothing with the engine and prefers the wide forms the engine never writes.</summary>
internal static class Wire
{
    internal static readonly byte[] AmqpHeader = [0x41, 0x4d, 0x51, 0x50, 0, 1, 0, 0];
    internal static readonly byte[] SaslHeader = [0x41, 0x4d, 0x51, 0x50, 3, 1, 0, 0];
    internal static readonly byte[] Null = [0x40];
    internal static readonly byte[] Accepted = Described(0x24, List());
    internal static readonly byte[] Released = Described(0x26, List());

    internal static byte[] Join(params byte[][] parts) => parts.SelectMany(part => part).ToArray();

    internal static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", string.Empty, StringComparison.Ordinal));

    internal static byte[] Bool(bool value) => [0x56, value ? (byte)1 : (byte)0];

    internal static byte[] UByte(byte value) => [0x50, value];

    internal static byte[] UShort(ushort value) => [0x60, (byte)(value >> 8), (byte)value];

    internal static byte[] UInt(uint value) => [0x70, .. Big(value)];

    internal static byte[] ULong(ulong value) => [0x80, .. Big((uint)(value >> 32)), .. Big((uint)value)];

    internal static byte[] Str(string value) => [0xb1, .. Big((uint)Encoding.UTF8.GetByteCount(value)), .. Encoding.UTF8.GetBytes(value)];

    internal static byte[] Sym(string value) => [0xb3, .. Big((uint)value.Length), .. Encoding.ASCII.GetBytes(value)];

    internal static byte[] Bin(params byte[] value) => [0xb0, .. Big((uint)value.Length), .. value];

    internal static byte[] List(params byte[][] items)
    {
        byte[] body = Join(items);
        return [0xd0, .. Big((uint)body.Length + 4), .. Big((uint)items.Length), .. body];
    }

    internal static byte[] Map(params byte[][] items)
    {
        byte[] list = List(items);
        list[0] = 0xd1;
        return list;
    }

    internal static byte[] Described(ulong code, byte[] value) => [0x00, .. ULong(code), .. value];

    internal static byte[] Frame(byte type, ushort channel, byte[] body)
    {
        byte[] frame = [.. Big((uint)body.Length + 8), 2, type, (byte)(channel >> 8), (byte)channel, .. body];
        return frame;
    }

    internal static byte[] Sasl(ulong code, params byte[][] fields) => Frame(1, 0, Described(code, List(fields)));

    internal static byte[] Performative(ushort channel, ulong code, params byte[][] fields) => Frame(0, channel, Described(code, List(fields)));

    internal static byte[] Open(string container = "peer", uint maxFrame = 65_536, ushort channelMax = 15, uint? idleMs = null) =>
        Performative(0, 0x10, Str(container), Str("host"), UInt(maxFrame), UShort(channelMax), idleMs is { } ms ? UInt(ms) : Null);

    internal static byte[] Begin(ushort channel = 0, ushort? remote = null, uint nextOut = 0, uint inWindow = 1000, uint outWindow = 1000, uint handleMax = 63) =>
        Performative(channel, 0x11, remote is { } r ? UShort(r) : Null, UInt(nextOut), UInt(inWindow), UInt(outWindow), UInt(handleMax));

    internal static byte[] AttachSender(
        string name, uint handle = 0, ushort channel = 0, string address = "in", byte sndMode = 2, byte rcvMode = 0, ulong maxMessage = 0) =>
        Performative(channel, 0x12, Str(name), UInt(handle), Bool(false), UByte(sndMode), UByte(rcvMode),
            Described(0x28, List(Str("me"))), Described(0x29, List(Str(address))), Null, Null, UInt(0), ULong(maxMessage));

    internal static byte[] AttachReceiver(
        string name, uint handle = 0, ushort channel = 0, string address = "out", byte sndMode = 2, byte rcvMode = 0, ulong maxMessage = 0) =>
        Performative(channel, 0x12, Str(name), UInt(handle), Bool(true), UByte(sndMode), UByte(rcvMode),
            Described(0x28, List(Str(address))), Described(0x29, List(Str("me"))), Null, Null, Null, ULong(maxMessage));

    internal static byte[] Flow(
        ushort channel = 0,
        uint? nextIn = 0,
        uint inWindow = 1000,
        uint nextOut = 0,
        uint outWindow = 1000,
        uint? handle = null,
        uint? deliveryCount = null,
        uint? credit = null,
        bool drain = false,
        bool echo = false) =>
        Performative(channel, 0x13, Maybe(nextIn), UInt(inWindow), UInt(nextOut), UInt(outWindow), Maybe(handle), Maybe(deliveryCount),
            Maybe(credit), Null, Bool(drain), Bool(echo));

    internal static byte[] Transfer(
        byte[] payload,
        uint? id = 0,
        ushort channel = 0,
        uint handle = 0,
        byte[]? tag = null,
        bool noTag = false,
        bool? settled = null,
        bool more = false,
        bool aborted = false,
        byte? rcvMode = null) =>
        Frame(0, channel, Join(
            Described(0x14, List(
                UInt(handle),
                Maybe(id),
                noTag ? Null : Bin(tag ?? [1]),
                UInt(0),
                settled is { } s ? Bool(s) : Null,
                Bool(more),
                rcvMode is { } m ? UByte(m) : Null,
                Null,
                Null,
                Bool(aborted))),
            payload));

    internal static byte[] Disposition(bool receiver, uint first, uint? last = null, bool settled = true, byte[]? state = null, ushort channel = 0) =>
        Performative(channel, 0x15, Bool(receiver), UInt(first), Maybe(last), Bool(settled), state ?? Null);

    internal static byte[] Detach(uint handle, bool closed = true, ushort channel = 0, string? condition = null) =>
        Performative(channel, 0x16, UInt(handle), Bool(closed), Error(condition));

    internal static byte[] End(ushort channel = 0, string? condition = null) => Performative(channel, 0x17, Error(condition));

    internal static byte[] Close(string? condition = null) => Performative(0, 0x18, Error(condition));

    internal static byte[] Error(string? condition) => condition is null ? Null : Described(0x1d, List(Sym(condition), Str("because")));

    private static byte[] Maybe(uint? value) => value is { } present ? UInt(present) : Null;

    private static byte[] Big(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
