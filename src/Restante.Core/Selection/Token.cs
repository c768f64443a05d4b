namespace Restante.Core.Selection;

/// <summary>A piece of the text.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Position">Where it begins, counted from 0.</param>
/// <param name="Text">The symbol, the word as it stands there, or the value of a string.</param>
/// <param name="Number">The value of a number.</param>
/// <param name="Name">The parts of a name.</param>
internal readonly record struct Token(TokenKind Kind, int Position, string Text, Operand Number = default, NamePart[]? Name = null)
{
    /// <summary>True for a bare word that equals the keyword, in whatever case.</summary>
    public bool IsKeyword(string keyword) =>
        Kind == TokenKind.Name && Name is [{ IsQuoted: false }] && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    public bool IsSymbol(string symbol) => Kind == TokenKind.Symbol && Text == symbol;
}

/// <summary>A part of a dotted name.</summary>
internal readonly record struct NamePart(string Text, bool IsQuoted);

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    /// <summary>Nothing comes any more.</summary>
    End,

    /// <summary>A name or a keyword.</summary>
    Name,

    /// <summary>A string.</summary>
    Text,

    /// <summary>A number without a sign.</summary>
    Number,

    /// <summary>An operator, a comma or a parenthesis.</summary>
    Symbol,

    /// <summary>What can be none of these; the text says what was expected in its place.</summary>
    Wrong,
}
