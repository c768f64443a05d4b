using System.Text;

namespace Restante.System.Tests.CrossProtocol.Refusals;

/// <summary>Finds the reason string among the properties of a packet. [MQTT 5 §2.2.2]</summary>
internal static class MqttReason
{
    private const byte ReasonString = 0x1f;

    /// <summary>The reason string; empty when there is none.</summary>
    /// <param name="block">The length of the properties, the properties, and whatever follows.</param>
    public static string Find(ReadOnlySpan<byte> block)
    {
        if (block.IsEmpty)
            return string.Empty;
        int length = TakeNumber(ref block);
        ReadOnlySpan<byte> rest = block[..length];
        while (!rest.IsEmpty)
        {
            byte id = rest[0];
            rest = rest[1..];
            if (id == ReasonString)
                return Encoding.UTF8.GetString(rest.Slice(2, (rest[0] << 8) | rest[1]));
            rest = rest[WidthOf(id, rest)..];
        }

        return string.Empty;
    }

    private static int WidthOf(byte id, ReadOnlySpan<byte> value) => id switch
    {
        0x01 or 0x17 or 0x19 or 0x24 or 0x25 or 0x28 or 0x29 or 0x2a => 1,
        0x13 or 0x21 or 0x22 or 0x23 => 2,
        0x02 or 0x11 or 0x18 or 0x27 => 4,
        0x26 => WidthOf(0, value) + WidthOf(0, value[WidthOf(0, value)..]),
        _ => 2 + ((value[0] << 8) | value[1]),
    };

    private static int TakeNumber(ref ReadOnlySpan<byte> rest)
    {
        int number = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = rest[0];
            rest = rest[1..];
            number |= (next & 0x7f) << shift;
            if (next < 0x80)
                return number;
        }
    }
}
