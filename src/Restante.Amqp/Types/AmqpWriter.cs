using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Restante.Amqp.Types;

/// <summary>Writes encoded values, each in its shortest form, into a span that it replaces by a pooled array when it is full.
/// Dispose it to give the array back. [AMQP 1]</summary>
public ref partial struct AmqpWriter
{
    private static readonly Encoding StrictAscii = Encoding.GetEncoding(
        "us-ascii", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);

    private Span<byte> _buffer;
    private byte[]? _rented;
    private int _length;
    private int _items;
    private int _trailingNulls;

    /// <summary>Starts in the span given, which may be empty.</summary>
    public AmqpWriter(Span<byte> initial) => _buffer = initial;

    /// <summary>What was written.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

    public readonly int Length => _length;

    public void Dispose()
    {
        byte[]? rented = _rented;
        this = default;
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
    }

    public void WriteNull()
    {
        Put(FormatCode.Null);
        _items++;
        _trailingNulls++;
    }

    public void WriteBoolean(bool value)
    {
        Put(value ? FormatCode.True : FormatCode.False);
        Wrote();
    }

    public void WriteUByte(byte value) => Put1(FormatCode.UByte, value);

    public void WriteUShort(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(Put(FormatCode.UShort, 2), value);
        Wrote();
    }

    public void WriteUInt(uint value)
    {
        if (value == 0)
            Put(FormatCode.UInt0);
        else if (value <= byte.MaxValue)
            Put(FormatCode.SmallUInt, 1)[0] = (byte)value;
        else
            BinaryPrimitives.WriteUInt32BigEndian(Put(FormatCode.UInt, 4), value);
        Wrote();
    }

    public void WriteULong(ulong value)
    {
        PutULong(value);
        Wrote();
    }

    public void WriteInt(int value)
    {
        if (value is >= sbyte.MinValue and <= sbyte.MaxValue)
            Put(FormatCode.SmallInt, 1)[0] = unchecked((byte)value);
        else
            BinaryPrimitives.WriteInt32BigEndian(Put(FormatCode.Int, 4), value);
        Wrote();
    }

    public void WriteLong(long value)
    {
        if (value is >= sbyte.MinValue and <= sbyte.MaxValue)
            Put(FormatCode.SmallLong, 1)[0] = unchecked((byte)value);
        else
            BinaryPrimitives.WriteInt64BigEndian(Put(FormatCode.Long, 8), value);
        Wrote();
    }

    public void WriteTimestamp(AmqpTimestamp value)
    {
        BinaryPrimitives.WriteInt64BigEndian(Put(FormatCode.Timestamp, 8), value.UnixMilliseconds);
        Wrote();
    }

    public void WriteUuid(Guid value)
    {
        value.TryWriteBytes(Put(FormatCode.Uuid, 16), bigEndian: true, out _);
        Wrote();
    }

    public void WriteBinary(scoped ReadOnlySpan<byte> value) => PutVariable(FormatCode.VBin8, FormatCode.VBin32, value);

    /// <summary>Writes a string from its UTF-8 bytes.</summary>
    public void WriteString(scoped ReadOnlySpan<byte> utf8) => PutVariable(FormatCode.Str8, FormatCode.Str32, utf8);

    public void WriteString(string value) => PutText(FormatCode.Str8, FormatCode.Str32, value, Encoding.UTF8);

    /// <summary>Writes a symbol; characters beyond ASCII are an <see cref="ArgumentException"/>.</summary>
    public void WriteSymbol(Symbol value) => PutText(FormatCode.Sym8, FormatCode.Sym32, value.Value, StrictAscii);

    /// <summary>Writes a symbol from its ASCII bytes.</summary>
    public void WriteSymbol(scoped ReadOnlySpan<byte> ascii) => PutVariable(FormatCode.Sym8, FormatCode.Sym32, ascii);

    /// <summary>Starts a described value; the value itself must be written next.</summary>
    public void WriteDescriptor(ulong code)
    {
        Put(FormatCode.Described);
        PutULong(code);
    }

    /// <summary>Copies a value that is encoded already, exactly one.</summary>
    public void WriteRaw(scoped ReadOnlySpan<byte> encodedValue)
    {
        encodedValue.CopyTo(Extend(encodedValue.Length));
        Wrote();
    }

    /// <summary>Starts a list or a map; the items follow, then <see cref="EndList"/> or <see cref="EndMap"/>.</summary>
    public CompoundScope BeginCompound()
    {
        var scope = new CompoundScope(_length, _items);
        Extend(CompoundHeaderLength);
        _items = 0;
        _trailingNulls = 0;
        return scope;
    }

    /// <summary>Ends a list of fields: nulls at its end are left out. [AMQP 1.4]</summary>
    public void EndFields(CompoundScope scope)
    {
        _length -= _trailingNulls;
        _items -= _trailingNulls;
        EndCompound(scope, FormatCode.List8, FormatCode.List32);
    }

    public void EndList(CompoundScope scope) => EndCompound(scope, FormatCode.List8, FormatCode.List32);

    public void EndMap(CompoundScope scope) => EndCompound(scope, FormatCode.Map8, FormatCode.Map32);

    internal Span<byte> Reserve(int length) => Extend(length);

    internal readonly Span<byte> Patch(int start, int length) => _buffer.Slice(start, length);

    private const int CompoundHeaderLength = 9;

    private void EndCompound(CompoundScope scope, FormatCode narrow, FormatCode wide)
    {
        int body = scope.Start + CompoundHeaderLength;
        int size = _length - body;
        Span<byte> header = _buffer[scope.Start..];
        if (_items == 0 && narrow == FormatCode.List8)
        {
            header[0] = (byte)FormatCode.List0;
            _length = scope.Start + 1;
        }
        else if (size < byte.MaxValue && _items <= byte.MaxValue)
        {
            header[0] = (byte)narrow;
            header[1] = (byte)(size + 1);
            header[2] = (byte)_items;
            _buffer[body.._length].CopyTo(header[3..]);
            _length -= CompoundHeaderLength - 3;
        }
        else
        {
            header[0] = (byte)wide;
            BinaryPrimitives.WriteInt32BigEndian(header[1..], size + 4);
            BinaryPrimitives.WriteInt32BigEndian(header[5..], _items);
        }

        _items = scope.Items;
        Wrote();
    }

    private void PutULong(ulong value)
    {
        if (value == 0)
            Put(FormatCode.ULong0);
        else if (value <= byte.MaxValue)
            Put(FormatCode.SmallULong, 1)[0] = (byte)value;
        else
            BinaryPrimitives.WriteUInt64BigEndian(Put(FormatCode.ULong, 8), value);
    }

    private void PutVariable(FormatCode narrow, FormatCode wide, scoped ReadOnlySpan<byte> value)
    {
        value.CopyTo(PutVariable(narrow, wide, value.Length));
        Wrote();
    }

    private void PutText(FormatCode narrow, FormatCode wide, string value, Encoding encoding)
    {
        int length = encoding.GetByteCount(value);
        encoding.GetBytes(value, PutVariable(narrow, wide, length));
        Wrote();
    }

    private Span<byte> PutVariable(FormatCode narrow, FormatCode wide, int length)
    {
        if (length <= byte.MaxValue)
            Put(narrow, 1)[0] = (byte)length;
        else
            BinaryPrimitives.WriteInt32BigEndian(Put(wide, 4), length);
        return Extend(length);
    }

    private void Put1(FormatCode code, byte value)
    {
        Put(code, 1)[0] = value;
        Wrote();
    }

    private void Wrote()
    {
        _items++;
        _trailingNulls = 0;
    }

    private void Put(FormatCode code) => Extend(1)[0] = (byte)code;

    private Span<byte> Put(FormatCode code, int width)
    {
        Span<byte> span = Extend(1 + width);
        span[0] = (byte)code;
        return span[1..];
    }

    private Span<byte> Extend(int length)
    {
        int start = _length;
        if (length > _buffer.Length - start)
            Grow(length);
        _length += length;
        return _buffer.Slice(start, length);
    }

    private void Grow(int length)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(_buffer.Length * 2, 256), checked(_length + length)));
        _buffer[.._length].CopyTo(larger);
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
        _rented = larger;
        _buffer = larger;
    }
}
