namespace Restante.Core.Selection;

/// <summary>A value that stands in the text.</summary>
internal sealed class Literal(Operand value) : Expression
{
    public override ExpressionShape Shape => value.Kind == OperandKind.Boolean ? ExpressionShape.Either : ExpressionShape.Value;

    public Operand Value => value;

    public override Operand Evaluate(ReadOnlySpan<Operand> variables) => value;
}

/// <summary>A name.</summary>
internal sealed class Variable(int index, ExpressionShape shape) : Expression
{
    public override ExpressionShape Shape => shape;

    /// <summary>Which of the names.</summary>
    public int Index => index;

    public override Operand Evaluate(ReadOnlySpan<Operand> variables) => variables[index];
}

/// <summary>Both, or either of two conditions, with unknown as the third truth.</summary>
internal sealed class Junction(Expression left, Expression right, bool isAnd) : Expression
{
    public override ExpressionShape Shape => ExpressionShape.Condition;

    public Expression Left => left;

    public Expression Right => right;

    /// <summary>True when it is both, false when it is either.</summary>
    public bool IsAnd => isAnd;

    public override Operand Evaluate(ReadOnlySpan<Operand> variables)
    {
        // One side decides alone when it is false for "and", true for "or".
        bool deciding = !isAnd;
        bool? first = left.Evaluate(variables).Truth;
        if (first == deciding)
            return Operand.Of(deciding);
        bool? second = right.Evaluate(variables).Truth;
        if (second == deciding)
            return Operand.Of(deciding);
        return first is null || second is null ? default : Operand.Of(!deciding);
    }
}

/// <summary>The contrary of a condition; that of the unknown is unknown.</summary>
internal sealed class Negation(Expression inner) : Expression
{
    public override ExpressionShape Shape => ExpressionShape.Condition;

    public Expression Inner => inner;

    public override Operand Evaluate(ReadOnlySpan<Operand> variables) => Operand.Of(!inner.Evaluate(variables).Truth);
}

/// <summary>One value compared to another.</summary>
internal sealed class ComparisonTest(Expression left, Comparison comparison, Expression right) : Expression
{
    public override ExpressionShape Shape => ExpressionShape.Condition;

    public override Operand Evaluate(ReadOnlySpan<Operand> variables) =>
        Operand.Of(Operand.Compare(left.Evaluate(variables), comparison, right.Evaluate(variables)));
}

/// <summary>A value that is one of several.</summary>
internal sealed class InTest(Expression value, Operand[] among) : Expression
{
    public override ExpressionShape Shape => ExpressionShape.Condition;

    public override Operand Evaluate(ReadOnlySpan<Operand> variables)
    {
        Operand found = value.Evaluate(variables);
        if (found.IsNull)
            return default;
        foreach (ref readonly Operand one in among.AsSpan())
        {
            if (Operand.Compare(found, Comparison.Equal, one) == true)
                return Operand.True;
        }

        return Operand.False;
    }
}

/// <summary>A text that has a form.</summary>
internal sealed class LikeTest(Expression value, LikePattern pattern) : Expression
{
    public override ExpressionShape Shape => ExpressionShape.Condition;

    public override Operand Evaluate(ReadOnlySpan<Operand> variables)
    {
        Operand found = value.Evaluate(variables);
        return found.IsNull ? default : Operand.Of(found.Kind == OperandKind.Text && pattern.Matches(found.Text));
    }
}

/// <summary>A list that has a text in it.</summary>
internal sealed class HasTest(Expression list, string item) : Expression
{
    public override ExpressionShape Shape => ExpressionShape.Condition;

    public Expression List => list;

    public string Item => item;

    public override Operand Evaluate(ReadOnlySpan<Operand> variables)
    {
        Operand found = list.Evaluate(variables);
        return found.IsNull ? default : Operand.Of(found.Kind == OperandKind.List && found.List.Contains(item));
    }
}

/// <summary>A value that is not there.</summary>
internal sealed class NullTest(Expression value) : Expression
{
    public override ExpressionShape Shape => ExpressionShape.Condition;

    public override Operand Evaluate(ReadOnlySpan<Operand> variables) => Operand.Of(value.Evaluate(variables).IsNull);
}

/// <summary>
/// Two numbers made one. What has no result as a number is unknown; whole numbers that outgrow 64 bits go on in floating point.
/// </summary>
internal sealed class Arithmetic(Expression left, char operation, Expression right) : Expression
{
    public override ExpressionShape Shape => ExpressionShape.Value;

    public override Operand Evaluate(ReadOnlySpan<Operand> variables)
    {
        Operand a = left.Evaluate(variables);
        Operand b = right.Evaluate(variables);
        if (!a.IsNumber || !b.IsNumber)
            return default;
        if (a.Kind == OperandKind.Exact && b.Kind == OperandKind.Exact)
        {
            if (operation == '/' && b.Exact == 0)
                return default;
            if (Exact(a.Exact, b.Exact) is long exact)
                return Operand.Of(exact);
        }

        return Operand.Of(operation switch
        {
            '+' => a.Approximate + b.Approximate,
            '-' => a.Approximate - b.Approximate,
            '*' => a.Approximate * b.Approximate,
            _ => a.Approximate / b.Approximate,
        });
    }

    private long? Exact(long a, long b)
    {
        Int128 result = operation switch
        {
            '+' => (Int128)a + b,
            '-' => (Int128)a - b,
            '*' => (Int128)a * b,
            _ => (Int128)a / b,
        };
        return result >= long.MinValue && result <= long.MaxValue ? (long)result : null;
    }
}
