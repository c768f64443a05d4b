using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Sessions;
using Restante.Core.Storage;

namespace Restante.Core.Tests.History;

/// <summary>Every case of the table, by what it says.</summary>
public sealed class ExplanationCaseTests
{
    private const long Now = 1_795_600_800_000; // 2026-11-25T10:00:00Z
    private const long Minute = 60_000;
    private const long Hour = 60 * Minute;

    private static readonly DeviceId s_truck = DeviceId.Parse("truck-17");
    private static readonly ConnectionName s_amqp = new("amqp", 118, "10.2.3.4");
    private static readonly ConnectionName s_mqtt = new("mqtt", 7, null);
    private static readonly ConnectionName s_https = new("https", 0, "10.9.9.9");

    public static TheoryData<string, string> Sentences { get; } = new()
    {
        { "accepted", "Command 42 for truck-17 was accepted by the device at 2026-11-25T09:59:00Z on AMQP connection 118 from 10.2.3.4, 3 h 11 min after it was sent, handed out twice." },
        { "rejected", "Command 42 for truck-17 was rejected by the device at 2026-11-25T09:59:00Z: 'door blocked'; it is on the dead-letter shelf." },
        { "rejected-silently", "Command 42 for truck-17 was rejected by the device at 2026-11-25T09:59:00Z without a reason." },
        { "undeliverable", "Command 42 for truck-17 was given up as undeliverable at 2026-11-25T09:59:00Z: it was handed out 10 times, last at 2026-11-25T09:50:00Z on AMQP connection 118 from 10.2.3.4, and never settled." },
        { "undeliverable-given-back", "Command 42 for truck-17 was given up as undeliverable at 2026-11-25T09:59:00Z: it was handed out 10 times, last at 2026-11-25T09:50:00Z on AMQP connection 118 from 10.2.3.4, and the device gave it back at 2026-11-25T09:51:00Z: 'busy'." },
        { "undeliverable-damaged", "Command 42 for truck-17 was given up as undeliverable at 2026-11-25T09:59:00Z: the stored message is damaged." },
        { "device-removed", "Command 42 for truck-17 ended at 2026-11-25T09:59:00Z because the device was removed." },
        { "replaced", "Command 42 for truck-17 was replaced by message 44 at 2026-11-25T09:59:00Z, before the device had settled it." },
        { "cancelled", "Command 42 for truck-17 was cancelled at 2026-11-25T09:59:00Z (the mailbox was purged by ops)." },
        { "expired-unsettled", "Command 42 for truck-17 expired at 2026-11-25T09:59:00Z: it was handed out at 2026-11-25T09:50:00Z on AMQP connection 118 from 10.2.3.4 and never settled." },
        { "cancelled-let-go", "Command 42 for truck-17 was cancelled at 2026-11-25T09:59:00Z (the mailbox was purged by ops)." },
        { "expired-given-back", "Command 42 for truck-17 expired at 2026-11-25T09:59:00Z: it was handed out at 2026-11-25T09:50:00Z on AMQP connection 118 from 10.2.3.4 and the device gave it back at 2026-11-25T09:51:00Z: 'busy'." },
        { "expired-not-kept", "Command 42 for truck-17 expired at 2026-11-25T09:59:00Z: whether the device was connected is not known, as the history that would tell is not kept any more." },
        { "expired-disabled", "Command 42 for truck-17 expired at 2026-11-25T09:59:00Z: the device had been disabled since 2026-11-25T08:00:00Z." },
        { "expired-refused", "Command 42 for truck-17 expired at 2026-11-25T09:59:00Z while the device was offline: it was refused at 2026-11-25T09:00:00Z on AMQP connection 118 from 10.2.3.4: the token has expired." },
        { "expired-offline", "Command 42 for truck-17 expired at 2026-11-25T09:59:00Z while the device was offline: it had not been connected since 2026-11-25T06:10:00Z, when its connection ended (idle time-out)." },
        { "expired-not-taken", "Command 42 for truck-17 expired at 2026-11-25T09:59:00Z: the device was connected on AMQP connection 118 from 10.2.3.4 but had taken no mail since 2026-11-25T09:10:00Z." },
        { "in-hand", "Command 42 for truck-17 was handed out at 2026-11-25T09:59:30Z on AMQP connection 118 from 10.2.3.4; the device has it in hand until 2026-11-25T10:00:30Z." },
        { "in-hand-again", "Command 42 for truck-17 was handed out 3 times, last at 2026-11-25T09:59:30Z on AMQP connection 118 from 10.2.3.4, and never settled; the device has it in hand now until 2026-11-25T10:00:30Z." },
        { "in-hand-given-back", "Command 42 for truck-17 was handed out 3 times, last at 2026-11-25T09:59:30Z on AMQP connection 118 from 10.2.3.4, after the device gave it back at 2026-11-25T09:51:00Z: 'busy'; the device has it in hand now until 2026-11-25T10:00:30Z." },
        { "in-hand-over", "Command 42 for truck-17 was handed out at 2026-11-25T09:59:30Z on AMQP connection 118 from 10.2.3.4 and was to be settled by 2026-11-25T10:00:00Z; it goes back to the mailbox now." },
        { "not-before", "Command 42 for truck-17 waits for its time: it is not to be handed out before 2026-11-25T12:30:00Z, in 2 h 30 min." },
        { "disabled", "Command 42 for truck-17 has waited 3 h 12 min: the device is disabled since 2026-11-25T08:00:00Z." },
        { "disabled-long-ago", "Command 42 for truck-17 has waited 3 h 12 min: the device is disabled." },
        { "refused", "Command 42 for truck-17 has waited 3 h 12 min: the device was refused 14 times since 2026-11-25T07:00:00Z, last on MQTT connection 7: wrong credentials." },
        { "offline", "Command 42 for truck-17 has waited 3 h 12 min: the device has not been connected since 2026-11-25T06:10:00Z, when its connection ended (idle time-out)." },
        { "offline-restart", "Command 42 for truck-17 has waited 3 h 12 min: the device has not been connected since the gateway was restarted; before that it connected at 2026-11-25T06:00:00Z on AMQP connection 118 from 10.2.3.4." },
        { "offline-unknown", "Command 42 for truck-17 has waited 3 h 12 min: the device has not been connected as far back as the history goes." },
        { "offline-not-kept", "Command 42 for truck-17 has waited 3 h 12 min: the device is not connected, and the history that would tell since when is not kept any more." },
        { "offline-new", "Command 42 for truck-17 has waited 3 h 12 min: the device has not been connected since it was created at 2026-11-25T05:00:00Z." },
        { "polls", "Command 42 for truck-17 has waited 3 h 12 min: it is the first in line; the device has asked for no mail since 2026-11-25T09:10:00Z." },
        { "held-back", "Command 42 for truck-17 was handed out twice, last at 2026-11-25T09:59:30Z on AMQP connection 118 from 10.2.3.4, and given back by the device at 2026-11-25T09:59:40Z: 'busy'; it is held back until 2026-11-25T10:00:10Z before it is handed out again." },
        { "held-back-lapsed", "Command 42 for truck-17 was handed out twice, last at 2026-11-25T09:59:30Z on AMQP connection 118 from 10.2.3.4, and not settled in time, by 2026-11-25T09:59:40Z; it is held back until 2026-11-25T10:00:10Z before it is handed out again." },
        { "blocked", "Command 42 for truck-17 has waited 3 h 12 min: it stands behind command 40, which was handed out 3 times, came back, and is held back until 2026-11-25T10:00:10Z." },
        { "no-receiver", "Command 42 for truck-17 has waited 3 h 12 min: the device is connected on AMQP connection 118 from 10.2.3.4 but receives no mail there; it has taken no mail as far back as the history goes." },
        { "behind", "Command 42 for truck-17 has waited 3 h 12 min: it stands behind 7 older messages; the device, on AMQP connection 118 from 10.2.3.4, has asked for no mail since 2026-11-25T09:10:00Z." },
        { "behind-full-hands", "Command 42 for truck-17 has waited 3 h 12 min: it stands behind 1 older message; the device, on AMQP connection 118 from 10.2.3.4, has 5 messages in hand and asks for no more until it settles." },
        { "given-back", "Command 42 for truck-17 was handed out at 2026-11-25T09:59:30Z on AMQP connection 118 from 10.2.3.4 and came back when that connection ended or let go of the mailbox; the device, on AMQP connection 118 from 10.2.3.4, has asked for no mail since 2026-11-25T09:59:30Z." },
        { "first", "Command 42 for truck-17 has waited 3 h 12 min: it is the first in line; the device, on AMQP connection 118 from 10.2.3.4, has asked for no mail so far." },
    };

