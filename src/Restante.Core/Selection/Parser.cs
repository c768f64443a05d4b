using System.Text;
using Restante.Core.Refusals;

namespace Restante.Core.Selection;

/// <summary>
/// Reads a condition. The first fault ends it: from then on it sees the end of the text only, and <see cref="Read"/> returns the refusal.
/// </summary>
internal sealed partial class Parser
{
    private const string Comparisons = "a comparison (=, <>, <, <=, >, >=, in, like, between, is null)";
    private const int MaxFoundLength = 24;

    private static readonly string[] s_keywords =
        ["and", "or", "not", "in", "like", "escape", "between", "is", "null", "has", "true", "false"];

    private readonly string _text;
    private readonly SelectionDialect _dialect;
    private readonly Lexer _lexer;
    private readonly INameTable _names;
    private readonly string _subject;
    private Token _next;
    private Refusal? _refusal;
    private int _depth;
    private int _terms;

    private Parser(string text, SelectionDialect dialect, INameTable names)
    {
        _text = text;
        _dialect = dialect;
        _names = names;
        _subject = dialect == SelectionDialect.Audience ? "audience" : "selector";
        _lexer = new Lexer(text, dialect);
    }

    private bool IsSelector => _dialect == SelectionDialect.Selector;

    /// <summary>Reads a whole text. Refusals: malformed, with the place and what was expected there.</summary>
    public static Result<Expression> Read(string text, SelectionDialect dialect, INameTable names)
    {
        var parser = new Parser(text, dialect, names);
        if (text.Length > SelectionLimits.MaxLength)
            return parser.Refuse(SelectionLimits.MaxLength, $"the end, as it may have {SelectionLimits.MaxLength} characters");
        parser.Advance();
        Expression condition = parser.Or();
        if (parser._next.Kind != TokenKind.End)
            parser.Fail("'and', 'or' or the end");
        return parser._refusal is Refusal refusal ? refusal : condition;
    }

    private Expression Or()
    {
        Expression left = And();
        while (_next.IsKeyword("or"))
            left = Join(left, And, isAnd: false);
        return left;
    }

    private Expression And()
    {
        Expression left = Not();
        while (_next.IsKeyword("and"))
            left = Join(left, Not, isAnd: true);
        return left;
    }

    private Expression Not()
    {
        if (!_next.IsKeyword("not"))
            return Test();
        if (!Enter())
            return Nothing();
        Advance();
        Expression inner = Condition(Not());
        _depth--;
        return new Negation(inner);
    }

    private Junction Join(Expression left, Func<Expression> right, bool isAnd)
    {
        Condition(left);
        Advance();
        return new Junction(left, Condition(right()), isAnd);
    }

    // A bare value may stand in parentheses, but is no condition.
    private Expression Condition(Expression found) => found.Shape == ExpressionShape.Value ? Fail(Comparisons) : found;

    private Expression Test()
    {
        int at = _next.Position;
        Expression left = Sum();
        if (left.Shape == ExpressionShape.Condition)
            return left;
        if (left.Shape == ExpressionShape.Value && _depth > 0 && _next.IsSymbol(")"))
            return left;
        Count(at);
        if (!IsSelector && left.Shape is ExpressionShape.List or ExpressionShape.Either && TakeKeyword("has"))
            return new HasTest(left, Text("a string after 'has'"));
        if (left.Shape == ExpressionShape.List)
            return Fail("'has' and a string");
        if (ComparisonOf(_next) is Comparison comparison)
        {
            Advance();
            return new ComparisonTest(left, comparison, Value());
        }

        if (TakeKeyword("is"))
            return IsNull(left);
        bool negated = TakeKeyword("not");
        Expression? test = TakeKeyword("in") ? In(left) : TakeKeyword("like") ? Like(left) : TakeKeyword("between") ? Between(left) : null;
        if (test is not null)
            return negated ? new Negation(test) : test;
        if (negated)
            return Fail("'in', 'like' or 'between'");
        return left.Shape == ExpressionShape.Either ? left : Fail(Comparisons);
    }

