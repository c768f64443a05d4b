using System.Globalization;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;

namespace Restante.Core.History;

/// <summary>How a history speaks to people.</summary>
public static class HistoryWords
{
    private const long Second = 1_000;
    private const long Minute = 60 * Second;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;

    private static readonly long s_latestMs = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>An entry as a sentence.</summary>
    public static string Of(in HistoryEntry entry) => entry.Event switch
    {
        HistoryEvent.Created => entry.Detail is null
            ? "The device was created."
            : $"The device was created by {entry.Detail} on {entry.Connection}.",
        HistoryEvent.Changed => $"The device was changed: {entry.Detail}.",
        HistoryEvent.Removed => "The device was removed.",
        HistoryEvent.Connected => $"Connected on {entry.Connection}{With(entry.Detail)}.",
        HistoryEvent.Refused => Refusals(entry),
        HistoryEvent.TakenOver => $"The mailbox went to {entry.Connection}, a newer connection than {entry.Detail}.",
        HistoryEvent.Disconnected => $"{Sentence(entry.Connection.ToString())} ended{Because(entry.Detail)}.",
        HistoryEvent.Detached =>
            $"{Sentence(entry.Connection.ToString())} let the mailbox go with {Number(entry.Count)} unsettled; that waits again.",
        HistoryEvent.HandedOut => $"Message {entry.Sequence} was handed out on {entry.Connection}, delivery {Number(entry.Count)}, "
            + $"to be settled by {Time(entry.RelatedAtMs)}.",
        HistoryEvent.Released => $"Message {entry.Sequence} was given back on {entry.Connection}{Quoted(entry.Detail)}.",
        HistoryEvent.Lapsed => $"Message {entry.Sequence} was not settled in time on {entry.Connection}; its lease lapsed.",
        HistoryEvent.Returned =>
            $"Message {entry.Sequence} did not get through on {entry.Connection}; that does not count as a delivery.",
        HistoryEvent.Folded =>
            $"And {Number(entry.Count)} further changes since {Time(entry.RelatedAtMs)}, the last on {entry.Connection}.",
        HistoryEvent.CertificateIssued => $"A certificate was issued, serial number {entry.Detail}, valid until {Time(entry.RelatedAtMs)}.",
        HistoryEvent.CertificateRevoked => $"The certificate with the serial number {entry.Detail} was revoked.",
        _ => entry.Event.Name(),
    };

    /// <summary>A time: <c>2026-11-25T06:10:00Z</c>.</summary>
    internal static string Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(ms, 0, s_latestMs)).UtcDateTime
        .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A time span in its two largest units: <c>3 h 12 min</c>.</summary>
    internal static string Span(long ms) => ms switch
    {
        < Second => Count(Math.Max(ms, 0), "ms"),
        < Minute => Count(ms / Second, "s"),
        < Hour => Two(ms, Minute, "min", Second, "s"),
        < Day => Two(ms, Hour, "h", Minute, "min"),
        _ => Two(ms, Day, "d", Hour, "h"),
    };

    /// <summary>What a message is, at the beginning of a sentence.</summary>
    internal static string Kind(MessageKind kind) => kind.ToString();

    /// <summary>The name of a message within a sentence.</summary>
    internal static string Name(MessageKind kind, Sequence sequence) => $"{kind.ToString().ToLowerInvariant()} {sequence}";

    /// <summary>How often: <c>once</c>, <c>twice</c>, <c>3 times</c>.</summary>
    internal static string Times(int count) => count switch { 1 => "once", 2 => "twice", _ => $"{Number(count)} times" };

    /// <summary>A cause in brackets, as the part of a sentence that it came as a whole one for.</summary>
    internal static string Because(string? why) => string.IsNullOrWhiteSpace(why) ? "" : $" ({Clause(why)})";

    /// <summary>Words of the device.</summary>
    internal static string Quoted(string? words) => string.IsNullOrWhiteSpace(words) ? "" : $": '{words}'";

    /// <summary>A sentence as a part of another one: without its full stop, and without the capital of its first word.</summary>
    internal static string Clause(string sentence)
    {
        string text = sentence.Trim().TrimEnd('.');
        bool isWord = text.Length > 1 && char.IsUpper(text[0]) && !char.IsUpper(text[1]);
        return isWord ? char.ToLowerInvariant(text[0]) + text[1..] : text;
    }

    internal static string Number(long count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Refusals(in HistoryEntry entry)
    {
        string where = entry.Connection.IsUnknown ? "" : $", last on {entry.Connection}";
        return entry.Count == 1
            ? $"Refused on {entry.Connection}: {Clause(entry.Detail ?? "no cause is known")}."
            : $"Refused {Times(entry.Count)} since {Time(entry.RelatedAtMs)}{where}: {Clause(entry.Detail ?? "no cause is known")}.";
    }

    private static string With(string? credential) => credential is null ? "" : $" with the {credential}";

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static string Count(long count, string unit) => string.Create(CultureInfo.InvariantCulture, $"{count} {unit}");

    private static string Two(long ms, long large, string largeUnit, long small, string smallUnit)
    {
        long rest = ms % large / small;
        return rest == 0 ? Count(ms / large, largeUnit) : $"{Count(ms / large, largeUnit)} {Count(rest, smallUnit)}";
    }
}
