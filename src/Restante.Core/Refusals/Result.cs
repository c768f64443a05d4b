using System.Diagnostics.CodeAnalysis;

namespace Restante.Core.Refusals;

/// <summary>A value, or the refusal that stands in its place.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly struct Result<T>
{
    private Result(T? value, Refusal? refusal)
    {
        Value = value;
        Refusal = refusal;
    }

    /// <summary>The value; meaningful when there is no refusal.</summary>
    public T? Value { get; }

    /// <summary>The refusal, or null.</summary>
    public Refusal? Refusal { get; }

    /// <summary>True with a value.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsSuccess => Refusal is null;

    internal static Result<T> Of(T value) => new(value, null);

    /// <summary>A success.</summary>
    public static implicit operator Result<T>(T value) => new(value, null);

    /// <summary>A refusal.</summary>
    public static implicit operator Result<T>(Refusal refusal) => new(default, refusal);
}

/// <summary>Makes results of types that have no implicit conversion (interfaces).</summary>
public static class Result
{
    /// <summary>A success.</summary>
    public static Result<T> Success<T>(T value) => Result<T>.Of(value);
}
