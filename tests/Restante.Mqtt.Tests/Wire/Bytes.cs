using System.Globalization;
using System.Text;

namespace Restante.Mqtt.Tests.Wire;

/// <summary>
/// An encoder of its own for the other side of a conversation. A script is a sequence of hex digits; 'text' stands for a string behind its
/// two-byte length, "text" for its bare bytes, { … } for a block behind its variable byte length.
/// </summary>
internal static class Bytes
{
    /// <summary>A whole packet: first byte, remaining length, body.</summary>
    public static byte[] Packet(byte first, string body = "")
    {
        byte[] content = Of(body);
        return [first, .. Length(content.Length), .. content];
    }

    /// <summary>The bytes of a script.</summary>
    public static byte[] Of(string script)
    {
        int position = 0;
        byte[] result = Read(script, ref position, closing: false);
        return result;
    }

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    public static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes);

    private static byte[] Read(string script, ref int position, bool closing)
    {
        List<byte> bytes = [];
        while (position < script.Length)
        {
            char c = script[position];
            switch (c)
            {
                case ' ':
                    position++;
                    break;
                case '}' when closing:
                    position++;
                    return [.. bytes];
                case '{':
                    position++;
                    byte[] block = Read(script, ref position, closing: true);
                    bytes.AddRange(Length(block.Length));
                    bytes.AddRange(block);
                    break;
                case '\'' or '"':
                    int end = script.IndexOf(c, position + 1);
                    byte[] text = Encoding.UTF8.GetBytes(script[(position + 1)..end]);
                    if (c == '\'')
                    {
                        bytes.Add((byte)(text.Length >> 8));
                        bytes.Add((byte)text.Length);
                    }

                    bytes.AddRange(text);
                    position = end + 1;
                    break;
                default:
                    bytes.Add(byte.Parse(script.AsSpan(position, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                    position += 2;
                    break;
            }
        }

        return closing ? throw new FormatException("A block is not closed.") : [.. bytes];
    }

    private static List<byte> Length(int length)
    {
        List<byte> bytes = [];
        do
        {
            int digit = length % 128;
            length /= 128;
            bytes.Add((byte)(length > 0 ? digit + 128 : digit));
        }
        while (length > 0);
        return bytes;
    }
}
