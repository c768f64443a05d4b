using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
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
    /// Explains a message that waits, is in hand, or has ended. Refusals: not-found (never was, or its outcome is no longer kept),
    /// unavailable.
    /// </summary>
    public async ValueTask<Result<Explanation>> ExplainAsync(Sequence sequence)
    {
        try
        {
            long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
            BrowsedMessage? waiting = await _store.Mailboxes.FindMessageAsync(sequence, now);
            OutcomeRecord? ended = waiting is null ? await _store.Mailboxes.FindOutcomeAsync(sequence) : null;
            if (waiting is null && ended is null)
                return new Refusal(RefusalKind.NotFound, $"No message {sequence} waits, and the outcome of none is kept.");
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
        bool found = false;
        while (read.Count < MaxEntriesRead)
        {
            IReadOnlyList<HistoryRecord> page = await _history.ReadStoredAsync(device, before, PageSize);
            foreach (HistoryRecord record in page)
            {
                if (record.Entry.AtMs < fromMs && found)
                {
                    read.Reverse();
                    return (read, true);
                }

                read.Add(record.Entry);
                found |= record.Entry.Event is HistoryEvent.Connected or HistoryEvent.Disconnected;
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
