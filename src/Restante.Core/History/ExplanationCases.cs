using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using static Restante.Core.History.HistoryWords;

namespace Restante.Core.History;

/// <summary>
/// Why a message is where it is: a table of cases, of which the first that fits speaks. A case looks at facts only, and says what a
/// person on call can act on: who or what is in the way, since when, and until when.
/// </summary>
internal static class ExplanationCases
{
    private const string ReplacedBy = "Replaced by message ";

    /// <summary>The cases of messages that have ended, in the order in which they are tried.</summary>
    public static IReadOnlyList<(string Name, Func<MessageFacts, string?> Say)> Ended { get; } =
    [
        ("accepted", static f => Is(f, Outcome.Accepted, Accepted)),
        ("rejected", static f => Is(f, Outcome.Rejected, Rejected)),
        ("undeliverable", static f => Is(f, Outcome.Undeliverable, Undeliverable)),
        ("device-removed", static f => Is(f, Outcome.DeviceRemoved, DeviceRemoved)),
        ("replaced", static f => Is(f, Outcome.Cancelled, Replaced)),
        ("cancelled", static f => Is(f, Outcome.Cancelled, Cancelled)),
        ("expired-unsettled", static f => Is(f, Outcome.Expired, ExpiredUnsettled)),
        ("expired-disabled", static f => Is(f, Outcome.Expired, ExpiredDisabled)),
        ("expired-not-kept", static f => Is(f, Outcome.Expired, ExpiredNotKept)),
        ("expired-refused", static f => Is(f, Outcome.Expired, ExpiredRefused)),
        ("expired-offline", static f => Is(f, Outcome.Expired, ExpiredOffline)),
        ("expired-not-taken", static f => Is(f, Outcome.Expired, ExpiredNotTaken)),
    ];

    /// <summary>The cases of messages that have not ended, in the order in which they are tried. The last fits always.</summary>
    public static IReadOnlyList<(string Name, Func<MessageFacts, string?> Say)> Waiting { get; } =
    [
        ("in-hand", InHand),
        ("not-before", NotBefore),
        ("disabled", Disabled),
        ("refused", WhileRefused),
        ("offline-not-kept", OfflineNotKept),
        ("offline", Offline),
        ("held-back", HeldBack),
        ("blocked", Blocked),
        ("no-receiver", NoReceiver),
        ("behind", Behind),
        ("given-back", GivenBack),
        ("first", First),
    ];

    private static string? Is(MessageFacts facts, Outcome outcome, Func<MessageFacts, string?> say) =>
        facts.Ended!.Outcome == outcome ? say(facts) : null;

    private static string Accepted(MessageFacts f)
    {
        string on = f.LastHandOut is HistoryEntry handed ? $" on {handed.Connection}" : "";
        string attempts = f.HandOuts > 1 ? $", handed out {Times(f.HandOuts)}" : "";
        string after = Span(f.UntilMs - f.EnqueuedAtMs);
        return $"{f.Subject} was accepted by the device at {Time(f.UntilMs)}{on}, {after} after it was sent{attempts}.";
    }

    private static string Rejected(MessageFacts f)
    {
        string words = string.IsNullOrWhiteSpace(f.Ended!.Reason) ? " without a reason" : Quoted(f.Ended.Reason);
        return $"{f.Subject} was rejected by the device at {Time(f.UntilMs)}{words}{Shelved(f)}.";
    }

    private static string Undeliverable(MessageFacts f)
    {
        string why = string.IsNullOrWhiteSpace(f.Ended!.Reason) ? $"it {HandedOut(f)} and {Unsettled(f)}" : Clause(f.Ended.Reason);
        return $"{f.Subject} was given up as undeliverable at {Time(f.UntilMs)}: {why}{Shelved(f)}.";
    }

    private static string DeviceRemoved(MessageFacts f) =>
        $"{f.Subject} ended at {Time(f.UntilMs)} because the device was removed{HadInHand(f)}.";

    private static string? Replaced(MessageFacts f)
    {
        if (f.Ended!.Reason is not string why || !why.StartsWith(ReplacedBy, StringComparison.Ordinal))
            return null;
        string newer = why[ReplacedBy.Length..].TrimEnd('.');
        return $"{f.Subject} was replaced by message {newer} at {Time(f.UntilMs)}, before the device had settled it.";
    }

    private static string Cancelled(MessageFacts f) =>
        $"{f.Subject} was cancelled at {Time(f.UntilMs)}{Because(f.Ended!.Reason)}.";

