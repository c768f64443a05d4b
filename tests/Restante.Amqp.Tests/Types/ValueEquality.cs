using System.Collections;
using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Types;

/// <summary>Compares trees of decoded values by what they mean.</summary>
internal sealed class ValueEquality : IEqualityComparer<object?>
{
    internal static ValueEquality Instance { get; } = new();

    public new bool Equals(object? x, object? y) => (x, y) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        (byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b),
        (double a, double b) => BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b),
        (float a, float b) => BitConverter.SingleToInt32Bits(a) == BitConverter.SingleToInt32Bits(b),
        (AmqpMap a, AmqpMap b) => a.Count == b.Count && a.Zip(b).All(pair =>
            Equals(pair.First.Key, pair.Second.Key) && Equals(pair.First.Value, pair.Second.Value)),
        (AmqpArray a, AmqpArray b) => a.ElementCode == b.ElementCode && a.IsDescribed == b.IsDescribed
            && Equals(a.Descriptor, b.Descriptor) && Sequence(a.Items, b.Items),
        (DescribedValue a, DescribedValue b) => Equals(a.Descriptor, b.Descriptor) && Equals(a.Value, b.Value),
        (string a, string b) => a == b,
        (IReadOnlyList<object?> a, IReadOnlyList<object?> b) => Sequence(a, b),
        _ => x.Equals(y),
    };

    public int GetHashCode(object? obj) => obj is null or ICollection ? 0 : obj.GetHashCode();

    private bool Sequence(IReadOnlyList<object?> a, IReadOnlyList<object?> b) =>
        a.Count == b.Count && a.Zip(b).All(pair => Equals(pair.First, pair.Second));
}
