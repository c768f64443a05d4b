using System.Globalization;
using System.Text;

namespace Restante.Cli.Output;

/// <summary>
/// Makes text that came from elsewhere safe for a terminal: nothing in it can move the cursor, change colours or turn the writing round.
/// </summary>
internal static class SafeText
{
    public static string Of(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return string.Empty;
        StringBuilder? safe = null;
        for (int i = 0; i < text.Length; i++)
        {
            bool harmful = char.GetUnicodeCategory(text[i])
                is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            if (harmful)
                (safe ??= new StringBuilder(text, 0, i, text.Length + 16)).Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            else
                safe?.Append(text[i]);
        }

        return safe?.ToString() ?? text;
    }
}
