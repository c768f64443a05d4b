namespace Restante.Core.Messages;

/// <summary>The type of a property's value: the simple types of AMQP 1.0, which every other protocol's are a part of.</summary>
public enum ValueKind
{
    /// <summary>No value.</summary>
    Null = 0,

    /// <summary>True or false.</summary>
    Boolean = 1,

    /// <summary>Unsigned, 8 bits.</summary>
    UByte = 2,

    /// <summary>Unsigned, 16 bits.</summary>
    UShort = 3,

    /// <summary>Unsigned, 32 bits.</summary>
    UInt = 4,

    /// <summary>Unsigned, 64 bits.</summary>
    ULong = 5,

    /// <summary>Signed, 8 bits.</summary>
    SByte = 6,

    /// <summary>Signed, 16 bits.</summary>
    Short = 7,

    /// <summary>Signed, 32 bits.</summary>
    Int = 8,

    /// <summary>Signed, 64 bits.</summary>
    Long = 9,

    /// <summary>IEEE 754, 32 bits.</summary>
    Float = 10,

    /// <summary>IEEE 754, 64 bits.</summary>
    Double = 11,

    /// <summary>One Unicode character.</summary>
    Char = 12,

    /// <summary>Milliseconds since the Unix epoch.</summary>
    Timestamp = 13,

    /// <summary>16 bytes in network order.</summary>
    Uuid = 14,

    /// <summary>Bytes.</summary>
    Binary = 15,

    /// <summary>UTF-8 text.</summary>
    String = 16,

    /// <summary>A symbol (ASCII).</summary>
    Symbol = 17,

    /// <summary>IEEE 754 decimal of 32 bits, as its 4 bytes.</summary>
    Decimal32 = 18,

    /// <summary>IEEE 754 decimal of 64 bits, as its 8 bytes.</summary>
    Decimal64 = 19,

    /// <summary>IEEE 754 decimal of 128 bits, as its 16 bytes.</summary>
    Decimal128 = 20,
}

internal static class ValueWidths
{
    /// <summary>The width of values of a kind in bytes; null where it varies.</summary>
    public static int? Width(this ValueKind kind) => kind switch
    {
        ValueKind.Null => 0,
        ValueKind.Boolean or ValueKind.UByte or ValueKind.SByte => 1,
        ValueKind.UShort or ValueKind.Short => 2,
        ValueKind.UInt or ValueKind.Int or ValueKind.Float or ValueKind.Char or ValueKind.Decimal32 => 4,
        ValueKind.ULong or ValueKind.Long or ValueKind.Double or ValueKind.Timestamp or ValueKind.Decimal64 => 8,
        ValueKind.Uuid or ValueKind.Decimal128 => 16,
        _ => null,
    };
}
