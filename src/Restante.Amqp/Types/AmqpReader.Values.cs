using System.Buffers.Binary;
using System.Text;

namespace Restante.Amqp.Types;

/// <summary>Decoding of whole value trees into objects.</summary>
public ref partial struct AmqpReader
{
    private const int MaxSkipDepth = 32;

    /// <summary>Decodes the next value into an object: the .NET primitive of the same width, <see cref="Rune"/> for char,
    /// <see cref="AmqpTimestamp"/>, <see cref="Guid"/>, byte[], string, <see cref="Symbol"/>, <c>List&lt;object?&gt;</c>,
    /// <see cref="AmqpMap"/>, <see cref="AmqpArray"/>, <see cref="DescribedValue"/>, or null.</summary>
    public object? ReadValue(DecodeLimits? limits = null)
    {
        limits ??= DecodeLimits.Default;
        int valuesLeft = limits.MaxValues;
        return ReadValue(limits, ref valuesLeft);
    }

    /// <summary>Decodes the next value of several that have one bound together. A tree has no more values than its encoding has
    /// bytes: only the elements of an array take none, and of those no more are built.</summary>
    /// <param name="limits">The nesting; the bound on the values is the other parameter.</param>
    /// <param name="valuesLeft">Values that may still be built, to begin with <see cref="DecodeLimits.MaxValues"/>; less those
    /// of this tree afterwards.</param>
    public object? ReadValue(DecodeLimits limits, ref int valuesLeft)
    {
        AmqpReader end = this;
        end.Skip();
        int granted = Math.Min(valuesLeft, end._position - _position);
        int budget = granted;
        object? value = ReadTree(limits.MaxDepth, ref budget);
        valuesLeft -= granted - budget;
        return value;
    }

    /// <summary>Decodes a map that is next.</summary>
    public AmqpMap ReadMapValue(DecodeLimits? limits = null)
    {
        limits ??= DecodeLimits.Default;
        int valuesLeft = limits.MaxValues;
        return ReadMapValue(limits, ref valuesLeft);
    }

    /// <summary>Decodes a map that is next, as one of several values that have one bound together.</summary>
    public AmqpMap ReadMapValue(DecodeLimits limits, ref int valuesLeft) => Peek() is FormatCode.Map8 or FormatCode.Map32
        ? (AmqpMap)ReadValue(limits, ref valuesLeft)!
        : throw Unexpected("map");

    /// <summary>Takes a field that holds one symbol or an array of them; the "multiple" fields of the standard.</summary>
    public IReadOnlyList<Symbol> ReadSymbols(DecodeLimits? limits = null)
    {
        if (Peek() is FormatCode.Sym8 or FormatCode.Sym32)
            return [ReadSymbol()];
        if (ReadValue(limits) is not AmqpArray { IsDescribed: false, ElementCode: FormatCode.Sym8 or FormatCode.Sym32 } array)
            throw Unexpected("symbol");
        var symbols = new Symbol[array.Items.Count];
        for (int i = 0; i < symbols.Length; i++)
            symbols[i] = (Symbol)array.Items[i]!;
        return symbols;
    }

    internal static bool IsKnown(FormatCode code) => code switch
    {
        >= FormatCode.Null and <= FormatCode.List0 => true,
        >= FormatCode.UByte and <= FormatCode.Boolean => true,
        FormatCode.UShort or FormatCode.Short => true,
        >= FormatCode.UInt and <= FormatCode.Decimal32 => true,
        >= FormatCode.ULong and <= FormatCode.Decimal64 => true,
        FormatCode.Decimal128 or FormatCode.Uuid => true,
        FormatCode.VBin8 or FormatCode.Str8 or FormatCode.Sym8 => true,
        FormatCode.VBin32 or FormatCode.Str32 or FormatCode.Sym32 => true,
        FormatCode.List8 or FormatCode.Map8 or FormatCode.List32 or FormatCode.Map32 => true,
        FormatCode.Array8 or FormatCode.Array32 => true,
        _ => false,
    };

    private object? ReadTree(int depth, ref int budget)
    {
        FormatCode code = TakeCode();
        if (code != FormatCode.Described)
            return ReadBody(code, depth, ref budget);
        if (depth <= 1)
            throw AmqpViolationException.Decode("Values are nested too deep.");
        object? descriptor = ReadTree(depth - 1, ref budget);
        return new DescribedValue(descriptor, ReadTree(depth - 1, ref budget));
    }

    private object? ReadBody(FormatCode code, int depth, ref int budget)
    {
        if (--budget < 0)
            throw AmqpViolationException.Decode("A value tree has too many values.");
        switch (code)
        {
            case FormatCode.List0:
                return new List<object?>();
            case FormatCode.List8 or FormatCode.List32:
                return ReadListBody(Items(code == FormatCode.List32), depth, ref budget);
            case FormatCode.Map8 or FormatCode.Map32:
                return ReadMapBody(Items(code == FormatCode.Map32), depth, ref budget);
            case FormatCode.Array8 or FormatCode.Array32:
                return ReadArrayBody(code == FormatCode.Array32, depth, ref budget);
            default:
                return ReadPrimitiveBody(code);
        }
    }

    private object? ReadPrimitiveBody(FormatCode code)
    {
        if (!IsKnown(code))
            throw AmqpViolationException.Decode($"0x{(byte)code:x2} is no constructor.");
        ReadOnlySpan<byte> body = Take(SizeOf(code));
        return code switch
        {
            FormatCode.Null => null,
            FormatCode.True => true,
            FormatCode.False => false,
            FormatCode.Boolean => BooleanOctet(body[0]),
            FormatCode.UInt0 => 0u,
            FormatCode.ULong0 => 0ul,
            FormatCode.UByte => body[0],
            FormatCode.Byte => (sbyte)body[0],
            FormatCode.SmallUInt => (uint)body[0],
            FormatCode.SmallULong => (ulong)body[0],
            FormatCode.SmallInt => (int)(sbyte)body[0],
            FormatCode.SmallLong => (long)(sbyte)body[0],
            FormatCode.UShort => BinaryPrimitives.ReadUInt16BigEndian(body),
            FormatCode.Short => BinaryPrimitives.ReadInt16BigEndian(body),
            FormatCode.UInt => BinaryPrimitives.ReadUInt32BigEndian(body),
            FormatCode.Int => BinaryPrimitives.ReadInt32BigEndian(body),
            FormatCode.Float => BinaryPrimitives.ReadSingleBigEndian(body),
            FormatCode.Char => ReadRune(body),
            FormatCode.Decimal32 => new AmqpDecimal32(BinaryPrimitives.ReadUInt32BigEndian(body)),
            FormatCode.ULong => BinaryPrimitives.ReadUInt64BigEndian(body),
            FormatCode.Long => BinaryPrimitives.ReadInt64BigEndian(body),
            FormatCode.Double => BinaryPrimitives.ReadDoubleBigEndian(body),
            FormatCode.Timestamp => new AmqpTimestamp(BinaryPrimitives.ReadInt64BigEndian(body)),
            FormatCode.Decimal64 => new AmqpDecimal64(BinaryPrimitives.ReadUInt64BigEndian(body)),
            FormatCode.Decimal128 => new AmqpDecimal128(
                BinaryPrimitives.ReadUInt64BigEndian(body), BinaryPrimitives.ReadUInt64BigEndian(body[8..])),
            FormatCode.Uuid => new Guid(body, bigEndian: true),
            FormatCode.VBin8 or FormatCode.VBin32 => body.ToArray(),
            FormatCode.Str8 or FormatCode.Str32 => Encoding.UTF8.GetString(CheckUtf8(body)),
            _ => KnownSymbols.Intern(CheckAscii(body)),
        };
    }

    private static Rune ReadRune(ReadOnlySpan<byte> body) =>
        Rune.TryCreate(BinaryPrimitives.ReadUInt32BigEndian(body), out Rune rune)
            ? rune
            : throw AmqpViolationException.Decode("A char is no Unicode scalar value.");

    private static List<object?> ReadListBody(ItemReader items, int depth, ref int budget)
    {
        if (depth <= 1)
            throw AmqpViolationException.Decode("Values are nested too deep.");
        var list = new List<object?>(Math.Min(items.Remaining, 16));
        while (items.Remaining > 0)
            list.Add(items.NextValue(depth - 1, ref budget));
        items.CheckEnd();
        return list;
    }

    private static AmqpMap ReadMapBody(ItemReader items, int depth, ref int budget)
    {
        if (depth <= 1)
            throw AmqpViolationException.Decode("Values are nested too deep.");
        if ((items.Remaining & 1) != 0)
            throw AmqpViolationException.Decode("A map has a key without a value."); // [AMQP 1.6.23]
        var map = new AmqpMap(Math.Min(items.Remaining / 2, 16));
        while (items.Remaining > 0)
        {
            object key = items.NextValue(depth - 1, ref budget) ?? throw AmqpViolationException.Decode("A map has a null key.");
            object? value = items.NextValue(depth - 1, ref budget);
            if (!map.TryAppend(key, value))
                throw AmqpViolationException.Decode("A map has the same key twice."); // [AMQP 1.6.23]
        }

        items.CheckEnd();
        return map;
    }

    private AmqpArray ReadArrayBody(bool wide, int depth, ref int budget)
    {
        if (depth <= 1)
            throw AmqpViolationException.Decode("Values are nested too deep.");
        var body = new AmqpReader(Take(wide ? TakeSize32() : Take(1)[0]));
        uint count = wide ? BinaryPrimitives.ReadUInt32BigEndian(body.Take(4)) : body.Take(1)[0];
        if (count > (uint)budget)
            throw AmqpViolationException.Decode("An array has too many elements.");
        object? descriptor = null;
        bool described = false;
        FormatCode code = body.TakeCode();
        if (code == FormatCode.Described)
        {
            described = true;
            descriptor = body.ReadTree(depth - 1, ref budget);
            code = body.TakeCode();
        }

        if (!IsKnown(code))
            throw AmqpViolationException.Decode($"0x{(byte)code:x2} is no constructor of array elements.");
        var items = new List<object?>((int)Math.Min(count, (uint)Math.Min(body.Remaining + 1, 256)));
        for (uint i = 0; i < count; i++)
            items.Add(body.ReadBody(code, depth - 1, ref budget));
        if (!body.IsAtEnd)
            throw AmqpViolationException.Decode("An array is longer than its elements.");
        return new AmqpArray(code, items, descriptor, described);
    }

    /// <summary>Reads a value with the bounds of the tree it belongs to.</summary>
    internal object? ReadValueWithin(int depth, ref int budget) => ReadTree(depth, ref budget);
}
