using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Restante.Amqp.Types;

/// <summary>Reads encoded values out of a span without allocating. Every fault is an
/// <see cref="AmqpViolationException"/> with <c>amqp:decode-error</c>. [AMQP 1]</summary>
public ref partial struct AmqpReader
{
    private readonly ReadOnlySpan<byte> _data;
    private int _position;

    public AmqpReader(ReadOnlySpan<byte> data) => _data = data;

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _position;

    /// <summary>Bytes left.</summary>
    public readonly int Remaining => _data.Length - _position;

    public readonly bool IsAtEnd => _position >= _data.Length;

    /// <summary>What is left, unread.</summary>
    public readonly ReadOnlySpan<byte> Rest => _data[_position..];

    /// <summary>The constructor of the next value.</summary>
    public readonly FormatCode Peek()
    {
        if (_position >= _data.Length)
            throw AmqpViolationException.Decode("A value is missing at the end of the data.");
        return (FormatCode)_data[_position];
    }

    /// <summary>Takes a null if it is next.</summary>
    public bool TryReadNull()
    {
        if (Peek() != FormatCode.Null)
            return false;
        _position++;
        return true;
    }

    public bool ReadBoolean()
    {
        switch (TakeCode())
        {
            case FormatCode.True:
                return true;
            case FormatCode.False:
                return false;
            case FormatCode.Boolean:
                return BooleanOctet(Take(1)[0]);
            default:
                throw Unexpected("boolean");
        }
    }

    public byte ReadUByte() => TakeCode() == FormatCode.UByte ? Take(1)[0] : throw Unexpected("ubyte");

    public ushort ReadUShort() =>
        TakeCode() == FormatCode.UShort ? BinaryPrimitives.ReadUInt16BigEndian(Take(2)) : throw Unexpected("ushort");

    public uint ReadUInt() => TakeCode() switch
    {
        FormatCode.UInt0 => 0,
        FormatCode.SmallUInt => Take(1)[0],
        FormatCode.UInt => BinaryPrimitives.ReadUInt32BigEndian(Take(4)),
        _ => throw Unexpected("uint"),
    };

    public ulong ReadULong() => TakeCode() switch
    {
        FormatCode.ULong0 => 0,
        FormatCode.SmallULong => Take(1)[0],
        FormatCode.ULong => BinaryPrimitives.ReadUInt64BigEndian(Take(8)),
        _ => throw Unexpected("ulong"),
    };

    public int ReadInt() => TakeCode() switch
    {
        FormatCode.SmallInt => (sbyte)Take(1)[0],
        FormatCode.Int => BinaryPrimitives.ReadInt32BigEndian(Take(4)),
        _ => throw Unexpected("int"),
    };

    public long ReadLong() => TakeCode() switch
    {
        FormatCode.SmallLong => (sbyte)Take(1)[0],
        FormatCode.Long => BinaryPrimitives.ReadInt64BigEndian(Take(8)),
        _ => throw Unexpected("long"),
    };

    public AmqpTimestamp ReadTimestamp() => TakeCode() == FormatCode.Timestamp
        ? new(BinaryPrimitives.ReadInt64BigEndian(Take(8)))
        : throw Unexpected("timestamp");

    public Guid ReadUuid() => TakeCode() == FormatCode.Uuid ? new Guid(Take(16), bigEndian: true) : throw Unexpected("uuid");

    public ReadOnlySpan<byte> ReadBinary() => TakeCode() switch
    {
        FormatCode.VBin8 => Take(Take(1)[0]),
        FormatCode.VBin32 => Take(TakeSize32()),
        _ => throw Unexpected("binary"),
    };

    /// <summary>The UTF-8 bytes of a string, checked.</summary>
    public ReadOnlySpan<byte> ReadStringBytes()
    {
        ReadOnlySpan<byte> bytes = TakeCode() switch
        {
            FormatCode.Str8 => Take(Take(1)[0]),
            FormatCode.Str32 => Take(TakeSize32()),
            _ => throw Unexpected("string"),
        };
        return CheckUtf8(bytes);
    }

    public string ReadString() => Encoding.UTF8.GetString(ReadStringBytes());

    /// <summary>A string of at most so many bytes; longer is an error.</summary>
    public string ReadString(int maxBytes)
    {
        ReadOnlySpan<byte> bytes = ReadStringBytes();
        if (bytes.Length > maxBytes)
            throw AmqpViolationException.Decode($"A string of {bytes.Length} bytes is longer than the {maxBytes} allowed here.");
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>The ASCII bytes of a symbol, checked.</summary>
    public ReadOnlySpan<byte> ReadSymbolBytes()
    {
        ReadOnlySpan<byte> bytes = TakeCode() switch
        {
            FormatCode.Sym8 => Take(Take(1)[0]),
            FormatCode.Sym32 => Take(TakeSize32()),
            _ => throw Unexpected("symbol"),
        };
        return CheckAscii(bytes);
    }

    public Symbol ReadSymbol() => KnownSymbols.Intern(ReadSymbolBytes());

    /// <summary>Takes a descriptor if it is next: 0x00 and a ulong or symbol. Symbols of the standard map to their code; an
    /// unknown symbol gives <see cref="ulong.MaxValue"/>.</summary>
    public bool TryReadDescriptor(out ulong code)
    {
        code = 0;
        if (Peek() != FormatCode.Described)
            return false;
        _position++;
        switch (Peek())
        {
            case FormatCode.ULong0 or FormatCode.SmallULong or FormatCode.ULong:
                code = ReadULong();
                return true;
            case FormatCode.Sym8 or FormatCode.Sym32:
                code = Descriptors.CodeOf(ReadSymbolBytes());
                return true;
            default:
                throw AmqpViolationException.Decode("A descriptor is neither a ulong nor a symbol.");
        }
    }

    /// <summary>Takes a descriptor, which must be there.</summary>
    public ulong ReadDescriptor() =>
        TryReadDescriptor(out ulong code) ? code : throw AmqpViolationException.Decode("A descriptor is missing.");

    /// <summary>Takes a list and returns a reader over its items.</summary>
    public ItemReader ReadList()
    {
        switch (TakeCode())
        {
            case FormatCode.List0:
                return new ItemReader(default, 0);
            case FormatCode.List8:
                return Items(wide: false);
            case FormatCode.List32:
                return Items(wide: true);
            default:
                throw Unexpected("list");
        }
    }

    /// <summary>Takes a map and returns a reader over its keys and values.</summary>
    public MapReader ReadMap()
    {
        ItemReader items = TakeCode() switch
        {
            FormatCode.Map8 => Items(wide: false),
            FormatCode.Map32 => Items(wide: true),
            _ => throw Unexpected("map"),
        };
        if ((items.Remaining & 1) != 0)
            throw AmqpViolationException.Decode("A map has a key without a value."); // [AMQP 1.6.23]
        return new MapReader(items);
    }

    /// <summary>Takes the next value, whatever it is, and returns its encoding.</summary>
    public ReadOnlySpan<byte> ReadRaw()
    {
        int start = _position;
        Skip();
        return _data[start.._position];
    }

    /// <summary>Takes the next value, whatever it is. The inside of compounds is not looked at.</summary>
    public void Skip() => Skip(depth: 0);

    private static bool BooleanOctet(byte octet) => octet switch
    {
        0 => false,
        1 => true,
        _ => throw AmqpViolationException.Decode("A boolean octet is neither 0 nor 1."), // [AMQP 1.6.2]
    };

    private static ReadOnlySpan<byte> CheckUtf8(ReadOnlySpan<byte> bytes) =>
        Utf8.IsValid(bytes) ? bytes : throw AmqpViolationException.Decode("A string is not UTF-8.");

    private static ReadOnlySpan<byte> CheckAscii(ReadOnlySpan<byte> bytes) =>
        Ascii.IsValid(bytes) ? bytes : throw AmqpViolationException.Decode("A symbol is not ASCII.");

    private static AmqpViolationException Unexpected(string wanted) =>
        AmqpViolationException.Decode($"A value of another type stands where a {wanted} belongs.");

    private void Skip(int depth)
    {
        FormatCode code = TakeCode();
        while (code == FormatCode.Described)
        {
            if (++depth > MaxSkipDepth)
                throw AmqpViolationException.Decode("Descriptors are nested too deep.");
            Skip(depth);
            code = TakeCode();
        }

        Take(SizeOf(code));
    }

    private ItemReader Items(bool wide)
    {
        ReadOnlySpan<byte> body = Take(wide ? TakeSize32() : Take(1)[0]);
        int width = wide ? 4 : 1;
        if (body.Length < width)
            throw AmqpViolationException.Decode("A compound is too short for its count.");
        uint count = wide ? BinaryPrimitives.ReadUInt32BigEndian(body) : body[0];
        ReadOnlySpan<byte> items = body[width..];
        if (count > (uint)items.Length)
            throw AmqpViolationException.Decode("A compound counts more items than it has bytes.");
        return new ItemReader(items, (int)count);
    }

    private FormatCode TakeCode()
    {
        if (_position >= _data.Length)
            throw AmqpViolationException.Decode("A value is missing at the end of the data.");
        return (FormatCode)_data[_position++];
    }

    private int TakeSize32()
    {
        uint size = BinaryPrimitives.ReadUInt32BigEndian(Take(4));
        return size <= (uint)Remaining ? (int)size : throw AmqpViolationException.Decode("A value is longer than the data.");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > Remaining)
            throw AmqpViolationException.Decode("A value is longer than the data.");
        ReadOnlySpan<byte> taken = _data.Slice(_position, length);
        _position += length;
        return taken;
    }

    /// <summary>The bytes that follow a constructor; for variable widths the size field is taken too.</summary>
    private int SizeOf(FormatCode code)
    {
        if (!IsKnown(code))
            throw AmqpViolationException.Decode($"0x{(byte)code:x2} is no constructor.");
        return ((byte)code >> 4) switch
        {
            0x4 => 0,
            0x5 => 1,
            0x6 => 2,
            0x7 => 4,
            0x8 => 8,
            0x9 => 16,
            0xa or 0xc or 0xe => Take(1)[0],
            _ => TakeSize32(),
        };
    }
}
