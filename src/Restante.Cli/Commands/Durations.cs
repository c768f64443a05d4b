using System.CommandLine.Parsing;
using System.Globalization;

namespace Restante.Cli.Commands;

/// <summary>Durations as people write them: <c>30</c>, <c>30s</c>, <c>5m</c>, <c>2h</c>, <c>1d</c>.</summary>
internal static class Durations
{
    public const string Rule = "a number of seconds, or one with s, m, h or d behind it, above 0";

    /// <summary>A whole number of seconds in words.</summary>
    public static string Seconds(TimeSpan time)
    {
        long seconds = (long)Math.Ceiling(time.TotalSeconds);
        return string.Create(CultureInfo.InvariantCulture, $"{seconds} second{(seconds == 1 ? string.Empty : "s")}");
    }

    /// <summary>About how long, in the two largest units: <c>2h 5m</c>, <c>1m 10s</c>, <c>3s</c>.</summary>
    public static string Rough(TimeSpan time)
    {
        var whole = TimeSpan.FromSeconds(Math.Ceiling(time.TotalSeconds));
        return whole switch
        {
            { TotalDays: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{(long)whole.TotalDays}d {whole.Hours}h"),
            { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{whole.Hours}h {whole.Minutes}m"),
            { TotalMinutes: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{whole.Minutes}m {whole.Seconds}s"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{whole.Seconds}s"),
        };
    }

    public static double? Parse(ArgumentResult result)
    {
        if (result.Tokens.Count == 0)
            return null;
        if (TryParse(result.Tokens[0].Value, out double seconds))
            return seconds;
        result.AddError($"'{result.Tokens[0].Value}' is no duration: {Rule}.");
        return null;
    }

    public static bool TryParse(string text, out double seconds)
    {
        seconds = 0;
        if (text.Length == 0)
            return false;
        double unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3_600, 'd' => 86_400, _ => 0 };
        ReadOnlySpan<char> number = unit == 0 ? text : text.AsSpan(0, text.Length - 1);
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            || !(value > 0)
            || value > 1e9)
            return false;
        seconds = value * (unit == 0 ? 1 : unit);
        return true;
    }
}
