using System.Text;
using Restante.Amqp.Tests.Peers;
using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Types;

/// <summary>
/// Named encodings, each with the value it means or the fact that it means none. Shared by the codec's tests and the fuzzer.
/// </summary>
internal static class ValueVectors
{
    internal static readonly (string Name, string Hex, object? Value)[] Valid =
    [
        ("null", "40", null),
        ("true", "41", true),
        ("false", "42", false),
        ("boolean true", "56 01", true),
        ("boolean false", "56 00", false),
        ("ubyte", "50 ff", (byte)255),
        ("ushort", "60 ff fe", (ushort)65_534),
        ("uint0", "43", 0u),
        ("smalluint", "52 ff", 255u),
        ("uint", "70 80 00 00 01", 0x80000001u),
        ("ulong0", "44", 0ul),
        ("smallulong", "53 10", 16ul),
        ("ulong", "80 ff 00 00 00 00 00 00 01", 0xff00000000000001ul),
        ("byte", "51 80", (sbyte)-128),
        ("short", "61 80 00", short.MinValue),
        ("smallint", "54 ff", -1),
        ("int", "71 80 00 00 00", int.MinValue),
        ("smalllong", "55 80", -128L),
        ("long", "81 7f ff ff ff ff ff ff ff", long.MaxValue),
        ("float", "72 3f c0 00 00", 1.5f),
        ("double", "82 c0 04 00 00 00 00 00 00", -2.5),
        ("decimal32", "74 22 50 00 2a", new AmqpDecimal32(0x2250002a)),
        ("decimal64", "84 22 34 00 00 00 00 00 2a", new AmqpDecimal64(0x223400000000002a)),
        ("decimal128", "94 22 08 00 00 00 00 00 00 00 00 00 00 00 00 00 2a", new AmqpDecimal128(0x2208000000000000, 0x2a)),
        ("char", "73 00 01 f6 00", new Rune(0x1f600)),
        ("timestamp", "83 ff ff ff ff ff ff ff ff", new AmqpTimestamp(-1)),
        ("uuid", "98 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff", Guid.Parse("00112233-4455-6677-8899-aabbccddeeff")),
        ("vbin8", "a0 03 01 02 03", new byte[] { 1, 2, 3 }),
        ("vbin32", "b0 00 00 00 02 0a 0b", new byte[] { 10, 11 }),
        ("str8", "a1 03 61 c3 a9", "aé"),
        ("str32", "b1 00 00 00 01 62", "b"),
        ("sym8", "a3 03 66 6f 6f", (Symbol)"foo"),
        ("sym32", "b3 00 00 00 00", (Symbol)string.Empty),
        ("list0", "45", new List<object?>()),
        ("list8", "c0 04 02 40 52 05", new List<object?> { null, 5u }),
        ("list32", "d0 00 00 00 05 00 00 00 01 41", new List<object?> { true }),
        ("map8", "c1 05 02 a3 01 6b 43", new AmqpMap { { (Symbol)"k", 0u } }),
        ("map32", "d1 00 00 00 08 00 00 00 02 54 01 54 02", new AmqpMap { { 1, 2 } }),
        ("array8 of symbols", "e0 07 02 a3 01 61 02 62 63", AmqpArray.OfSymbols("a", "bc")),
        ("array32 of ints", "f0 00 00 00 0d 00 00 00 02 71 00 00 00 01 ff ff ff ff", new AmqpArray(FormatCode.Int, [1, -1])),
        ("array of nothing wide", "e0 02 03 40", new AmqpArray(FormatCode.Null, [null, null, null])),
        ("array of lists", "e0 09 02 c0 02 01 41 03 02 42 42", new AmqpArray(FormatCode.List8, [new List<object?> { true }, new List<object?> { false, false }])),
        ("array of described", "e0 07 02 00 53 01 50 07 08", new AmqpArray(FormatCode.UByte, [(byte)7, (byte)8], 1ul)),
        ("empty array", "e0 02 00 71", new AmqpArray(FormatCode.Int, [])),
        ("described by number", "00 53 24 45", new DescribedValue(0x24ul, new List<object?>())),
        ("described by symbol", "00 a3 01 78 a1 01 79", new DescribedValue((Symbol)"x", "y")),
        ("descriptor that is described", "00 00 43 43 43", new DescribedValue(new DescribedValue(0u, 0u), 0u)),
    ];

    internal static readonly (string Name, string Hex)[] Invalid =
    [
        ("nothing", ""),
        ("no such constructor", "46"),
        ("no such constructor of one octet", "5f 00"),
        ("no such constructor of arrays", "e5 00"),
        ("uint cut short", "70 00 00 00"),
        ("uuid cut short", "98 00"),
        ("boolean of 2", "56 02"),
        ("char is a surrogate", "73 00 00 d8 00"),
        ("char beyond Unicode", "73 00 11 00 00"),
        ("string longer than the data", "a1 05 61"),
        ("string of 4 GiB", "b1 ff ff ff ff 61"),
        ("string that is no UTF-8", "a1 02 c3 28"),
        ("string with an overlong form", "a1 02 c0 80"),
        ("symbol beyond ASCII", "a3 01 80"),
        ("binary of 2 GiB", "b0 7f ff ff ff"),
        ("list without a count", "c0 00"),
        ("list that counts too many", "c0 02 03 40"),
        ("list32 that counts 4 billion", "d0 00 00 00 08 ff ff ff ff 40 40 40 40"),
        ("list longer than its items", "c0 03 01 40 40"),
        ("list longer than the data", "c0 20 01 40"),
        ("list whose item is cut short", "c0 03 01 a1 05"),
        ("map with an odd count", "c1 02 01 40"),
        ("map with a null key", "c1 03 02 40 40"),
        ("map with a key twice", "c1 09 04 a1 01 6b 40 a1 01 6b 40"),
        ("array of 4 billion nulls", "f0 00 00 00 05 ff ff ff ff 40"),
        ("array of 65,535 empty lists in lists", "f0 00 00 00 05 00 ff ff ff 45"),
        ("array of more nulls than bytes", "e0 02 04 40"),
        ("array of more empty lists than bytes", "e0 02 04 45"),
        ("array32 of 16,000 empty lists", "f0 00 00 00 05 00 00 3e 80 45"),
        ("array of more booleans than bytes in a list", "c0 05 01 e0 02 06 41"),
        ("array longer than its elements", "e0 04 01 50 01 02"),
        ("array shorter than its elements", "e0 03 02 50 01"),
        ("array of an unknown constructor", "e0 03 01 99 01"),
        ("array without constructor", "e0 01 00"),
        ("array within a cut array", "e0 04 01 e0 05 01"),
        ("descriptor without a value", "00 53 10"),
        ("descriptor without anything", "00"),
        ("lists nested too deep", string.Concat(Enumerable.Range(0, 40).Select(i => $"c0{82 - (2 * i):x2}01")) + "4040"),
        ("descriptors nested too deep", string.Concat(Enumerable.Repeat("00", 60)) + "43434343"),
    ];

    public static TheoryData<string> ValidNames => new(Valid.Select(vector => vector.Name));

    public static TheoryData<string> InvalidNames => new(Invalid.Select(vector => vector.Name));

    internal static byte[] BytesOf(string name)
    {
        foreach ((string known, string hex, object? _) in Valid)
        {
            if (known == name)
                return Wire.Hex(hex);
        }

        return Wire.Hex(Invalid.Single(vector => vector.Name == name).Hex);
    }
}