    private static string? ExpiredUnsettled(MessageFacts f) =>
        f.HandOuts > 0 ? Expired(f, $": it {HandedOut(f)} and {Unsettled(f)}") : null;

    private static string? ExpiredDisabled(MessageFacts f) => f.DisabledAtMs is long since
        ? Expired(f, $": the device had been disabled since {Time(since)}")
        : null;

    private static string? ExpiredNotKept(MessageFacts f) => IsUntold(f)
        ? Expired(f, ": whether the device was connected is not known, as the history that would tell is not kept any more")
        : null;

    private static string? ExpiredRefused(MessageFacts f) => f.OpenConnection is null && f.Refusals is HistoryEntry refused
        ? Expired(f, $" while the device was offline: it {Refused(refused)}")
        : null;

    private static string? ExpiredOffline(MessageFacts f) => f.OpenConnection is null && !TookByRequest(f)
        ? Expired(f, $" while the device was offline: it had not been connected {SinceWhen(f)}")
        : null;

    private static string ExpiredNotTaken(MessageFacts f) => f.OpenConnection is HistoryEntry open
        ? Expired(f, $": the device was connected on {open.Connection} but {NoMail(f, "had taken")}")
        : Expired(f, $": the device {NoMail(f, "had taken")}");

    private static string Expired(MessageFacts f, string why) => $"{f.Subject} expired at {Time(f.UntilMs)}{why}{Shelved(f)}.";

    private static string? InHand(MessageFacts f)
    {
        if (f.Waiting!.LeasedUntilMs is not long until)
            return null;
        if (until <= f.NowMs)
            return $"{f.Subject} {HandedOut(f)} and was to be settled by {Time(until)}; it goes back to the mailbox now.";
        string since = f.Meanwhile is null ? "" : $"; {f.Meanwhile}";
        if (f.HandOuts <= 1)
            return $"{f.Subject} {HandedOut(f)}; the device has it in hand until {Time(until)}{since}.";
        string before = f.LastReturn is { Event: HistoryEvent.Released } back
            ? $"after the device gave it back at {Time(back.AtMs)}{Quoted(back.Detail)}"
            : "and never settled";
        return $"{f.Subject} {HandedOut(f)} {before}; the device has it in hand now until {Time(until)}{since}.";
    }

    private static string? NotBefore(MessageFacts f) => f.Waiting!.NotBeforeMs is long due && due > f.NowMs
        ? $"{f.Subject} waits for its time: it is not to be handed out before {Time(due)}, in {Span(due - f.NowMs)}."
        : null;

    private static string? Disabled(MessageFacts f)
    {
        if (f.Status != DeviceStatus.Disabled)
            return null;
        string since = f.DisabledAtMs is long at ? $" since {Time(at)}" : "";
        return $"{Waited(f)}: the device is disabled{since}.";
    }

    private static string? WhileRefused(MessageFacts f) =>
        !f.IsConnected && f.Refusals is HistoryEntry refused ? $"{Waited(f)}: the device {Refused(refused)}." : null;

    private static string? OfflineNotKept(MessageFacts f) => !f.IsConnected && IsUntold(f)
        ? $"{Waited(f)}: the device is not connected, and the history that would tell since when is not kept any more."
        : null;

    private static string? Offline(MessageFacts f) =>
        !f.IsConnected && !TookByRequest(f) ? $"{Waited(f)}: the device has not been connected {SinceWhen(f)}." : null;

    private static string? HeldBack(MessageFacts f) => f.Waiting!.HeldBackUntilMs is long until && until > f.NowMs
        ? $"{f.Subject} {HandedOut(f)} and {CameBack(f)}; it is held back until {Time(until)} before it is handed out again."
        : null;

    private static string? Blocked(MessageFacts f) => f.Blocker is { HeldBackUntilMs: long until } first
        ? $"{Waited(f)}: it stands behind {Name(first.Kind, first.Sequence)}, which was handed out {Times(first.DeliveryCount)}, "
            + $"came back, and is held back until {Time(until)}."
        : null;

    private static string? NoReceiver(MessageFacts f)
    {
        if (f.Receiver is not null || !f.IsConnected)
            return null;
        string on = f.OpenConnection is HistoryEntry open ? $" on {open.Connection}" : "";
        return $"{Waited(f)}: the device is connected{on} but receives no mail there; it {NoMail(f, "has taken")}.";
    }

