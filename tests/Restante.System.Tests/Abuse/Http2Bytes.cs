using System.Buffers.Binary;
using System.Text;

namespace Restante.System.Tests.Abuse;

/// <summary>
/// HTTP/2 as plain bytes, written from RFC 9113 and 7541 and from nothing else, so that it can be wrong in any way wanted.
/// </summary>
internal static class Http2Bytes
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte RstStream = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte GoAway = 7;
    public const byte WindowUpdate = 8;
    public const byte Continuation = 9;

    public const byte EndStream = 1;
    public const byte EndHeaders = 4;

    /// <summary>What a client says first, with empty settings.</summary>
    public static readonly byte[] Preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0)];

    /// <summary>Settings whose SETTINGS_INITIAL_WINDOW_SIZE is 0: no byte of an answer may come.</summary>
    public static readonly byte[] ClosedWindow = Frame(Settings, 0, 0, 0, 4, 0, 0, 0, 0);

    public static byte[] Frame(byte type, byte flags, int stream, params byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }

    /// <summary>A RST_STREAM that says CANCEL.</summary>
    public static byte[] Reset(int stream) => Frame(RstStream, 0, stream, 0, 0, 0, 8);

    /// <summary>A WINDOW_UPDATE; of the connection where the stream is 0.</summary>
    public static byte[] Window(int stream, int bytes)
    {
        byte[] frame = Frame(WindowUpdate, 0, stream, new byte[4]);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(9), bytes);
        return frame;
    }

    /// <summary>The header block of a request, without Huffman codes and without entries for the dynamic table.</summary>
    public static byte[] Request(string method, string path, string? authorization, params (string Name, string Value)[] further)
    {
        var block = new List<byte>();
        block.AddRange([0x02, .. Text(method)]); // [RFC 7541, appendix A] :method is 2, :path 4, :scheme https 7, :authority 1.
        block.AddRange([0x87, 0x04, .. Text(path), 0x01, .. Text("localhost")]);
        if (authorization is not null)
            block.AddRange(Header("authorization", authorization));
        foreach ((string name, string value) in further)
            block.AddRange(Header(name, value));
        return [.. block];
    }

    /// <summary>One header, name and value as they are.</summary>
    public static byte[] Header(string name, string value) => [0x00, .. Text(name), .. Text(value)];

    public static string Basic(string user, string key) => "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes($"{user}:{key}"));

    // [RFC 7541, 5.1 and 5.2] A length of 7 bits, or 127 and the rest of it in groups of 7 bits.
    private static byte[] Text(string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        if (bytes.Length < 127)
            return [(byte)bytes.Length, .. bytes];
        var length = new List<byte> { 127 };
        int rest = bytes.Length - 127;
        for (; rest >= 128; rest >>= 7)
            length.Add((byte)(rest | 0x80));
        length.Add((byte)rest);
        return [.. length, .. bytes];
    }
}
