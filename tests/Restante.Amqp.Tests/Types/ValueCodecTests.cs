using FsCheck;
using FsCheck.Fluent;
using Restante.Amqp.Tests.Peers;
using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Types;

public sealed class ValueCodecTests
{
    [Theory]
    [MemberData(nameof(ValueVectors.ValidNames), MemberType = typeof(ValueVectors))]
    public void A_vector_decodes_to_its_value(string name)
    {
        object? expected = ValueVectors.Valid.Single(vector => vector.Name == name).Value;
        var reader = new AmqpReader(ValueVectors.BytesOf(name));

        object? value = reader.ReadValue();

        Assert.True(reader.IsAtEnd);
        Assert.Equal(expected?.GetType(), value?.GetType());
        Assert.Equal(expected, value, ValueEquality.Instance);
    }

    [Theory]
    [MemberData(nameof(ValueVectors.ValidNames), MemberType = typeof(ValueVectors))]
    public void A_vector_is_skipped_whole_and_nothing_more(string name)
    {
        byte[] bytes = [.. ValueVectors.BytesOf(name), 0x41];
        var reader = new AmqpReader(bytes);

        Assert.Equal(bytes.Length - 1, reader.ReadRaw().Length);
        Assert.True(reader.ReadBoolean());
    }

    [Theory]
    [MemberData(nameof(ValueVectors.ValidNames), MemberType = typeof(ValueVectors))]
    public void What_is_decoded_and_encoded_again_means_the_same(string name)
    {
        object? value = Decode(ValueVectors.BytesOf(name));

        Assert.Equal(value, Decode(Encode(value)), ValueEquality.Instance);
    }

    [Theory]
    [MemberData(nameof(ValueVectors.ValidNames), MemberType = typeof(ValueVectors))]
    public void A_vector_that_is_cut_short_anywhere_is_a_decode_error(string name)
    {
        byte[] bytes = ValueVectors.BytesOf(name);
        for (int length = 0; length < bytes.Length; length++)
            AssertDecodeError(bytes[..length]);
    }

    [Theory]
    [MemberData(nameof(ValueVectors.InvalidNames), MemberType = typeof(ValueVectors))]
    public void A_malformed_vector_is_a_decode_error(string name) => AssertDecodeError(ValueVectors.BytesOf(name));

    [Fact]
    public void The_shortest_form_is_written()
    {
        Assert.Equal("43", Hex(0u));
        Assert.Equal("52FF", Hex(255u));
        Assert.Equal("7000000100", Hex(256u));
        Assert.Equal("44", Hex(0ul));
        Assert.Equal("54FF", Hex(-1));
        Assert.Equal("45", Hex(new List<object?>()));
        Assert.Equal("C0020141", Hex(new List<object?> { true }));
        Assert.Equal("E00702A3016102" + "6263", Hex(AmqpArray.OfSymbols("a", "bc")));
        Assert.Equal(0xa1, Encode(new string('x', 255))[0]);
        Assert.Equal(0xb1, Encode(new string('x', 256))[0]);
        Assert.Equal(0xd0, Encode(new List<object?> { new byte[255] })[0]);
    }

    [Fact]
    public void A_list_of_253_bytes_and_one_of_254_cross_from_narrow_to_wide()
    {
        for (int length = 245; length < 262; length++)
        {
            var list = new List<object?> { new byte[length], "after" };
            Assert.Equal(list, Decode(Encode(list)), ValueEquality.Instance);
        }
    }

    [Fact]
    public void Random_trees_survive_the_round_trip()
    {
        Prop.ForAll<int>(seed =>
        {
            object? value = RandomValues.Next(new Random(seed));
            byte[] bytes = Encode(value);
            var reader = new AmqpReader(bytes);
            return ValueEquality.Instance.Equals(value, Decode(bytes)) && reader.ReadRaw().Length == bytes.Length;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithReplay(17, 19));
    }

    [Fact]
    public void Trailing_absent_fields_are_left_out_and_inner_ones_are_null()
    {
        var writer = new AmqpWriter(stackalloc byte[64]);
        CompoundScope list = writer.BeginCompound();
        writer.WriteNull();
        CompoundScope inner = writer.BeginCompound();
        writer.WriteNull();
        writer.EndList(inner);
        writer.WriteNull();
        writer.WriteNull();
        writer.EndFields(list);

        Assert.Equal("C0060240C0020140", Convert.ToHexString(writer.Written));
    }

    [Fact]
    public void Depth_and_count_are_bounded_by_the_limits_given()
    {
        byte[] deep = Encode(new List<object?> { new List<object?> { new List<object?>() } });
        byte[] wide = Encode(Enumerable.Repeat<object?>(null, 100).ToList());

        Assert.NotNull(new AmqpReader(deep).ReadValue(new DecodeLimits(MaxDepth: 3)));
        Assert.Throws<AmqpViolationException>(() => new AmqpReader(deep).ReadValue(new DecodeLimits(MaxDepth: 2)));
        Assert.NotNull(new AmqpReader(wide).ReadValue(new DecodeLimits(MaxValues: 101)));
        Assert.Throws<AmqpViolationException>(() => new AmqpReader(wide).ReadValue(new DecodeLimits(MaxValues: 100)));
    }

    [Fact]
    public void Several_values_have_one_bound_together()
    {
        byte[] list = Encode(Enumerable.Repeat<object?>(null, 9).ToList());
        byte[] map = Encode(new AmqpMap { { "k", 1 } });
        int valuesLeft = 25;

        new AmqpReader(list).ReadValue(DecodeLimits.Default, ref valuesLeft);
        Assert.Equal(15, valuesLeft);
        new AmqpReader(map).ReadMapValue(DecodeLimits.Default, ref valuesLeft);
        Assert.Equal(12, valuesLeft);
        new AmqpReader(list).ReadValue(DecodeLimits.Default, ref valuesLeft);
        Assert.Equal(2, valuesLeft);
        Assert.Throws<AmqpViolationException>(() => new AmqpReader(map).ReadMapValue(DecodeLimits.Default, ref valuesLeft));
    }

    [Fact]
    public void Elements_without_bytes_are_no_more_than_the_bytes_of_their_own_value()
    {
        // What follows the value lends it nothing.
        byte[] bytes = [.. Wire.Hex("e0 02 04 45"), .. new byte[1_000]];

        Assert.Throws<AmqpViolationException>(() => new AmqpReader(bytes).ReadValue());
    }

    [Fact]
    public void Known_symbols_share_one_string()
    {
        string first = new AmqpReader(Encode((Symbol)"amqp:not-found")).ReadSymbol().Value;
        string second = new AmqpReader(Encode((Symbol)"amqp:not-found")).ReadSymbol().Value;

        Assert.Same(first, second);
    }

    [Fact]
    public void A_value_without_encoding_is_an_argument_error() =>
        Assert.Throws<ArgumentException>(() => Encode(new object()));

    internal static byte[] Encode(object? value)
    {
        var writer = new AmqpWriter(default);
        try
        {
            writer.WriteValue(value);
            return writer.Written.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    internal static object? Decode(byte[] bytes)
    {
        var reader = new AmqpReader(bytes);
        object? value = reader.ReadValue();
        Assert.True(reader.IsAtEnd);
        return value;
    }

    private static void AssertDecodeError(byte[] bytes)
    {
        var violation = Assert.Throws<AmqpViolationException>(() => new AmqpReader(bytes).ReadValue());
        Assert.Equal("amqp:decode-error", violation.Condition.Value);
    }

    private static string Hex(object? value) => Convert.ToHexString(Encode(value));
}