    private static string? Behind(MessageFacts f)
    {
        if (f.Ahead == 0)
            return null;
        string many = f.AheadIsMore ? $"more than {Number(f.Ahead)}" : Number(f.Ahead);
        return $"{Waited(f)}: it stands behind {many} older {(f.Ahead == 1 && !f.AheadIsMore ? "message" : "messages")}; {Appetite(f)}.";
    }

    private static string? GivenBack(MessageFacts f) =>
        f.HandOuts > 0 ? $"{f.Subject} {HandedOut(f)} and {CameBack(f)}; {Appetite(f)}." : null;

    private static string First(MessageFacts f) => $"{Waited(f)}: it is the first in line; {Appetite(f)}.";

    private static string Waited(MessageFacts f) => $"{f.Subject} has waited {Span(f.NowMs - f.EnqueuedAtMs)}";

    private static string HandedOut(MessageFacts f)
    {
        if (f.LastHandOut is not HistoryEntry handed)
            return $"was handed out {Times(f.HandOuts)}";
        return f.HandOuts > 1
            ? $"was handed out {Times(f.HandOuts)}, last at {Time(handed.AtMs)} on {handed.Connection},"
            : $"was handed out at {Time(handed.AtMs)} on {handed.Connection}";
    }

    // How the last hand-out went, of a message that was not settled.
    private static string Unsettled(MessageFacts f) => f.IsLastGivenBack
        ? $"the device gave it back at {Time(f.LastReturn!.Value.AtMs)}{Quoted(f.LastReturn.Value.Detail)}"
        : "never settled";

    private static string HadInHand(MessageFacts f) => f.InHandAtEnd is HistoryEntry handed
        ? $"; the device had it in hand since {Time(handed.AtMs)} on {handed.Connection}"
        : "";

    private static string CameBack(MessageFacts f) => f.LastReturn switch
    {
        { Event: HistoryEvent.Released } back => $"given back by the device at {Time(back.AtMs)}{Quoted(back.Detail)}",
        { } lapsed => $"not settled in time, by {Time(lapsed.AtMs)}",
        null => "came back when that connection ended or let go of the mailbox",
    };

    private static string Refused(in HistoryEntry refused)
    {
        string why = Clause(refused.Detail ?? "no cause is known");
        return refused.Count == 1
            ? $"was refused at {Time(refused.AtMs)} on {refused.Connection}: {why}"
            : $"was refused {Times(refused.Count)} since {Time(refused.RelatedAtMs)}, last on {refused.Connection}: {why}";
    }

    private static string SinceWhen(MessageFacts f)
    {
        HistoryEntry? begin = f.LastBegin;
        if (f.LastEnd is HistoryEntry end && !(begin?.AtMs > end.AtMs))
            return $"since {Time(end.AtMs)}, when its connection ended{Because(end.Detail)}";
        if (begin is HistoryEntry begun)
            return $"since the gateway was restarted; before that it connected at {Time(begun.AtMs)} on {begun.Connection}";
        return f.Creation is HistoryEntry creation ? $"since it was created at {Time(creation.AtMs)}" : "as far back as the history goes";
    }

    // Nothing is known of a connection, and something might have been.
    private static bool IsUntold(MessageFacts f) => !f.IsHistoryKept && f.LastBegin is null && f.LastEnd is null && !TookByRequest(f);

    private static string NoMail(MessageFacts f, string taken) => f.LastMail is HistoryEntry mail
        ? $"{taken} no mail since {Time(mail.AtMs)}"
        : $"{taken} no mail as far back as the history goes";

    // What keeps a connected device from taking mail is its own appetite.
    private static string Appetite(MessageFacts f)
    {
        string who = f.Receiver is { IsUnknown: false } on ? $"the device, on {on}," : "the device";
        if (f.IsUnwanted)
            return $"{who} takes only what its selector or subscription chooses, and this is not among it";
        if (f.InHand > 0)
            return $"{who} has {Messages(f.InHand)} in hand and asks for no more until it settles";
        string since = f.LastMail is HistoryEntry mail ? $"since {Time(mail.AtMs)}" : "so far";
        return $"{who} has asked for no mail {since}";
    }

    // A device that polls is not connected in between.
    private static bool TookByRequest(MessageFacts f) =>
        f.LastMail is { Connection: { Number: 0, IsUnknown: false } } mail && !(f.LastEnd?.AtMs > mail.AtMs);

    private static string Messages(int count) => count == 1 ? "1 message" : $"{Number(count)} messages";

    private static string Shelved(MessageFacts f) => f.IsShelved ? "; it is on the dead-letter shelf" : "";
}
