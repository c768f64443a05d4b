namespace Restante.Core.Selection;

/// <summary>
/// A pattern: characters that stand for themselves, for any one character, or for any run of characters, also an empty one. All ways in
/// which it can fit are followed at once, a bit for each place of the pattern, so that no text makes it go back: the work is that of the
/// text, times one for every 64 characters of the pattern. A character beyond the first 65,536, two places long, is one.
/// </summary>
internal sealed class LikePattern
{
    private const int Ascii = 128;

    private readonly int _length;
    private readonly int _words;

    // Where any run may stand, before each part and behind the last.
    private readonly ulong[] _runs;

    // Rows of words: the parts that a character fits. The first row is for those that the pattern does not name.
    private readonly ulong[] _fits;
    private readonly short[] _asciiRows = new short[Ascii];
    private readonly Dictionary<int, short> _otherRows = [];

    private LikePattern(List<Part> parts, HashSet<int> runs)
    {
        _length = parts.Count;
        _words = (_length / 64) + 1;
        _runs = new ulong[_words];
        foreach (int place in runs)
            Set(_runs, place);
        short rows = 1;
        foreach (Part part in parts)
        {
            if (part.Character is int named && RowOf(named) == 0)
                SetRow(named, rows++);
        }

        _fits = new ulong[rows * _words];
        for (int place = 0; place < _length; place++)
        {
            if (parts[place].Character is int named)
                Set(Row(RowOf(named)), place);
            else
                SetInAll(place, rows);
        }
    }

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">The pattern: <c>%</c> for any run, <c>_</c> for any one character.</param>
    /// <param name="escape">After this one a character stands for itself; null for none.</param>
    /// <param name="star">Whether <c>*</c> is any run as well.</param>
    /// <returns>Null when the text ends in the middle of an escape.</returns>
    public static LikePattern? TryParse(string text, char? escape, bool star)
    {
        var parts = new List<Part>(text.Length);
        HashSet<int> runs = [];
        for (int at = 0; at < text.Length; at++)
        {
            bool literal = text[at] == escape;
            if (literal && ++at == text.Length)
                return null;
            char c = text[at];
            if (!literal && (c == '%' || (star && c == '*')))
                runs.Add(parts.Count);
            else if (!literal && c == '_')
                parts.Add(new Part(null));
            else
                parts.Add(new Part(CharacterAt(text, ref at)));
        }

        return new LikePattern(parts, runs);
    }

    /// <summary>True when the whole text has this form.</summary>
    public bool Matches(ReadOnlySpan<char> text)
    {
        // A bit that is set: what has been read of the text fits the parts before this place.
        Span<ulong> reached = stackalloc ulong[_words];
        reached.Clear();
        reached[0] = 1;
        for (int at = 0; at < text.Length; at++)
        {
            if (IsSet(reached, _length) && IsSet(_runs, _length))
                return true; // What is left is of the last run.
            if (!Read(reached, Row(RowOf(CharacterAt(text, ref at)))))
                return false;
        }

        return IsSet(reached, _length);
    }

    private bool Read(Span<ulong> reached, ReadOnlySpan<ulong> fits)
    {
        ulong carried = 0;
        ulong any = 0;
        for (int i = 0; i < reached.Length; i++)
        {
            ulong passed = reached[i] & fits[i];
            reached[i] = (passed << 1) | carried | (reached[i] & _runs[i]);
            carried = passed >> 63;
            any |= reached[i];
        }

        return any != 0;
    }

    private Span<ulong> Row(short row) => _fits.AsSpan(row * _words, _words);

    private short RowOf(int character) =>
        character < Ascii ? _asciiRows[character] : _otherRows.GetValueOrDefault(character);

    private void SetRow(int character, short row)
    {
        if (character < Ascii)
            _asciiRows[character] = row;
        else
            _otherRows[character] = row;
    }

    private void SetInAll(int place, short rows)
    {
        for (short row = 0; row < rows; row++)
            Set(Row(row), place);
    }

    private static void Set(Span<ulong> bits, int place) => bits[place / 64] |= 1ul << (place % 64);

    private static bool IsSet(ReadOnlySpan<ulong> bits, int place) => (bits[place / 64] >> (place % 64) & 1) != 0;

    /// <summary>The character at a place, which is moved to its last half where it has two.</summary>
    private static int CharacterAt(ReadOnlySpan<char> text, ref int at) =>
        char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1])
            ? char.ConvertToUtf32(text[at], text[++at])
            : text[at];

    /// <summary>One character of the pattern; any one for null.</summary>
    private readonly record struct Part(int? Character);
}
