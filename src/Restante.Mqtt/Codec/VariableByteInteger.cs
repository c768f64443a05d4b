namespace Restante.Mqtt.Codec;

/// <summary>Numbers of one to four bytes, seven bits each. [MQTT 5 §1.5.5]</summary>
internal static class VariableByteInteger
{
    public const uint Maximum = 268_435_455;

    /// <summary>Reads a number. 0: more bytes needed; -1: more than four bytes; else the number of bytes it took.</summary>
    public static int TryRead(ReadOnlySpan<byte> bytes, out uint value)
    {
        value = 0;
        for (int i = 0; i < 4; i++)
        {
            if (i == bytes.Length)
            {
                return 0;
            }

            value |= (uint)(bytes[i] & 0x7F) << (7 * i);
            if ((bytes[i] & 0x80) == 0)
            {
                return i + 1;
            }
        }

        return -1;
    }

    /// <summary>The number of bytes the number takes at least.</summary>
    public static int Length(uint value) => value switch
    {
        < 1u << 7 => 1,
        < 1u << 14 => 2,
        < 1u << 21 => 3,
        <= Maximum => 4,
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "A variable byte integer ends at 268,435,455."),
    };
}