    private Expression IsNull(Expression left)
    {
        bool negated = TakeKeyword("not");
        if (!TakeKeyword("null"))
            return Fail(negated ? "'null'" : "'null' or 'not null'");
        return negated ? new Negation(new NullTest(left)) : new NullTest(left);
    }

    private Expression In(Expression left)
    {
        if (!TakeSymbol("("))
            return Fail("an opening parenthesis");
        var among = new List<Operand>();
        do
            among.Add(Constant());
        while (TakeSymbol(","));
        return TakeSymbol(")") ? new InTest(left, [.. among]) : Fail("a comma or a closing parenthesis");
    }

    private Expression Like(Expression left)
    {
        int at = _next.Position;
        string text = Text("a string with the pattern");
        char? escape = null;
        if (TakeKeyword("escape"))
        {
            if (_next.Kind != TokenKind.Text || _next.Text.Length != 1)
                return Fail("a string of one character");
            escape = _next.Text[0];
            Advance();
        }

        LikePattern? pattern = LikePattern.TryParse(text, escape, star: !IsSelector);
        return pattern is null ? Fail(at, "a pattern that does not end with the escape character") : new LikeTest(left, pattern);
    }

    private Junction Between(Expression left)
    {
        Expression low = Value();
        if (!TakeKeyword("and"))
            Fail("'and' and the upper bound");
        Expression high = Value();
        return new Junction(
            new ComparisonTest(left, Comparison.GreaterOrEqual, low), new ComparisonTest(left, Comparison.LessOrEqual, high), isAnd: true);
    }

    private static bool IsKeyword(Token token) => Array.Exists(s_keywords, k => token.IsKeyword(k));

    private static Comparison? ComparisonOf(Token token) => token.Kind != TokenKind.Symbol ? null : token.Text switch
    {
        "=" => Comparison.Equal,
        "<>" => Comparison.NotEqual,
        "<" => Comparison.Less,
        "<=" => Comparison.LessOrEqual,
        ">" => Comparison.Greater,
        ">=" => Comparison.GreaterOrEqual,
        _ => null,
    };

    private bool TakeKeyword(string keyword) => Take(_next.IsKeyword(keyword));

    private bool TakeSymbol(string symbol) => Take(_next.IsSymbol(symbol));

    private bool Take(bool isThere)
    {
        if (isThere)
            Advance();
        return isThere;
    }

    private void Advance()
    {
        if (_refusal is not null)
            return;
        _next = _lexer.Next();
        if (_next.Kind == TokenKind.Wrong)
            Fail(_next.Position, _next.Text);
    }

    private void Count(int at)
    {
        if (++_terms > SelectionLimits.MaxTerms)
            Fail(at, $"no more than {SelectionLimits.MaxTerms} comparisons and operations");
    }

    private bool Enter()
    {
        if (++_depth <= SelectionLimits.MaxDepth)
            return true;
        Fail($"no more than {SelectionLimits.MaxDepth} levels of parentheses, 'not' and signs");
        return false;
    }

    private static Literal Nothing() => new(Operand.False);

    private Literal Fail(string expected) => Fail(_next.Position, expected, Found());

    private Literal Fail(int at, string expected, string? found = null)
    {
        _refusal ??= Refuse(at, expected + found);
        _next = new Token(TokenKind.End, _text.Length, string.Empty);
        return Nothing();
    }

    private string Found() => _next.Kind switch
    {
        TokenKind.End => ", found the end",
        TokenKind.Text => ", found a string",
        TokenKind.Name when _next.Name!.Any(p => p.IsQuoted) => ", found a name",
        _ when _next.Text.Length > MaxFoundLength => ", found a longer word",
        _ => $", found '{_next.Text}'",
    };

    // A character beyond the first 65,536 takes two places of the text but is one for who reads.
    private Refusal Refuse(int at, string expected)
    {
        int character = 1;
        foreach (Rune _ in _text.AsSpan(0, at).EnumerateRunes())
            character++;
        return new Refusal(RefusalKind.Malformed, $"The {_subject} cannot be read at character {character}: expected {expected}.");
    }
}
