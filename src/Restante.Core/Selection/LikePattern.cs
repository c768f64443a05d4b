namespace Restante.Core.Selection;

/// <summary>
/// A pattern: characters that stand for themselves, for any one character, or for any run of characters, also an empty one. All ways in
/// which it can fit are followed at once, a bit for each place of the pattern, so that no text makes it go back: the work is that of the
/// text, times one for every 64 characters of the pattern. Its memory is that of the pattern: 12 bytes for each place at the most, and a
/// few bits. A character beyond the first 65,536, two places long, is one.
/// </summary>
internal sealed class LikePattern
{
    // A key is a character and the number of a word; a pattern has fewer than 65,536 places. [SelectionLimits]
    private const int WordBits = 10;

    private readonly int _length;
    private readonly int _words;

    // Where any run may stand, before each part and behind the last.
    private readonly ulong[] _runs;

    // The parts that any character fits.
    private readonly ulong[] _any;

    // The parts that a named character fits, in words without those that are empty: in the order of the keys, thus each character's words
    // side by side. Behind the last key stands one of no character.
    private readonly int[] _keys;
    private readonly ulong[] _fits;

    private LikePattern(int length, List<Part> named, List<int> any, List<int> runs)
    {
        _length = length;
        _words = (length / 64) + 1;
        _runs = BitsOf(runs);
        _any = BitsOf(any);
        named.Sort(static (one, other) => one.Key.CompareTo(other.Key));
        int count = 0;
        for (int i = 0; i < named.Count; i++)
            count += i == 0 || named[i].Key != named[i - 1].Key ? 1 : 0;
        _keys = new int[count + 1];
        _keys[count] = int.MaxValue;
        _fits = new ulong[count];
        int last = -1;
        foreach (Part part in named)
        {
            if (last < 0 || _keys[last] != part.Key)
                _keys[++last] = part.Key;
            _fits[last] |= Bit(part.Place);
        }
    }

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">The pattern: <c>%</c> for any run, <c>_</c> for any one character.</param>
    /// <param name="escape">After this one a character stands for itself; null for none.</param>
    /// <param name="star">Whether <c>*</c> is any run as well.</param>
    /// <returns>Null when the text ends in the middle of an escape.</returns>
    public static LikePattern? TryParse(string text, char? escape, bool star)
    {
        var named = new List<Part>(text.Length);
        List<int> any = [], runs = [];
        int length = 0;
        for (int at = 0; at < text.Length; at++)
        {
            bool literal = text[at] == escape;
            if (literal && ++at == text.Length)
                return null;
            char c = text[at];
            if (!literal && (c == '%' || (star && c == '*')))
                runs.Add(length);
            else if (!literal && c == '_')
                any.Add(length++);
            else
                named.Add(new Part(CharacterAt(text, ref at), length++));
        }

        return new LikePattern(length, named, any, runs);
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
            if (!Read(reached, CharacterAt(text, ref at)))
                return false;
        }

        return IsSet(reached, _length);
    }

    private bool Read(Span<ulong> reached, int character)
    {
        int next = FirstOf(character);
        int word = WordOf(next, character);
        ulong carried = 0;
        ulong any = 0;
        for (int i = 0; i < reached.Length; i++)
        {
            ulong fits = _any[i];
            if (i == word)
            {
                fits |= _fits[next];
                word = WordOf(++next, character);
            }

            ulong passed = reached[i] & fits;
            reached[i] = (passed << 1) | carried | (reached[i] & _runs[i]);
            carried = passed >> 63;
            any |= reached[i];
        }

        return any != 0;
    }

    // Where the words of a character begin, or, where it has none, those of a later one.
    private int FirstOf(int character)
    {
        int key = character << WordBits, first = 0;
        for (int left = _fits.Length; left > 0;)
        {
            int half = left / 2;
            bool isBefore = _keys[first + half] < key;
            first = isBefore ? first + half + 1 : first;
            left = isBefore ? left - half - 1 : half;
        }

        return first;
    }

    // Which word it is; for that of another character a number that no word has.
    private int WordOf(int at, int character) => _keys[at] - (character << WordBits);

    private ulong[] BitsOf(List<int> places)
    {
        var bits = new ulong[_words];
        foreach (int place in places)
            bits[place / 64] |= Bit(place);
        return bits;
    }

    private static ulong Bit(int place) => 1ul << (place % 64);

    private static bool IsSet(ReadOnlySpan<ulong> bits, int place) => (bits[place / 64] & Bit(place)) != 0;

    /// <summary>The character at a place, which is moved to its last half where it has two.</summary>
    private static int CharacterAt(ReadOnlySpan<char> text, ref int at) =>
        char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1])
            ? char.ConvertToUtf32(text[at], text[++at])
            : text[at];

    /// <summary>A character of the pattern that stands for itself.</summary>
    private readonly record struct Part(int Character, int Place)
    {
        public int Key => (Character << WordBits) | (Place / 64);
    }
}
