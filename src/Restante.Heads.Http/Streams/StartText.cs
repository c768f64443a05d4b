using System.Globalization;
using Restante.Contracts;
using Restante.Core.Streams;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Streams;

/// <summary>Reads where a reader wants to begin.</summary>
internal static class StartText
{
    public const string Rule = "earliest, latest, sequence:N, offset:N or time:RFC3339";

    public static StreamStart Parse(string text)
    {
        if (text == "earliest")
            return StreamStart.Earliest;
        if (text == "latest")
            return StreamStart.Latest;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string value = text[(colon + 1)..];
        return (colon < 0 ? string.Empty : text[..colon]) switch
        {
            "sequence" when TryNumber(value, out long number) => new StreamStart(StreamStartKind.SequenceNumber, number),
            "offset" when TryNumber(value, out long number) => new StreamStart(StreamStartKind.Offset, number),

            // A plus sign in a query that was not escaped arrives as a space.
            "time" when RfcTimeConverter.TryParse(value.Replace(' ', '+'), out DateTimeOffset time) =>
                new StreamStart(StreamStartKind.Time, time.ToUnixTimeMilliseconds()),
            _ => throw new MalformedRequestException($"The parameter 'from' must be {Rule}."),
        };
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
