namespace Restante.Amqp.Types;

/// <summary>Walks the items of a list. Items beyond its end read as absent, as trailing nulls may be left out. [AMQP 1.4]</summary>
public ref struct ItemReader
{
    private AmqpReader _reader;

    internal ItemReader(ReadOnlySpan<byte> items, int count)
    {
        _reader = new AmqpReader(items);
        Remaining = count;
    }

    /// <summary>Items not yet taken.</summary>
    public int Remaining { get; private set; }

    /// <summary>Takes the next item as its encoding; empty if it is absent or null.</summary>
    public ReadOnlySpan<byte> NextRaw()
    {
        if (Remaining == 0)
            return default;
        Remaining--;
        return _reader.TryReadNull() ? default : _reader.ReadRaw();
    }

    /// <summary>An error unless all items were taken and nothing is left over.</summary>
    public readonly void CheckEnd()
    {
        if (Remaining == 0 && !_reader.IsAtEnd)
            throw AmqpViolationException.Decode("A compound is longer than its items.");
    }

    internal object? NextValue(int depth, ref int budget)
    {
        Remaining--;
        return _reader.ReadValueWithin(depth, ref budget);
    }

    internal bool TryTakeNull()
    {
        if (Remaining == 0)
            return true;
        Remaining--;
        return _reader.TryReadNull();
    }

    internal bool NextBoolean(bool absent) => TryTakeNull() ? absent : _reader.ReadBoolean();

    internal bool TakeBoolean() => _reader.ReadBoolean();

    internal byte TakeUByte() => _reader.ReadUByte();

    internal ushort TakeUShort() => _reader.ReadUShort();

    internal ReadOnlySpan<byte> NextStringBytes() => TryTakeNull() ? default : _reader.ReadStringBytes();

    internal byte NextUByte(byte absent) => TryTakeNull() ? absent : _reader.ReadUByte();

    internal ushort NextUShort(ushort absent) => TryTakeNull() ? absent : _reader.ReadUShort();

    internal uint NextUInt(uint absent) => TryTakeNull() ? absent : _reader.ReadUInt();

    internal uint? NextUInt() => TryTakeNull() ? null : _reader.ReadUInt();

    internal ulong NextULong(ulong absent) => TryTakeNull() ? absent : _reader.ReadULong();

    internal string? NextString(int maxBytes) => TryTakeNull() ? null : _reader.ReadString(maxBytes);

    internal Symbol? NextSymbol() => TryTakeNull() ? default(Symbol?) : _reader.ReadSymbol();

    internal ReadOnlySpan<byte> NextBinary(out bool present)
    {
        present = !TryTakeNull();
        return present ? _reader.ReadBinary() : default;
    }

    internal AmqpMap? NextMap(DecodeLimits limits) => TryTakeNull() ? null : _reader.ReadMapValue(limits);

    internal IReadOnlyList<Symbol> NextSymbols(DecodeLimits limits) => TryTakeNull() ? [] : _reader.ReadSymbols(limits);
}
