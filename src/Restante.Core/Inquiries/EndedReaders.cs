using Restante.Core.Access;
using Restante.Core.Feeds;
using Restante.Core.Limits;
using Restante.Core.Signals;
using Restante.Core.Storage;

namespace Restante.Core.Inquiries;

/// <summary>
/// Who reads what ended: a durable reader for each pair of subject and policy, and a signal for each subject that is looked at.
/// </summary>
internal sealed class EndedReaders(
    IInquiryStore store, IMailboxStore cursors, DeviceScopes scopes, GatewayLimits limits, TimeProvider time)
{
    private readonly Dictionary<(string Subject, string Policy), Opened> _readers = [];
    private readonly SignalTable<string> _signals = new();
    private readonly PolicyShares _shares = new(PolicyShares.Of(limits.MaxEndedReaders, limits.EndedReaderSharePercent));
    private readonly Lock _gate = new();

    /// <summary>How many readers a policy may have.</summary>
    public int Share => _shares.Max;

    /// <summary>The reader of a policy; null when there are too many, or the policy has its share of them.</summary>
    public EndedFeed? TryOpen(string policy, string subject, out bool isShareTaken)
    {
        isShareTaken = false;
        lock (_gate)
        {
            if (!_readers.TryGetValue((subject, policy), out Opened? opened))
            {
                if (_readers.Count >= limits.MaxEndedReaders)
                    return null;
                isShareTaken = !_shares.TryTake(policy);
                if (isShareTaken)
                    return null;
                SignalHold signal = _signals.Hold(subject);
                var lease = TimeSpan.FromMilliseconds(limits.LeaseDurationMs);
                string name = NameOf(subject, policy);
                var reader = new FeedReader<EndedInquiry>(
                    name, Port(subject, name), signal.Signal, limits.MaxOutcomesInFlight, lease, time);
                _readers.Add((subject, policy), opened = new Opened(new EndedFeed(reader, signal.Signal), signal));
            }

            opened.UsedAt = time.GetTimestamp();
            return opened.Feed;
        }
    }

    /// <summary>The signal of a subject.</summary>
    public SignalHold Follow(string subject) => _signals.Hold(subject);

    /// <summary>Something of this subject has ended.</summary>
    public void Pulse(string subject) => _signals.Pulse(subject);

    /// <summary>Something of whatever subject may have ended.</summary>
    public void Pulse() => _signals.PulseAll();

    /// <summary>Takes back what receivers have held for longer than their leases. Returns how many.</summary>
    public int TakeBackLapsed()
    {
        Opened[] all;
        lock (_gate)
            all = [.. _readers.Values];
        return all.Sum(o => o.Feed.Reader.TakeBackLapsed());
    }

    /// <summary>
    /// Forgets the readers of subjects that nobody has received from for as long as cursors are kept which do not move.
    /// </summary>
    public async ValueTask ForgetIdleAsync()
    {
        var kept = TimeSpan.FromMilliseconds(limits.InquiryRetentionMs);
        List<Opened> idle = [];
        lock (_gate)
        {
            foreach (((string, string Policy) key, Opened opened) in _readers)
            {
                if (opened.Signal.Signal.HasWaiters)
                    opened.UsedAt = time.GetTimestamp();
                if (time.GetElapsedTime(opened.UsedAt) < kept)
                    continue;
                _readers.Remove(key);
                _shares.Return(key.Policy);
                idle.Add(opened);
            }
        }

        await RetireAsync(idle);
    }

    /// <summary>Ends the readers of a policy and forgets what they have come to. Fails as the store does.</summary>
    public async ValueTask RemoveOfAsync(string policy)
    {
        List<KeyValuePair<(string Subject, string Policy), Opened>> own;
        lock (_gate)
        {
            own = [.. _readers.Where(r => r.Key.Policy == policy)];
            foreach (((string, string) key, _) in own)
            {
                _readers.Remove(key);
                _shares.Return(policy);
            }
        }

        await RetireAsync(own.Select(o => o.Value));
        await cursors.RemoveCursorsAsync(NameOf(string.Empty, policy));
    }

    private static async ValueTask RetireAsync(IEnumerable<Opened> gone)
    {
        foreach (Opened opened in gone)
        {
            await opened.Feed.Reader.RetireAsync();
            opened.Signal.Dispose();
        }
    }

    private static string NameOf(string subject, string policy) => $"{InquiryNames.EndedReaders}{policy}/{subject}";

    private FeedPort<EndedInquiry> Port(string subject, string name) => new()
    {
        SeenBy = by => by.ReachesAll ? null : scopes.Reading(by).SeesAsync,
        NumberOf = static ended => ended.Number,
        ReadAsync = async (after, max) =>
        {
            EndedInquiryBatch batch = await store.ReadEndedAsync(subject, after, max);
            return new FeedBatch<EndedInquiry>(batch.Ended, batch.SkippedByRetention);
        },
        GetCursorAsync = () => cursors.GetCursorAsync(name),
        SetCursorAsync = number => cursors.SetCursorAsync(name, number, time.GetUtcNow().ToUnixTimeMilliseconds()),
    };

    private sealed record Opened(EndedFeed Feed, SignalHold Signal)
    {
        /// <summary>When it was last opened, or seen with receivers of its subject.</summary>
        public long UsedAt { get; set; }
    }
}