    [Theory]
    [MemberData(nameof(Sentences))]
    public void A_case_says_what_is_in_the_way(string name, string sentence) => Assert.Equal(sentence, Explainer.Say(Facts(name)));

    [Fact]
    public void Every_case_of_the_table_is_tried_here()
    {
        IEnumerable<string> cases = ExplanationCases.Ended.Concat(ExplanationCases.Waiting).Select(c => c.Name);
        Assert.Empty(cases.Except(((IEnumerable<object[]>)Sentences).Select(row => (string)row[0])));
    }

    private static MessageFacts Facts(string name) => name switch
    {
        "accepted" => Ended(Outcome.Accepted, 2, null, HandedOut(Now - Hour), HandedOut(Now - (10 * Minute))),
        "rejected" => Ended(Outcome.Rejected, 1, "door blocked", HandedOut(Now - (10 * Minute))) with { IsShelved = true },
        "rejected-silently" => Ended(Outcome.Rejected, 1, null),
        "undeliverable" => Ended(Outcome.Undeliverable, 10, null, HandedOut(Now - (10 * Minute))),
        "undeliverable-given-back" => Ended(Outcome.Undeliverable, 10, null, HandedOut(Now - (10 * Minute)), GaveBack()),
        "undeliverable-damaged" => Ended(Outcome.Undeliverable, 0, "The stored message is damaged."),
        "device-removed" => Ended(Outcome.DeviceRemoved, 0, null),
        "replaced" => Ended(Outcome.Cancelled, 0, "Replaced by message 44."),
        "cancelled" => Ended(Outcome.Cancelled, 0, "The mailbox was purged by ops."),
        "expired-unsettled" => Ended(Outcome.Expired, 1, null, HandedOut(Now - (10 * Minute))),
        "cancelled-let-go" => Ended(
            Outcome.Cancelled, 1, "The mailbox was purged by ops.", InHand(), Lost() with { AtMs = Now - (Minute + 10_000) }),
        "expired-given-back" => Ended(Outcome.Expired, 1, null, HandedOut(Now - (10 * Minute)), GaveBack()),
        "expired-not-kept" => Ended(Outcome.Expired, 0, null) with { IsHistoryKept = false },
        "expired-disabled" => Ended(Outcome.Expired, 0, null, Changed("disabled")),
        "expired-refused" => Ended(Outcome.Expired, 0, null, Lost(), Refused(1, "The token has expired.", s_amqp)),
        "expired-offline" => Ended(Outcome.Expired, 0, null, Connected(), Lost()),
        "expired-not-taken" => Ended(Outcome.Expired, 0, null, Connected(), HandedOut(Now - (50 * Minute), 41)),
        "in-hand" => Online(HandedOut(Now - 30_000)) with { Waiting = Waiting(1) with { LeasedUntilMs = Now + 30_000 } },
        "in-hand-again" => Online(HandedOut(Now - 30_000)) with { Waiting = Waiting(3) with { LeasedUntilMs = Now + 30_000 } },
        "in-hand-given-back" => Online(GaveBack(), HandedOut(Now - 30_000)) with { Waiting = Waiting(3) with { LeasedUntilMs = Now + 30_000 } },
        "in-hand-over" => Online(HandedOut(Now - 30_000)) with { Waiting = Waiting(1) with { LeasedUntilMs = Now } },
        "not-before" => Offline() with { Waiting = Waiting(0) with { NotBeforeMs = Now + (150 * Minute) } },
        "disabled" => Offline(Changed("enabled"), Changed("tags disabled")) with { Status = DeviceStatus.Disabled },
        "disabled-long-ago" => Offline() with { Status = DeviceStatus.Disabled },
        "refused" => Offline(
            Lost(), Refused(3, "The token has expired.", s_amqp), Refused(1, "Wrong credentials.", s_amqp), Refused(13, "Wrong credentials.", s_mqtt)),
        "offline" => Offline(Refused(1, "Before it was connected.", s_amqp) with { AtMs = 1 }, Connected(), Lost()),
        "offline-restart" => Offline(Connected()),
        "offline-unknown" => Offline(),
        "offline-not-kept" => Offline() with { IsHistoryKept = false },
        "offline-new" => Offline(Entry(HistoryEvent.Created, Now - (5 * Hour))),
        "polls" => Offline(Lost(), HandedOut(Now - (50 * Minute), 41) with { Connection = s_https }),
        "held-back" => HeldBack(HistoryEvent.Released, "busy"),
        "held-back-lapsed" => HeldBack(HistoryEvent.Lapsed, null),
        "blocked" => Online() with { Ahead = 1, Blocker = Waiting(3) with { Sequence = new Sequence(40), HeldBackUntilMs = Now + 10_000 } },
        "no-receiver" => Online() with { Receiver = null },
        "behind" => Online(HandedOut(Now - (50 * Minute), 41)) with { Ahead = 7 },
        "behind-full-hands" => Online() with { Ahead = 1, InHand = 5 },
        "given-back" => Online(HandedOut(Now - 30_000)) with { Waiting = Waiting(1) },
        "first" => Online(),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static MessageFacts HeldBack(HistoryEvent how, string? words) =>
        Online(HandedOut(Now - 30_000), Entry(how, Now - 20_000) with { Sequence = new Sequence(42), Detail = words }) with
        {
            Waiting = Waiting(2) with { HeldBackUntilMs = Now + 10_000 },
        };

    private static MessageFacts Online(params HistoryEntry[] history) => Offline([Connected(), .. history]) with
    {
        IsConnected = true,
        Receiver = s_amqp,
        StartedAtMs = 0,
    };

    private static MessageFacts Offline(params HistoryEntry[] history) => new()
    {
        NowMs = Now,
        StartedAtMs = Now - Hour,
        Waiting = Waiting(0),
        Status = DeviceStatus.Enabled,
        History = history,
    };

    private static MessageFacts Ended(Outcome outcome, int deliveries, string? reason, params HistoryEntry[] history) => new()
    {
        NowMs = Now,
        Ended = new OutcomeRecord
        {
            Number = 1,
            Sequence = new Sequence(42),
            Device = s_truck,
            DeviceNumber = new DeviceNumber(1),
            Kind = MessageKind.Command,
            Outcome = outcome,
            Reason = reason,
            Sender = "backend",
            DeliveryCount = deliveries,
            EnqueuedAtMs = Now - (192 * Minute),
            AtMs = Now - Minute,
        },
        Status = DeviceStatus.Enabled,
        History = history,
    };

    private static BrowsedMessage Waiting(int deliveries) => new()
    {
        Sequence = new Sequence(42),
        Device = s_truck,
        Kind = MessageKind.Command,
        Sender = "backend",
        EnqueuedAtMs = Now - (192 * Minute),
        ExpiresAtMs = long.MaxValue,
        DeliveryCount = deliveries,
        Content = default,
    };

    private static HistoryEntry HandedOut(long atMs, long sequence = 42) =>
        Entry(HistoryEvent.HandedOut, atMs) with { Sequence = new Sequence(sequence), Connection = s_amqp };

    private static HistoryEntry InHand() => HandedOut(Now - (Minute + 30_000)) with { RelatedAtMs = Now };

    private static HistoryEntry GaveBack() =>
        Entry(HistoryEvent.Released, Now - (9 * Minute)) with { Sequence = new Sequence(42), Detail = "busy" };

    private static HistoryEntry Connected() => Entry(HistoryEvent.Connected, Now - (4 * Hour)) with { Connection = s_amqp };

    private static HistoryEntry Lost() =>
        Entry(HistoryEvent.Disconnected, Now - (230 * Minute)) with { Connection = s_amqp, Detail = "idle time-out" };

    private static HistoryEntry Changed(string what) => Entry(HistoryEvent.Changed, Now - (2 * Hour)) with { Detail = what };

    private static HistoryEntry Refused(int count, string why, ConnectionName from) =>
        Entry(HistoryEvent.Refused, Now - Hour) with { Count = count, RelatedAtMs = Now - (3 * Hour), Detail = why, Connection = from };

    private static HistoryEntry Entry(HistoryEvent what, long atMs) => new() { Device = s_truck, AtMs = atMs, Event = what };
}
