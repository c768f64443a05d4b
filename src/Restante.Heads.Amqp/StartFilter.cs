using System.Globalization;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Streams;

namespace Restante.Heads.Amqp;

/// <summary>
/// Reads where a telemetry reader begins from the filter <c>apache.org:selector-filter:string</c> on the link's source, in the form that
/// readers of event streams use: <c>amqp.annotation.x-opt-offset &gt; '17'</c>, <c>… x-opt-sequence-number &gt;= 17</c>,
/// <c>… x-opt-enqueued-time &gt; 1760000000000</c> (milliseconds), or <c>… x-opt-offset &gt; '@latest'</c>. No filter: from the earliest.
/// </summary>
internal static class StartFilter
{
    /// <summary>False with the reason when the filter cannot be read.</summary>
    /// <param name="source">The source that the peer wishes.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="applied">The filter set that is honoured; null for none.</param>
    /// <param name="problem">What is wrong.</param>
    public static bool TryRead(Source? source, out StreamStart start, out AmqpMap? applied, out string? problem)
    {
        start = StreamStart.Earliest;
        problem = null;
        string? text = SelectorFilter.Find(source, out applied);
        return text is null || TryParse(text, out start, out problem);
    }

    public static bool TryParse(string text, out StreamStart start, out string? problem)
    {
        start = default;
        const string prefix = "amqp.annotation.";
        int at = SkipSpace(text, 0);
        if (!text.AsSpan(at).StartsWith(prefix, StringComparison.Ordinal))
            return Fail(at, $"'{prefix}' is expected", out problem);
        at += prefix.Length;
        StreamStartKind? kind = null;
        foreach ((string name, StreamStartKind meant) in s_names)
        {
            if (text.AsSpan(at).StartsWith(name, StringComparison.Ordinal))
            {
                kind = meant;
                at += name.Length;
                break;
            }
        }

        if (kind is null)
            return Fail(at, "x-opt-offset, x-opt-sequence-number or x-opt-enqueued-time is expected", out problem);
        at = SkipSpace(text, at);
        if (at >= text.Length || text[at] != '>')
            return Fail(at, "'>' or '>=' is expected", out problem);
        at++;
        bool inclusive = at < text.Length && text[at] == '=';
        at = SkipSpace(text, inclusive ? at + 1 : at);
        return TryParseValue(text, at, kind.Value, inclusive, out start, out problem);
    }

    private static readonly (string Name, StreamStartKind Kind)[] s_names =
    [
        ("x-opt-offset", StreamStartKind.Offset),
        ("x-opt-sequence-number", StreamStartKind.SequenceNumber),
        ("x-opt-enqueued-time", StreamStartKind.Time),
    ];

    private static bool TryParseValue(
        string text, int at, StreamStartKind kind, bool inclusive, out StreamStart start, out string? problem)
    {
        start = default;
        ReadOnlySpan<char> value = text.AsSpan(at).TrimEnd();
        if (value.Length >= 2 && value[0] == '\'' && value[^1] == '\'')
            value = value[1..^1];
        if (value is "@latest")
        {
            start = StreamStart.Latest;
            problem = null;
            return true;
        }

        if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            return Fail(at, "a whole number, or '@latest', is expected", out problem);
        start = number < 0 && !inclusive ? StreamStart.Earliest : new StreamStart(kind, number, inclusive);
        problem = null;
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
