using System.Globalization;
using System.Text;

namespace Restante.Core.Selection;

/// <summary>Cuts a text into tokens.</summary>
internal sealed class Lexer(string text, SelectionDialect dialect)
{
    // Names of message fields that have hyphens, so that they need no quotes; longer ones first where one begins another.
    private static readonly string[] s_hyphenated =
    [
        "reply-to-group-id", "reply-to", "message-id", "correlation-id", "content-type", "content-encoding", "creation-time", "group-id",
        "group-sequence", "user-id",
    ];

    private int _at;

    /// <summary>The next token; at the end the same again and again.</summary>
    public Token Next()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
            _at++;
        int start = _at;
        if (start == text.Length)
            return new Token(TokenKind.End, start, string.Empty);
        char c = text[start];
        if (IsNameStart(c) || c == '"')
            return Name(start);
        if (c == '\'')
            return Quoted('\'', out string value) ? new Token(TokenKind.Text, start, value) : Unclosed(start, "string", c);
        if (char.IsAsciiDigit(c) || (c == '.' && start + 1 < text.Length && char.IsAsciiDigit(text[start + 1])))
            return Number(start);
        return Symbol(start);
    }

    private static bool IsNameStart(char c) => char.IsLetter(c) || c is '_' or '$';

    private static Token Unclosed(int start, string what, char quote) =>
        new(TokenKind.Wrong, start, $"the {what} that begins here to end with {quote}");

    private bool IsNamePart(char c) => IsNameStart(c) || char.IsDigit(c) || (c == '-' && dialect == SelectionDialect.Audience);

    private Token Name(int start)
    {
        var parts = new List<NamePart>(1);
        while (true)
        {
            int partStart = _at;
            if (_at < text.Length && text[_at] == '"')
            {
                if (!Quoted('"', out string value))
                    return Unclosed(partStart, "name", '"');
                if (value.Length == 0)
                    return new Token(TokenKind.Wrong, partStart, "a name between the quotes");
                parts.Add(new NamePart(value, true));
            }
            else if (_at < text.Length && IsNameStart(text[_at]))
            {
                parts.Add(new NamePart(Word(parts.Count == 0), false));
            }
            else
            {
                return new Token(TokenKind.Wrong, partStart, "a name after the dot");
            }

            if (_at == text.Length || text[_at] != '.')
                return new Token(TokenKind.Name, start, text[start.._at], Name: [.. parts]);
            _at++;
        }
    }

    private string Word(bool first)
    {
        int start = _at;
        if (first && dialect == SelectionDialect.Selector)
        {
            foreach (string name in s_hyphenated)
            {
                int end = start + name.Length;
                if (text.AsSpan(start).StartsWith(name, StringComparison.Ordinal) && (end == text.Length || !IsNamePart(text[end])))
                {
                    _at = end;
                    return name;
                }
            }
        }

        while (_at < text.Length && IsNamePart(text[_at]))
            _at++;
        return text[start.._at];
    }

    /// <summary>Reads what stands between two quotes, where a doubled one stands for itself.</summary>
    private bool Quoted(char quote, out string value)
    {
        var found = new StringBuilder();
        for (_at++; _at < text.Length; _at++)
        {
            if (text[_at] == quote && (++_at == text.Length || text[_at] != quote))
            {
                value = found.ToString();
                return true;
            }

            found.Append(text[_at]);
        }

        value = string.Empty;
        return false;
    }

    private Token Number(int start)
    {
        SkipDigits();
        bool exact = true;
        if (_at < text.Length && text[_at] == '.')
        {
            exact = false;
            _at++;
            SkipDigits();
        }

        if (_at < text.Length && text[_at] is 'e' or 'E')
        {
            exact = false;
            _at++;
            if (_at < text.Length && text[_at] is '+' or '-')
                _at++;
            if (_at == text.Length || !char.IsAsciiDigit(text[_at]))
                return new Token(TokenKind.Wrong, _at, "the digits of an exponent");
            SkipDigits();
        }

        string word = text[start.._at];
        if (exact && long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out long whole))
            return new Token(TokenKind.Number, start, word, Operand.Of(whole));
        double number = double.Parse(word, NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsFinite(number)
            ? new Token(TokenKind.Number, start, word, Operand.Of(number))
            : new Token(TokenKind.Wrong, start, "a number below 1.8E308");
    }

    private void SkipDigits()
    {
        while (_at < text.Length && char.IsAsciiDigit(text[_at]))
            _at++;
    }

    private Token Symbol(int start)
    {
        int length = text.AsSpan(start) switch
        {
            ['<', '>' or '=', ..] or ['>', '=', ..] => 2,
            ['=' or '<' or '>' or '(' or ')' or ',' or '+' or '-' or '*' or '/', ..] => 1,
            _ => 0,
        };
        if (length == 0)
            return new Token(TokenKind.Wrong, start, "a name, a value or an operator");
        _at += length;
        return new Token(TokenKind.Symbol, start, text.Substring(start, length));
    }
}
