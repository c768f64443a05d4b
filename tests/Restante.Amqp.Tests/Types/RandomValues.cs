using System.Text;
using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Types;

/// <summary>Makes value trees out of a seeded source.</summary>
internal static class RandomValues
{
    internal static object? Next(Random random, int depth = 4)
    {
        int kind = random.Next(depth > 0 ? 26 : 21);
        return kind switch
        {
            0 => null,
            1 => random.Next(2) == 0,
            2 => (byte)random.Next(256),
            3 => (ushort)random.Next(65_536),
            4 => Spread(random),
            5 => ((ulong)Spread(random) << 32) | Spread(random),
            6 => (ulong)random.Next(300),
            7 => (sbyte)random.Next(-128, 128),
            8 => (short)random.Next(-32_768, 32_768),
            9 => unchecked((int)Spread(random)),
            10 => unchecked((long)(((ulong)Spread(random) << 32) | Spread(random))),
            11 => (long)random.Next(-200, 200),
            12 => random.NextSingle(),
            13 => random.NextDouble(),
            14 => new Rune(random.Next(0xd800)),
            15 => new AmqpTimestamp(random.NextInt64()),
            16 => new Guid(Bytes(random, 16)),
            17 => Bytes(random, random.Next(random.Next(2) == 0 ? 10 : 400)),
            18 => Text(random),
            19 => (Symbol)new string('s', random.Next(random.Next(2) == 0 ? 10 : 400)),
            20 => new AmqpDecimal128((ulong)random.NextInt64(), (ulong)random.NextInt64()),
            21 or 22 => List(random, depth - 1),
            23 => Map(random, depth - 1),
            24 => Array(random),
            _ => new DescribedValue(random.Next(2) == 0 ? (ulong)random.Next(400) : (Symbol)"d:e:f", Next(random, depth - 1)),
        };
    }

    internal static byte[] Bytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static uint Spread(Random random) => (uint)random.NextInt64(1L << random.Next(1, 33));

    private static string Text(Random random)
    {
        var text = new StringBuilder();
        int length = random.Next(random.Next(3) == 0 ? 300 : 12);
        for (int i = 0; i < length; i++)
            text.Append(new Rune(random.Next(3) == 0 ? random.Next(0x10000, 0x10ffff) : random.Next(1, 0xd800)).ToString());
        return text.ToString();
    }

    private static List<object?> List(Random random, int depth)
    {
        var list = new List<object?>();
        for (int i = random.Next(6); i > 0; i--)
            list.Add(Next(random, depth));
        return list;
    }

    private static AmqpMap Map(Random random, int depth)
    {
        var map = new AmqpMap();
        for (int i = random.Next(30); i > 0; i--)
            map[random.Next(2) == 0 ? Text(random) : (object)(Symbol)$"k{random.Next(100)}"] = Next(random, Math.Min(depth, 1));
        return map;
    }

    private static AmqpArray Array(Random random)
    {
        FormatCode[] codes = [FormatCode.Int, FormatCode.Sym32, FormatCode.Str32, FormatCode.UByte, FormatCode.Boolean, FormatCode.List32, FormatCode.ULong, FormatCode.Uuid, FormatCode.Null];
        FormatCode code = codes[random.Next(codes.Length)];
        var items = new List<object?>();
        // Nulls take no bytes: an array of more of them than it has bytes is refused.
        int most = code == FormatCode.Null ? 3 : random.Next(4) == 0 ? 400 : 5;
        for (int i = random.Next(most); i > 0; i--)
        {
            items.Add(code switch
            {
                FormatCode.Int => random.Next(),
                FormatCode.Sym32 => (Symbol)new string('x', random.Next(5)),
                FormatCode.Str32 => Text(random),
                FormatCode.UByte => (byte)random.Next(256),
                FormatCode.Boolean => random.Next(2) == 0,
                FormatCode.List32 => List(random, 0),
                FormatCode.ULong => (ulong)random.NextInt64(),
                FormatCode.Uuid => new Guid(Bytes(random, 16)),
                _ => null,
            });
        }

        bool described = random.Next(3) == 0;
        return new AmqpArray(code, items, described ? 77ul : null, described);
    }
}
