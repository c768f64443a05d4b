namespace Restante.Core.Selection;

/// <summary>
/// A pattern: characters that stand for themselves, for any one character, or for any run of characters, also an empty one.
/// </summary>
internal sealed class LikePattern
{
    private const int AnyOne = -1;
    private const int AnyRun = -2;

    private readonly int[] _parts;

    private LikePattern(int[] parts) => _parts = parts;

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">The pattern: <c>%</c> for any run, <c>_</c> for any one character.</param>
    /// <param name="escape">After this one a character stands for itself; null for none.</param>
    /// <param name="star">Whether <c>*</c> is any run as well.</param>
    /// <returns>Null when the text ends in the middle of an escape.</returns>
    public static LikePattern? TryParse(string text, char? escape, bool star)
    {
        var parts = new List<int>(text.Length);
        for (int at = 0; at < text.Length; at++)
        {
            bool literal = text[at] == escape;
            if (literal && ++at == text.Length)
                return null;
            char c = text[at];
            if (!literal && (c == '%' || (star && c == '*')))
            {
                if (parts.Count == 0 || parts[^1] != AnyRun)
                    parts.Add(AnyRun);
            }
            else
            {
                parts.Add(!literal && c == '_' ? AnyOne : c);
            }
        }

        return new LikePattern([.. parts]);
    }

    /// <summary>True when the whole text has this form. Takes at most the product of both lengths in steps.</summary>
    public bool Matches(ReadOnlySpan<char> text)
    {
        int at = 0;
        int part = 0;
        int runPart = -1;
        int runAt = 0;
        while (at < text.Length)
        {
            if (part < _parts.Length && _parts[part] == AnyRun)
            {
                runPart = part++;
                runAt = at;
            }
            else if (part < _parts.Length && _parts[part] == AnyOne)
            {
                at += Width(text, at);
                part++;
            }
            else if (part < _parts.Length && _parts[part] == text[at])
            {
                at++;
                part++;
            }
            else if (runPart >= 0)
            {
                // The last run takes one character more, and what follows it is tried again.
                runAt += Width(text, runAt);
                at = runAt;
                part = runPart + 1;
            }
            else
            {
                return false;
            }
        }

        while (part < _parts.Length && _parts[part] == AnyRun)
            part++;
        return part == _parts.Length;
    }

    /// <summary>A character beyond the first 65,536 is two places long.</summary>
    private static int Width(ReadOnlySpan<char> text, int at) =>
        char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;
}
