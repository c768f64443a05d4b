using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Notifications;
using Restante.Core.Refusals;
using Restante.Core.Selection;
using Restante.Core.Sessions;
using Restante.Core.Storage;

namespace Restante.Core.History;

/// <summary>Answers why a message is where it is: one sentence, then the facts.</summary>
public sealed class Explainer
{
    /// <summary>The most facts one answer has; the oldest of a longer story are left out.</summary>
    public const int MaxFacts = 500;

    private const int PageSize = 200;
    private const int MaxEntriesRead = 4_000;
    private const int MaxAhead = 1_000;

    private readonly IGatewayStore _store;
    private readonly HistoryBook _history;
    private readonly MailboxHub _mailboxes;
    private readonly LiveConnections _connections;
    private readonly TimeProvider _time;
    private readonly long _startedAtMs;

    internal Explainer(IGatewayStore store, HistoryBook history, MailboxHub mailboxes, LiveConnections connections, TimeProvider time)
    {
        _store = store;
        _history = history;
        _mailboxes = mailboxes;
        _connections = connections;
        _time = time;
        _startedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds();
    }

    /// <summary>
    /// Explains a message that waits, is in hand, or has ended; a notification as a whole, or what it is for one device. Refusals:
    /// not-found (never was, or what became of it is no longer kept; no such device, or the message is another's), unavailable.
    /// </summary>
    /// <param name="sequence">The message.</param>
    /// <param name="device">The device that is asked about; null for whose it is, or for all of a notification.</param>
    public async ValueTask<Result<Explanation>> ExplainAsync(Sequence sequence, string? device = null)
    {
        try
        {
            long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
            BrowsedMessage? waiting = await _store.Mailboxes.FindMessageAsync(sequence, now);
            OutcomeRecord? ended = waiting is null ? await _store.Mailboxes.FindOutcomeAsync(sequence) : null;
            if (waiting is null && ended is null)
                return await ExplainNotificationAsync(sequence, device, now);
            DeviceId owner = waiting?.Device ?? ended!.Device;
            if (device is not null && device != owner.Value)
                return new Refusal(RefusalKind.NotFound, $"Message {sequence} is not for that device but for '{owner}'.");
            return await ExplainAsync(waiting, ended, now);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>The sentence of the first case that fits.</summary>
    internal static string Say(MessageFacts facts)
    {
        foreach ((_, Func<MessageFacts, string?> say) in facts.Ended is null ? ExplanationCases.Waiting : ExplanationCases.Ended)
        {
            if (say(facts) is string sentence)
                return sentence;
        }

        throw new InvalidOperationException("The last case fits always.");
    }

    private async ValueTask<Result<Explanation>> ExplainNotificationAsync(Sequence sequence, string? name, long now)
    {
        if (await _store.Notifications.FindAsync(sequence, now) is not NotificationRecord notification)
            return new Refusal(RefusalKind.NotFound, $"No message {sequence} waits, and the outcome of none is kept.");
        if (name is null)
            return NotificationCases.Whole(notification);
        if (!DeviceId.TryParse(name, out DeviceId id) || await _store.Registry.FindDeviceAsync(id) is not DeviceRecord device)
            return Refusal.DeviceNotFound(name.Length <= DeviceId.MaxLength ? name : name[..DeviceId.MaxLength]);
        var before = new DeviceNumber(device.Number.Value - 1);
        IReadOnlyList<NotificationDevice> settlers = await _store.Notifications.ListDevicesAsync(sequence, before, 1);
        if (settlers is [NotificationDevice settled] && settled.Number == device.Number)
            return await ExplainAsync(null, NotificationCases.Ended(notification, settled), now);
        if (!AudienceQuery.Parse(notification.Audience).Value!.Matches(device))
            return NotificationCases.Foreign(notification, device);
        if (NotificationCases.Missed(notification, device) is OutcomeRecord missed)
            return await ExplainAsync(null, missed, now);
        IReadOnlyList<BrowsedMessage> offered = await _store.Mailboxes.BrowseAsync(device.Number, new Sequence(sequence.Value - 1), 1, now);
        bool stands = offered is [BrowsedMessage first] && first.Sequence == sequence;
        return await ExplainAsync(stands ? offered[0] : NotificationCases.Waiting(notification, device), null, now);
    }

    private async ValueTask<Explanation> ExplainAsync(BrowsedMessage? waiting, OutcomeRecord? ended, long now)
    {
        DeviceId id = waiting?.Device ?? ended!.Device;
        long from = waiting?.EnqueuedAtMs ?? ended!.EnqueuedAtMs;
        (List<HistoryEntry> history, bool reachesBack) = await ReadAsync(id, from);
        DeviceRecord? device = await _store.Registry.FindDeviceAsync(id);
        var facts = new MessageFacts
        {
            NowMs = now,
            StartedAtMs = _startedAtMs,
            Waiting = waiting,
            Ended = ended,
            Status = device?.Status,
            IsConnected = device is not null && _connections.IsConnected(device.Number),
            Receiver = device is null ? null : _mailboxes.ReceiverOf(device.Number),
            IsShelved = ended is not null && await _store.Shelf.FindAsync(ended.DeviceNumber, ended.Sequence) is not null,
            History = history,
        };
        if (waiting is not null && device is not null)
            facts = await WithQueueAsync(facts, device.Number, waiting.Sequence, now);
        List<Fact> all = FactList.Of(facts);
        int surplus = Math.Max(0, all.Count - MaxFacts);
        return new Explanation
        {
            Sequence = facts.Sequence,
            Kind = waiting?.Kind ?? ended!.Kind,
            Device = id,
            Outcome = ended?.Outcome,
            IsLeased = waiting?.LeasedUntilMs is not null,
            Sentence = Say(facts),
            Facts = all[surplus..],
            IsComplete = surplus == 0 && reachesBack,
        };
    }

    // Back to the message, and on to the last that is known of a connection.
    private async ValueTask<(List<HistoryEntry> History, bool ReachesBack)> ReadAsync(DeviceId device, long fromMs)
    {
        var read = new List<HistoryEntry>();
        long before = long.MaxValue;
        while (read.Count < MaxEntriesRead)
        {
            IReadOnlyList<HistoryRecord> page = await _history.ReadStoredAsync(device, before, PageSize);
            foreach (HistoryRecord record in page)
            {
                read.Add(record.Entry);
                if (record.Entry.AtMs >= fromMs || record.Entry.Event is not (HistoryEvent.Connected or HistoryEvent.Disconnected))
                    continue;
                read.Reverse();
                return (read, true);
            }

            if (page.Count < PageSize)
                break;
            before = page[^1].Place;
        }

        read.Reverse();
        return (read, read.Count < MaxEntriesRead);
    }

    private async ValueTask<MessageFacts> WithQueueAsync(MessageFacts facts, DeviceNumber device, Sequence sequence, long now)
    {
        int ahead = 0;
        bool more = true;
        BrowsedMessage? blocker = null;
        Sequence after = default;
        while (more && ahead < MaxAhead)
        {
            IReadOnlyList<BrowsedMessage> page = await _store.Mailboxes.BrowseAsync(device, after, PageSize / 4, now);
            foreach (BrowsedMessage message in page.TakeWhile(m => m.Sequence.CompareTo(sequence) < 0))
            {
                ahead += message.LeasedUntilMs is null && message.NotBeforeMs <= now ? 1 : 0;
                blocker ??= message.HeldBackUntilMs > now ? message : null;
                after = message.Sequence;
            }

            more = page.Count > 0 && page[^1].Sequence.CompareTo(sequence) < 0;
        }

        MailboxInfo info = await _store.Mailboxes.GetInfoAsync(device);
        return facts with { Ahead = ahead, AheadIsMore = more, Blocker = blocker, InHand = info.Leased };
    }
}
