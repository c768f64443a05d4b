namespace Restante.Amqp.Types;

/// <summary>A symbolic value from a constrained domain, ASCII only. [AMQP 1.6.21]</summary>
public readonly struct Symbol : IEquatable<Symbol>
{
    private readonly string? _value;

    public Symbol(string value) => _value = value;

    /// <summary>The characters; empty for the default value.</summary>
    public string Value => _value ?? string.Empty;

    public static implicit operator Symbol(string value) => new(value);

    public static bool operator ==(Symbol left, Symbol right) => left.Equals(right);

    public static bool operator !=(Symbol left, Symbol right) => !left.Equals(right);

    public static Symbol FromString(string value) => new(value);

    public bool Equals(Symbol other) => string.Equals(Value, other.Value, StringComparison.Ordinal);

    public override bool Equals(object? obj) => obj is Symbol other && Equals(other);

    public override int GetHashCode() => string.GetHashCode(Value, StringComparison.Ordinal);

    public override string ToString() => Value;
}
