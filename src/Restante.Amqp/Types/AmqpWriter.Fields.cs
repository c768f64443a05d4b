namespace Restante.Amqp.Types;

/// <summary>Fields that may be absent; absent ones are written as null.</summary>
public ref partial struct AmqpWriter
{
    public void Clear()
    {
        _length = 0;
        _items = 0;
        _trailingNulls = 0;
    }

    internal void Boolean(bool? value)
    {
        if (value is { } present)
            WriteBoolean(present);
        else
            WriteNull();
    }

    internal void UByte(byte? value)
    {
        if (value is { } present)
            WriteUByte(present);
        else
            WriteNull();
    }

    internal void UShort(ushort? value)
    {
        if (value is { } present)
            WriteUShort(present);
        else
            WriteNull();
    }

    internal void UInt(uint? value)
    {
        if (value is { } present)
            WriteUInt(present);
        else
            WriteNull();
    }

    internal void ULong(ulong? value)
    {
        if (value is { } present)
            WriteULong(present);
        else
            WriteNull();
    }

    internal void String(string? value)
    {
        if (value is not null)
            WriteString(value);
        else
            WriteNull();
    }

    internal void Symbol(Symbol? value)
    {
        if (value is { } present)
            WriteSymbol(present);
        else
            WriteNull();
    }

    internal void Binary(ReadOnlyMemory<byte>? value)
    {
        if (value is { } present)
            WriteBinary(present.Span);
        else
            WriteNull();
    }

    internal void Timestamp(AmqpTimestamp? value)
    {
        if (value is { } present)
            WriteTimestamp(present);
        else
            WriteNull();
    }
}
