namespace Restante.Core.Selection;

/// <summary>A value while a condition is evaluated. <see cref="OperandKind.Null"/> is also the unknown of three-valued logic.</summary>
internal readonly struct Operand
{
    private readonly long _bits;
    private readonly object? _value;

    private Operand(OperandKind kind, long bits, object? value)
    {
        Kind = kind;
        _bits = bits;
        _value = value;
    }

    public static Operand True { get; } = new(OperandKind.Boolean, 1, null);

    public static Operand False { get; } = new(OperandKind.Boolean, 0, null);

    /// <summary>A value that is there but equals nothing: bytes, an object, a text that is too long.</summary>
    public static Operand Other { get; } = new(OperandKind.Other, 0, null);

    public OperandKind Kind { get; }

    public bool IsNull => Kind == OperandKind.Null;

    public bool IsNumber => Kind is OperandKind.Exact or OperandKind.Approximate;

    /// <summary>A whole number.</summary>
    public long Exact => _bits;

    /// <summary>A number of either kind.</summary>
    public double Approximate => Kind == OperandKind.Exact ? _bits : BitConverter.Int64BitsToDouble(_bits);

    public string Text => (string)_value!;

    public IReadOnlyList<string> List => (IReadOnlyList<string>)_value!;

    /// <summary>True or false; null when it is unknown or no truth at all.</summary>
    public bool? Truth => Kind == OperandKind.Boolean ? _bits != 0 : null;

    public static Operand Of(bool? truth) => truth switch { true => True, false => False, null => default };

    public static Operand Of(long number) => new(OperandKind.Exact, number, null);

    public static Operand Of(double number) => new(OperandKind.Approximate, BitConverter.DoubleToInt64Bits(number), null);

    public static Operand Of(string text) => new(OperandKind.Text, 0, text);

    public static Operand Of(IReadOnlyList<string> list) => new(OperandKind.List, 0, list);

    /// <summary>Compares two values; null when one of them is. Values of different kinds compare as false, whatever the operator.</summary>
    public static bool? Compare(in Operand left, Comparison comparison, in Operand right)
    {
        if (left.IsNull || right.IsNull)
            return null;
        if (left.IsNumber && right.IsNumber)
        {
            return left.Kind == OperandKind.Exact && right.Kind == OperandKind.Exact
                ? Holds(left.Exact.CompareTo(right.Exact), comparison)
                : Holds(left.Approximate, comparison, right.Approximate);
        }

        if (left.Kind != right.Kind)
            return false;
        return left.Kind switch
        {
            OperandKind.Text => Holds(string.CompareOrdinal(left.Text, right.Text), comparison),
            OperandKind.Boolean when comparison is Comparison.Equal or Comparison.NotEqual =>
                Holds(left._bits.CompareTo(right._bits), comparison),
            _ => false,
        };
    }

    private static bool Holds(int order, Comparison comparison) => comparison switch
    {
        Comparison.Equal => order == 0,
        Comparison.NotEqual => order != 0,
        Comparison.Less => order < 0,
        Comparison.LessOrEqual => order <= 0,
        Comparison.Greater => order > 0,
        _ => order >= 0,
    };

    // Not by an order of the two: what is no number at all (NaN) is neither less nor equal nor greater.
    private static bool Holds(double left, Comparison comparison, double right) => comparison switch
    {
        Comparison.Equal => left == right,
        Comparison.NotEqual => left != right,
        Comparison.Less => left < right,
        Comparison.LessOrEqual => left <= right,
        Comparison.Greater => left > right,
        _ => left >= right,
    };
}

/// <summary>What a value is.</summary>
internal enum OperandKind : byte
{
    /// <summary>None, or unknown.</summary>
    Null,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A whole number of 64 bits.</summary>
    Exact,

    /// <summary>A number in floating point.</summary>
    Approximate,

    /// <summary>Text.</summary>
    Text,

    /// <summary>Several texts.</summary>
    List,

    /// <summary>Something that has no form here.</summary>
    Other,
}

/// <summary>The comparison operators.</summary>
internal enum Comparison
{
    /// <summary>The operator =.</summary>
    Equal,

    /// <summary>The operator &lt;&gt;.</summary>
    NotEqual,

    /// <summary>The operator &lt;.</summary>
    Less,

    /// <summary>The operator &lt;=.</summary>
    LessOrEqual,

    /// <summary>The operator &gt;.</summary>
    Greater,

    /// <summary>The operator &gt;=.</summary>
    GreaterOrEqual,
}
