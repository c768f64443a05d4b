using System.CommandLine;
using System.Globalization;

namespace Restante.Cli.Commands;

/// <summary>Moments as people write them: a duration from now on, or an RFC 3339 time.</summary>
internal static class Moments
{
    public const string Rule = "an RFC 3339 time such as 2026-05-01T06:00:00Z, or a duration from now on such as 2h";

    private static readonly string[] s_forms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>An option that takes a moment.</summary>
    public static Option<string?> Option(string name, string description)
    {
        var option = new Option<string?>(name) { HelpName = "TIME", Description = $"{description}: {Rule}." };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !TryParse(result.Tokens[0].Value, default, out _))
                result.AddError($"'{result.Tokens[0].Value}' is no moment for {name}: {Rule}.");
        });
        return option;
    }

    /// <summary>Reads what such an option was given; null when it was not.</summary>
    public static DateTimeOffset? Read(CommandCall call, Option<string?> option) =>
        call.Parsed.GetValue(option) is string text && TryParse(text, call.Surroundings.Time.GetUtcNow(), out DateTimeOffset moment)
            ? moment
            : null;

    public static bool TryParse(string text, DateTimeOffset now, out DateTimeOffset moment)
    {
        if (Durations.TryParse(text, out double seconds) && seconds <= (DateTimeOffset.MaxValue - now).TotalSeconds)
        {
            moment = now.AddSeconds(seconds);
            return true;
        }

        // Without a zone it would mean another moment on another machine.
        moment = default;
        bool hasZone = text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T', StringComparison.Ordinal);
        return hasZone && DateTimeOffset.TryParseExact(text, s_forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out moment);
    }
}
