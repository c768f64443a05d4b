using System.Buffers.Binary;
using System.Text;

namespace Restante.Amqp.Types;

/// <summary>Encoding of objects, the inverse of <see cref="AmqpReader.ReadValue(DecodeLimits?)"/>.</summary>
public ref partial struct AmqpWriter
{
    /// <summary>Writes a value of one of the types that the reader gives; others are an <see cref="ArgumentException"/>.</summary>
    public void WriteValue(object? value)
    {
        switch (value)
        {
            case null:
                WriteNull();
                break;
            case bool b:
                WriteBoolean(b);
                break;
            case string text:
                WriteString(text);
                break;
            case Symbol symbol:
                WriteSymbol(symbol);
                break;
            case uint u:
                WriteUInt(u);
                break;
            case ulong u:
                WriteULong(u);
                break;
            case int i:
                WriteInt(i);
                break;
            case long l:
                WriteLong(l);
                break;
            case byte[] bytes:
                WriteBinary(bytes);
                break;
            case ReadOnlyMemory<byte> memory:
                WriteBinary(memory.Span);
                break;
            case Guid uuid:
                WriteUuid(uuid);
                break;
            case AmqpTimestamp time:
                WriteTimestamp(time);
                break;
            case DateTimeOffset time:
                WriteTimestamp(AmqpTimestamp.From(time));
                break;
            default:
                WriteRarer(value);
                break;
        }
    }

    public void WriteMap(AmqpMap? map)
    {
        if (map is null)
        {
            WriteNull();
            return;
        }

        CompoundScope scope = BeginCompound();
        foreach (KeyValuePair<object, object?> entry in map)
        {
            WriteValue(entry.Key);
            WriteValue(entry.Value);
        }

        EndMap(scope);
    }

    /// <summary>Writes a "multiple" field: null for none, otherwise an array.</summary>
    public void WriteSymbols(IReadOnlyList<Symbol> symbols)
    {
        if (symbols.Count == 0)
        {
            WriteNull();
            return;
        }

        FormatCode code = FormatCode.Sym8;
        var items = new object?[symbols.Count];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = symbols[i];
            if (symbols[i].Value.Length > byte.MaxValue)
                code = FormatCode.Sym32;
        }

        WriteArray(new AmqpArray(code, items));
    }

    public void WriteArray(AmqpArray array)
    {
        int start = _length;
        Extend(CompoundHeaderLength);
        int items = _items;
        if (array.IsDescribed)
        {
            Put(FormatCode.Described);
            WriteValue(array.Descriptor);
        }

        Put(array.ElementCode);
        foreach (object? item in array.Items)
            WriteBody(array.ElementCode, item);
        int body = start + CompoundHeaderLength;
        int size = _length - body;
        Span<byte> header = _buffer[start..];
        if (size < byte.MaxValue && array.Items.Count <= byte.MaxValue)
        {
            header[0] = (byte)FormatCode.Array8;
            header[1] = (byte)(size + 1);
            header[2] = (byte)array.Items.Count;
            _buffer[body.._length].CopyTo(header[3..]);
            _length -= CompoundHeaderLength - 3;
        }
        else
        {
            header[0] = (byte)FormatCode.Array32;
            BinaryPrimitives.WriteInt32BigEndian(header[1..], size + 4);
            BinaryPrimitives.WriteInt32BigEndian(header[5..], array.Items.Count);
        }

        _items = items;
        Wrote();
    }

    private void WriteRarer(object value)
    {
        switch (value)
        {
            case AmqpMap map:
                WriteMap(map);
                break;
            case AmqpArray array:
                WriteArray(array);
                break;
            case DescribedValue described:
                int items = _items;
                Put(FormatCode.Described);
                WriteValue(described.Descriptor);
                WriteValue(described.Value);
                _items = items;
                Wrote();
                break;
            case byte:
                WriteFixed(FormatCode.UByte, value);
                break;
            case sbyte:
                WriteFixed(FormatCode.Byte, value);
                break;
            case ushort:
                WriteFixed(FormatCode.UShort, value);
                break;
            case short:
                WriteFixed(FormatCode.Short, value);
                break;
            case float:
                WriteFixed(FormatCode.Float, value);
                break;
            case double:
                WriteFixed(FormatCode.Double, value);
                break;
            case Rune:
                WriteFixed(FormatCode.Char, value);
                break;
            case AmqpDecimal32:
                WriteFixed(FormatCode.Decimal32, value);
                break;
            case AmqpDecimal64:
                WriteFixed(FormatCode.Decimal64, value);
                break;
            case AmqpDecimal128:
                WriteFixed(FormatCode.Decimal128, value);
                break;
            case IEnumerable<object?> list:
                CompoundScope scope = BeginCompound();
                foreach (object? item in list)
                    WriteValue(item);
                EndList(scope);
                break;
            default:
                throw new ArgumentException($"A {value.GetType().Name} has no AMQP encoding.", nameof(value));
        }
    }

    private void WriteFixed(FormatCode code, object value)
    {
        Put(code);
        WriteBody(code, value);
        Wrote();
    }

    /// <summary>Writes a value without its constructor, as in an array.</summary>
    private void WriteBody(FormatCode code, object? value)
    {
        switch (code)
        {
            case FormatCode.Null or FormatCode.True or FormatCode.False or FormatCode.UInt0 or FormatCode.ULong0 or FormatCode.List0:
                break;
            case FormatCode.Boolean:
                Extend(1)[0] = (bool)value! ? (byte)1 : (byte)0;
                break;
            case FormatCode.UByte:
                Extend(1)[0] = (byte)value!;
                break;
            case FormatCode.Byte:
                Extend(1)[0] = unchecked((byte)(sbyte)value!);
                break;
            case FormatCode.SmallUInt:
                Extend(1)[0] = checked((byte)(uint)value!);
                break;
            case FormatCode.SmallULong:
                Extend(1)[0] = checked((byte)(ulong)value!);
                break;
            case FormatCode.SmallInt:
                Extend(1)[0] = unchecked((byte)checked((sbyte)(int)value!));
                break;
            case FormatCode.SmallLong:
                Extend(1)[0] = unchecked((byte)checked((sbyte)(long)value!));
                break;
            case FormatCode.UShort:
                BinaryPrimitives.WriteUInt16BigEndian(Extend(2), (ushort)value!);
                break;
            case FormatCode.Short:
                BinaryPrimitives.WriteInt16BigEndian(Extend(2), (short)value!);
                break;
            default:
                WriteWiderBody(code, value);
                break;
        }
    }

    private void WriteWiderBody(FormatCode code, object? value)
    {
        switch (code)
        {
            case FormatCode.UInt:
                BinaryPrimitives.WriteUInt32BigEndian(Extend(4), (uint)value!);
                break;
            case FormatCode.Int:
                BinaryPrimitives.WriteInt32BigEndian(Extend(4), (int)value!);
                break;
            case FormatCode.Float:
                BinaryPrimitives.WriteSingleBigEndian(Extend(4), (float)value!);
                break;
            case FormatCode.Char:
                BinaryPrimitives.WriteInt32BigEndian(Extend(4), ((Rune)value!).Value);
                break;
            case FormatCode.Decimal32:
                BinaryPrimitives.WriteUInt32BigEndian(Extend(4), ((AmqpDecimal32)value!).Bits);
                break;
            case FormatCode.ULong:
                BinaryPrimitives.WriteUInt64BigEndian(Extend(8), (ulong)value!);
                break;
            case FormatCode.Long:
                BinaryPrimitives.WriteInt64BigEndian(Extend(8), (long)value!);
                break;
            case FormatCode.Double:
                BinaryPrimitives.WriteDoubleBigEndian(Extend(8), (double)value!);
                break;
            case FormatCode.Timestamp:
                BinaryPrimitives.WriteInt64BigEndian(Extend(8), ((AmqpTimestamp)value!).UnixMilliseconds);
                break;
            case FormatCode.Decimal64:
                BinaryPrimitives.WriteUInt64BigEndian(Extend(8), ((AmqpDecimal64)value!).Bits);
                break;
            case FormatCode.Decimal128:
                var wide = (AmqpDecimal128)value!;
                Span<byte> bits = Extend(16);
                BinaryPrimitives.WriteUInt64BigEndian(bits, wide.HighBits);
                BinaryPrimitives.WriteUInt64BigEndian(bits[8..], wide.LowBits);
                break;
            case FormatCode.Uuid:
                ((Guid)value!).TryWriteBytes(Extend(16), bigEndian: true, out _);
                break;
            default:
                WriteVariableBody(code, value);
                break;
        }
    }

    /// <summary>Variable and compound elements are written whole, then the constructor is dropped and the size widened.</summary>
    private void WriteVariableBody(FormatCode code, object? value)
    {
        var element = new AmqpWriter(stackalloc byte[256]);
        try
        {
            element.WriteValue(value);
            ReadOnlySpan<byte> encoded = element.Written;
            if (encoded[0] == (byte)code)
            {
                encoded[1..].CopyTo(Extend(encoded.Length - 1));
                return;
            }

            if (code == FormatCode.List8 && encoded[0] == (byte)FormatCode.List0)
            {
                BinaryPrimitives.WriteUInt16BigEndian(Extend(2), 0x0100);
                return;
            }

            bool isWide = ((byte)code & 0x10) != 0;
            bool isCompound = (byte)code >= (byte)FormatCode.List8;
            bool isSameKind = encoded[0] == ((byte)code & ~0x10) || (code == FormatCode.List32 && encoded[0] == (byte)FormatCode.List0);
            if (!isWide || !isSameKind)
                throw new ArgumentException($"An element does not fit the array's constructor 0x{(byte)code:x2}.", nameof(value));
            if (encoded[0] == (byte)FormatCode.List0)
                encoded = [(byte)FormatCode.List8, 1, 0];
            if (!isCompound)
            {
                BinaryPrimitives.WriteInt32BigEndian(Extend(4), encoded[1]);
                encoded[2..].CopyTo(Extend(encoded.Length - 2));
                return;
            }

            BinaryPrimitives.WriteInt32BigEndian(Extend(4), encoded[1] + 3);
            BinaryPrimitives.WriteInt32BigEndian(Extend(4), encoded[2]);
            encoded[3..].CopyTo(Extend(encoded.Length - 3));
        }
        finally
        {
            element.Dispose();
        }
    }
}
