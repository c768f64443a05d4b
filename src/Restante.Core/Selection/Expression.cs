namespace Restante.Core.Selection;

/// <summary>A part of a condition. It has no state: any number of threads may evaluate it at once.</summary>
internal abstract class Expression
{
    /// <summary>What it can stand for.</summary>
    public abstract ExpressionShape Shape { get; }

    /// <summary>Its value.</summary>
    /// <param name="variables">The values of the names, in the order in which the parser has met them first.</param>
    public abstract Operand Evaluate(ReadOnlySpan<Operand> variables);
}

/// <summary>Where an expression may stand.</summary>
internal enum ExpressionShape
{
    /// <summary>Where a value is wanted.</summary>
    Value,

    /// <summary>Where a condition is wanted.</summary>
    Condition,

    /// <summary>Where either is wanted: only its value will tell.</summary>
    Either,

    /// <summary>Before <c>has</c> only.</summary>
    List,
}
