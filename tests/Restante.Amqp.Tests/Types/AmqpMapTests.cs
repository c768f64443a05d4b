using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Types;

public sealed class AmqpMapTests
{
    private const int Many = 5_000;

    public static TheoryData<string> Families => new("longs", "ulongs", "timestamps", "uuids", "decimals", "described", "ints", "mixed", "doubles");

    [Fact]
    public void A_long_map_is_built_and_looked_up_with_few_comparisons()
    {
        var count = new Tally();
        var map = new AmqpMap();
        for (int i = 0; i < Many; i++)
            map[new CountedKey(i, count)] = i;
        for (int i = 0; i < Many; i++)
        {
            Assert.True(map.TryGetValue(new CountedKey(i, count), out object? value));
            Assert.Equal(i, value);
        }

        Assert.Equal(Many, map.Count);
        Assert.InRange(count.Comparisons, 0, 10 * Many);
    }

    [Fact]
    public void Keys_whose_own_codes_fall_together_are_found_with_few_comparisons()
    {
        var count = new Tally();
        var map = new AmqpMap();
        int code = Described(0, count).GetHashCode();
        for (int i = 0; i < Many; i++)
        {
            DescribedValue key = Described(i, count);
            Assert.Equal(code, key.GetHashCode());
            map.Add(key, i);
        }

        Assert.Equal(Many, map.Count);
        Assert.InRange(count.Comparisons, 0, 20 * Many);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Keys_that_were_chosen_to_fall_together_do_not(string family)
    {
        object[] keys = [.. Enumerable.Range(1, Many).Select(i => Chosen(family, i))];
        Assert.Equal(Many, keys.Distinct(KeyComparer.Instance).Count());

        // 5,000 balls in 10,007 boxes: seven or eight in the fullest.
        int fullest = keys.GroupBy(key => (uint)KeyComparer.Instance.GetHashCode(key) % 10_007).Max(box => box.Count());

        Assert.InRange(fullest, 1, 30);
    }

    [Fact]
    public void Equal_keys_have_equal_codes_and_others_are_told_apart_as_they_were()
    {
        object[] values = [.. ValueVectors.Valid.Select(vector => vector.Value).OfType<object>(), 0f, -0f, 0d, -0d, float.NaN, -float.NaN, double.NaN, -double.NaN, 1, 1L, 1u, 1ul, (byte)1, "a", (Symbol)"a"];
        foreach (object left in values)
        {
            foreach (object right in values)
            {
                Assert.Equal(left.Equals(right), KeyComparer.Instance.Equals(left, right));
                if (left.Equals(right))
                    Assert.Equal(KeyComparer.Instance.GetHashCode(left), KeyComparer.Instance.GetHashCode(right));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_does_what_a_list_of_entries_does(int seed)
    {
        var random = new Random(seed);
        var map = new AmqpMap();
        var model = new List<KeyValuePair<object, object?>>();
        for (int step = 0; step < 3_000; step++)
        {
            object key = Key(random);
            int at = model.FindIndex(entry => entry.Key.Equals(key));
            switch (random.Next(4))
            {
                case 0 when random.Next(2) == 0:
                    Assert.Equal(at >= 0, map.Remove(key));
                    if (at >= 0)
                        model.RemoveAt(at);
                    break;
                case 1:
                    Assert.Equal(at >= 0, map.TryGetValue(key, out object? value));
                    Assert.Equal(at < 0 ? null : model[at].Value, value);
                    break;
                default:
                    map[key] = step;
                    if (at < 0)
                        model.Add(new(key, step));
                    else
                        model[at] = new(key, step);
                    break;
            }

            Assert.Equal(model.Count, map.Count);
        }

        Assert.True(model.Count > 30);
        Assert.Equal(model, map);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(17)]
    [InlineData(3_000)]
    public void A_map_with_a_key_twice_is_refused_whatever_its_length(int count)
    {
        List<object?> pairs = [.. Enumerable.Range(0, count).SelectMany(i => new object?[] { Chosen("longs", i), i })];
        byte[] once = ValueCodecTests.Encode(pairs);
        byte[] twice = ValueCodecTests.Encode(pairs.Append(Chosen("longs", count / 2)).Append(null).ToList());
        once[0] = once[0] == 0xc0 ? (byte)0xc1 : (byte)0xd1;
        twice[0] = twice[0] == 0xc0 ? (byte)0xc1 : (byte)0xd1;

        var map = (AmqpMap)ValueCodecTests.Decode(once)!;
        Assert.Equal(count, map.Count);
        Assert.Equal(count - 1, map[Chosen("longs", count - 1)]);
        Assert.Throws<AmqpViolationException>(() => ValueCodecTests.Decode(twice));
    }

    private static object Key(Random random)
    {
        int number = random.Next(40);
        return random.Next(4) switch
        {
            0 => (long)number,
            1 => number,
            2 => $"k{number}",
            _ => (Symbol)$"k{number}",
        };
    }

    // Each family has one code, or one box of those that a set has, when the key's own code is taken.
    private static object Chosen(string family, int i)
    {
        ulong folded = ((ulong)(uint)i << 32) | (uint)i;
        return family switch
        {
            "longs" => (long)folded,
            "ulongs" => folded,
            "timestamps" => new AmqpTimestamp((long)folded),
            "uuids" => new Guid(i, 0, 0, [.. BitConverter.GetBytes(i), 0, 0, 0, 0]),
            "decimals" => new AmqpDecimal128(folded, folded),
            "described" => new DescribedValue(folded, folded),
            "ints" => unchecked(i * 10_007),
            "mixed" => Mixed((uint)i),
            _ => BitConverter.UInt64BitsToDouble(folded),
        };
    }

    // The rounds of HashCode.Combine over two halves: what the first half moves, the second moves back, under most seeds.
    private static object Mixed(uint i)
    {
        const uint inverse = 0xa89ed915;
        Assert.Equal(1u, unchecked(3_266_489_917u * inverse));
        uint low = unchecked(i * inverse);
        uint high = unchecked(0 - ((i << 17) * 668_265_263u * inverse));
        return ((ulong)high << 32) | low;
    }

    private static DescribedValue Described(int i, Tally count) =>
        new(new CountedKey(i, count), new CountedKey(unchecked(i * 1_521_134_295), count));

    private sealed class Tally
    {
        internal int Comparisons { get; set; }
    }

    private sealed class CountedKey(int number, Tally count)
    {
        public override int GetHashCode() => number;

        public override bool Equals(object? obj)
        {
            count.Comparisons++;
            return obj is CountedKey other && other.Number == number;
        }

        private int Number => number;
    }
}
