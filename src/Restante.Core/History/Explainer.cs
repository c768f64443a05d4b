using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Notifications;
using Restante.Core.Refusals;
using Restante.Core.Selection;
using Restante.Core.Sessions;
using Restante.Core.Storage;

namespace Restante.Core.History;

/// <summary>Answers why a message is where it is: one sentence, then the facts.</summary>
public sealed partial class Explainer
{
    /// <summary>The most facts one answer has; the oldest of a longer story are left out.</summary>
    public const int MaxFacts = 500;

    private const int PageSize = 200;
    private const int MaxEntriesRead = 4_000;
    private const int MaxAhead = 1_000;
    private const int SettlersPage = 1_000;
    private const int MaxSettlersRead = 100_000;

    private readonly IGatewayStore _store;
    private readonly DeviceScopes _scopes;
    private readonly HistoryBook _history;
    private readonly MailboxHub _mailboxes;
    private readonly LiveConnections _connections;
    private readonly TimeProvider _time;
    private readonly long _startedAtMs;

    internal Explainer(
        IGatewayStore store,
        DeviceScopes scopes,
        HistoryBook history,
        MailboxHub mailboxes,
        LiveConnections connections,
        TimeProvider time)
    {
        _scopes = scopes;
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
            return NoMessage(sequence);
        if (name is null)
            return NotificationCases.Whole(notification);
        if (!DeviceId.TryParse(name, out DeviceId id))
            return Refusal.DeviceNotFound(name.Length <= DeviceId.MaxLength ? name : name[..DeviceId.MaxLength]);
        if (await _store.Registry.FindDeviceAsync(id) is not DeviceRecord device)
        {
            return await FindRemovedAsync(sequence, id) is NotificationDevice removed
                ? await ExplainAsync(null, NotificationCases.Ended(notification, removed), now)
                : Refusal.DeviceNotFound(name);
        }

        var before = new DeviceNumber(device.Number.Value - 1);
        IReadOnlyList<NotificationDevice> settlers = await _store.Notifications.ListDevicesAsync(sequence, before, 1);
        if (settlers is [NotificationDevice settled] && settled.Number == device.Number)
            return await ExplainAsync(null, NotificationCases.Ended(notification, settled), now);
        IReadOnlyList<BrowsedMessage> there = await _store.Mailboxes.BrowseAsync(device.Number, new Sequence(sequence.Value - 1), 1, now);
        BrowsedMessage? offered = there is [BrowsedMessage first] && first.Sequence == sequence ? first : null;
        bool isOfAudience = AudienceQuery.Parse(notification.Audience).Value!.Matches(device);
        if (offered?.LeasedUntilMs > now)
            return await ExplainAsync(offered, null, now, NotificationCases.Meanwhile(notification, isOfAudience));
        if (!isOfAudience)
            return NotificationCases.Foreign(notification, device);
        if (NotificationCases.Missed(notification, device) is OutcomeRecord missed)
            return await ExplainAsync(null, missed, now);
        return await ExplainAsync(offered ?? NotificationCases.Waiting(notification, device), null, now);
    }

    // A device that was removed is known by its id only; the latest of that id counts.
    private async ValueTask<NotificationDevice?> FindRemovedAsync(Sequence sequence, DeviceId id)
    {
        NotificationDevice? found = null;
        DeviceNumber after = default;
        for (int read = 0; read < MaxSettlersRead; read += SettlersPage)
        {
            IReadOnlyList<NotificationDevice> page = await _store.Notifications.ListDevicesAsync(sequence, after, SettlersPage);
            found = page.LastOrDefault(d => d.Device == id) ?? found;
            if (page.Count < SettlersPage)
                break;
            after = page[^1].Number;
        }

        return found;
    }

    private async ValueTask<Explanation> ExplainAsync(BrowsedMessage? waiting, OutcomeRecord? ended, long now, string? meanwhile = null)
    {
        DeviceId id = waiting?.Device ?? ended!.Device;
        long from = waiting?.EnqueuedAtMs ?? ended!.EnqueuedAtMs;
        (List<HistoryEntry> history, bool reachesBack, bool isKept) = await ReadAsync(id, from);
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
            IsUnwanted = waiting is not null && device is not null
                && _mailboxes.SessionOf(device.Number)?.AsksForOthers(waiting.Kind, waiting.Sequence) == true,
            Meanwhile = meanwhile,
            History = history,
            IsHistoryKept = isKept,
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

    // Back to the message, and on to the last that is known of a connection, or to where the device began.
    private async ValueTask<(List<HistoryEntry> History, bool ReachesBack, bool IsKept)> ReadAsync(DeviceId device, long fromMs)
    {
        var read = new List<HistoryEntry>();
        long before = long.MaxValue;
        while (read.Count < MaxEntriesRead)
        {
            IReadOnlyList<HistoryRecord> page = await _history.ReadStoredAsync(device, before, PageSize);
            foreach (HistoryRecord record in page)
            {
                read.Add(record.Entry);
                bool isMark = record.Entry.Event is HistoryEvent.Connected or HistoryEvent.Disconnected or HistoryEvent.Created;
                if (record.Entry.AtMs >= fromMs || !isMark)
                    continue;
                read.Reverse();
                return (read, true, true);
            }

            if (page.Count < PageSize)
            {
                // Histories are dropped from their front: what still has the beginning of the device has lost nothing.
                bool isWhole = read.Exists(e => e.Event == HistoryEvent.Created && e.AtMs <= fromMs);
                read.Reverse();
                return (read, isWhole, isWhole);
            }

            before = page[^1].Place;
        }

        read.Reverse();
        return (read, false, true);
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
