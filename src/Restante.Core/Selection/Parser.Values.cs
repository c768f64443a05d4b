namespace Restante.Core.Selection;

/// <content>Values: names, strings, numbers, and what is worked out of them.</content>
internal sealed partial class Parser
{
    /// <summary>A value to compare with.</summary>
    private Expression Value()
    {
        int at = _next.Position;
        Expression value = Sum();
        return value.Shape is ExpressionShape.Value or ExpressionShape.Either ? value : Fail(at, "a value");
    }

    private Expression Sum()
    {
        Expression left = Product();
        while (IsNumeric(left) && (_next.IsSymbol("+") || _next.IsSymbol("-")))
            left = Operation(left, Product);
        return left;
    }

    private Expression Product()
    {
        Expression left = Signed();
        while (IsNumeric(left) && (_next.IsSymbol("*") || _next.IsSymbol("/")))
            left = Operation(left, Signed);
        return left;
    }

    private Arithmetic Operation(Expression left, Func<Expression> right)
    {
        char operation = _next.Text[0];
        Count(_next.Position);
        Advance();
        int at = _next.Position;
        Expression operand = right();
        if (!IsNumeric(operand))
            Fail(at, "a number or a name");
        return new Arithmetic(left, operation, operand);
    }

    private bool IsNumeric(Expression value) =>
        IsSelector && value.Shape is ExpressionShape.Value or ExpressionShape.Either && value is not Literal { Value.IsNumber: false };

    private Expression Signed()
    {
        if (!_next.IsSymbol("-") && !_next.IsSymbol("+"))
            return Primary();
        if (!Enter())
            return Nothing();
        bool minus = _next.IsSymbol("-");
        Advance();
        int at = _next.Position;
        Expression value = Signed();
        _depth--;
        if (value is Literal { Value: { IsNumber: true } number })
            return minus ? new Literal(Negate(number)) : value;
        if (!IsNumeric(value))
            return Fail(at, IsSelector ? "a number or a name" : "a number");
        return minus ? new Arithmetic(new Literal(Operand.Of(0L)), '-', value) : value;
    }

    private static Operand Negate(Operand number) =>
        number is { Kind: OperandKind.Exact, Exact: not long.MinValue } ? Operand.Of(-number.Exact)
        : number.Approximate == -(double)long.MinValue ? Operand.Of(long.MinValue)
        : Operand.Of(-number.Approximate);

    private Expression Primary()
    {
        if (_next.IsSymbol("("))
            return Parenthesis();
        if (_next.Kind is TokenKind.Text or TokenKind.Number || _next.IsKeyword("true") || _next.IsKeyword("false"))
            return new Literal(Constant());
        if (_next.Kind != TokenKind.Name || IsKeyword(_next))
            return Fail($"a condition: {(IsSelector ? "a name" : "id, tags.NAME, groups")}, a value, 'not' or '('");
        if (_names.Find(_next.Name!, out string? expected) is not Variable variable)
            return Fail(expected!);
        Advance();
        return variable;
    }

    private Expression Parenthesis()
    {
        if (!Enter())
            return Nothing();
        Advance();
        Expression inner = Or();
        _depth--;
        return TakeSymbol(")") ? inner : Fail("a closing parenthesis");
    }

    private Operand Constant()
    {
        Operand value;
        if (_next.Kind == TokenKind.Text)
        {
            value = Operand.Of(_next.Text);
        }
        else if (_next.Kind == TokenKind.Number)
        {
            value = _next.Number;
        }
        else if (_next.IsKeyword("true") || _next.IsKeyword("false"))
        {
            value = Operand.Of(_next.IsKeyword("true"));
        }
        else if (_next.IsSymbol("-"))
        {
            Advance();
            if (_next.Kind != TokenKind.Number)
            {
                Fail("a number");
                return default;
            }

            value = Negate(_next.Number);
        }
        else
        {
            Fail("a string, a number, true or false");
            return default;
        }

        Advance();
        return value;
    }

    private string Text(string expected)
    {
        if (_next.Kind != TokenKind.Text)
        {
            Fail(expected);
            return string.Empty;
        }

        string text = _next.Text;
        Advance();
        return text;
    }
}
