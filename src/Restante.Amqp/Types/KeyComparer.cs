using System.Runtime.InteropServices;

namespace Restante.Amqp.Types;

/// <summary>Compares the keys of maps as they compare themselves. The hash codes are drawn by the process with a secret over the whole
/// key, as those of strings are: a peer cannot choose keys that fall together, as it can with the codes that numbers have.</summary>
internal sealed class KeyComparer : IEqualityComparer<object>
{
    private KeyComparer()
    {
    }

    internal static KeyComparer Instance { get; } = new();

    public new bool Equals(object? x, object? y) => object.Equals(x, y);

    public int GetHashCode(object obj)
    {
        // Text has such a code of its own.
        if (obj is string or Symbol)
            return obj.GetHashCode();
        (ulong low, ulong high) = Bits(obj);
        ReadOnlySpan<ulong> bits = [low, high];
        return string.GetHashCode(MemoryMarshal.Cast<ulong, char>(bits));
    }

    // Equal keys have equal bits; those of numbers of other types may be the same.
    private static (ulong Low, ulong High) Bits(object key) => key switch
    {
        bool flag => (flag ? 1ul : 0ul, 0),
        byte number => (number, 0),
        ushort number => (number, 0),
        uint number => (number, 0),
        ulong number => (number, 0),
        sbyte number => ((ulong)number, 0),
        short number => ((ulong)number, 0),
        int number => ((ulong)number, 0),
        long number => ((ulong)number, 0),
        float number => Bits(number),
        double number => Bits(number),
        AmqpTimestamp time => ((ulong)time.UnixMilliseconds, 0),
        AmqpDecimal32 number => (number.Bits, 0),
        AmqpDecimal64 number => (number.Bits, 0),
        AmqpDecimal128 number => (number.LowBits, number.HighBits),
        Guid uuid => Bits(uuid),
        DescribedValue described => (Code(described.Descriptor), Code(described.Value)),
        _ => ((uint)key.GetHashCode(), 0), // A char, all of which differ, and what is only equal to itself.
    };

    // The two zeros are equal, and so are all that are no number.
    private static (ulong Low, ulong High) Bits(double number) =>
        (BitConverter.DoubleToUInt64Bits(double.IsNaN(number) ? double.NaN : number + 0.0), 0);

    private static (ulong Low, ulong High) Bits(Guid uuid)
    {
        ReadOnlySpan<ulong> halves = MemoryMarshal.Cast<Guid, ulong>(new ReadOnlySpan<Guid>(in uuid));
        return (halves[0], halves[1]);
    }

    private static uint Code(object? part) => part is null ? 0 : (uint)Instance.GetHashCode(part);
}
