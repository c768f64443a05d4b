using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Restante.Core.Messages;

/// <summary>A typed value inside a message's content; a view, valid as long as the bytes it was read from.</summary>
public readonly ref struct ContentValue
{
    internal ContentValue(ValueKind kind, ReadOnlySpan<byte> bytes)
    {
        Kind = kind;
        Bytes = bytes;
    }

    /// <summary>Its type.</summary>
    public ValueKind Kind { get; }

    /// <summary>Its encoding: numbers little-endian in their natural width, text as UTF-8, the rest as it is.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Signed numbers and timestamps.</summary>
    public long AsInt64() => Bytes.Length switch
    {
        1 => (sbyte)Bytes[0],
        2 => BinaryPrimitives.ReadInt16LittleEndian(Bytes),
        4 => BinaryPrimitives.ReadInt32LittleEndian(Bytes),
        8 => BinaryPrimitives.ReadInt64LittleEndian(Bytes),
        _ => throw new InvalidOperationException("Not a number."),
    };

    /// <summary>Unsigned numbers, booleans and characters.</summary>
    public ulong AsUInt64() => Bytes.Length switch
    {
        1 => Bytes[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(Bytes),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(Bytes),
        8 => BinaryPrimitives.ReadUInt64LittleEndian(Bytes),
        _ => throw new InvalidOperationException("Not a number."),
    };

    /// <summary>Floating-point numbers.</summary>
    public double AsDouble() => Kind == ValueKind.Float
        ? BinaryPrimitives.ReadSingleLittleEndian(Bytes)
        : BinaryPrimitives.ReadDoubleLittleEndian(Bytes);

    /// <summary>The value as text, for protocols whose properties are text.</summary>
    public string AsText() => Kind switch
    {
        ValueKind.Null => string.Empty,
        ValueKind.Boolean => Bytes[0] != 0 ? "true" : "false",
        ValueKind.UByte or ValueKind.UShort or ValueKind.UInt or ValueKind.ULong => AsUInt64().ToString(CultureInfo.InvariantCulture),
        ValueKind.SByte or ValueKind.Short or ValueKind.Int or ValueKind.Long or ValueKind.Timestamp =>
            AsInt64().ToString(CultureInfo.InvariantCulture),
        ValueKind.Float => BinaryPrimitives.ReadSingleLittleEndian(Bytes).ToString("R", CultureInfo.InvariantCulture),
        ValueKind.Double => AsDouble().ToString("R", CultureInfo.InvariantCulture),
        ValueKind.Char => Rune.IsValid((uint)AsUInt64()) ? new Rune((uint)AsUInt64()).ToString() : "\uFFFD",
        ValueKind.Uuid => new Guid(Bytes, bigEndian: true).ToString("D"),
        ValueKind.String or ValueKind.Symbol => Encoding.UTF8.GetString(Bytes),
        _ => Convert.ToBase64String(Bytes),
    };
}
