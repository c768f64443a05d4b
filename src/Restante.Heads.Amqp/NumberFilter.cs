using System.Globalization;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;

namespace Restante.Heads.Amqp;

/// <summary>
/// Reads at which number a reader of a numbered stream begins from the selector on the link's source: <c>number &gt;= 17</c>, or
/// <c>number &gt; 16</c>. No filter: from the first.
/// </summary>
internal static class NumberFilter
{
    /// <summary>False with the reason when the filter cannot be read.</summary>
    /// <param name="source">The source that the peer wishes.</param>
    /// <param name="from">The first number wanted, at least 1.</param>
    /// <param name="applied">The filter set that is honoured; null for none.</param>
    /// <param name="problem">What is wrong.</param>
    public static bool TryRead(Source? source, out int from, out AmqpMap? applied, out string? problem)
    {
        from = 1;
        problem = null;
        if (SelectorFilter.Find(source, out applied) is not string text)
            return true;
        const string name = "number";
        int at = SkipSpace(text, 0);
        if (!text.AsSpan(at).StartsWith(name, StringComparison.Ordinal))
            return Fail(at, $"'{name}' is expected", out problem);
        at = SkipSpace(text, at + name.Length);
        if (at >= text.Length || text[at] != '>')
            return Fail(at, "'>' or '>=' is expected", out problem);
        bool inclusive = at + 1 < text.Length && text[at + 1] == '=';
        at = SkipSpace(text, inclusive ? at + 2 : at + 1);
        if (!int.TryParse(text.AsSpan(at).TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            return Fail(at, "a whole number is expected", out problem);
        from = Math.Max(1, inclusive || number == int.MaxValue ? number : number + 1);
        return true;
    }

    private static int SkipSpace(string text, int at)
    {
        while (at < text.Length && text[at] == ' ')
            at++;
        return at;
    }

    private static bool Fail(int at, string what, out string? problem)
    {
        problem = $"The selector is not understood at character {at + 1}: {what}.";
        return false;
    }
}
