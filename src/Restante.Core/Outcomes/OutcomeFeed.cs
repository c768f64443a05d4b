using Restante.Core.Access;
using Restante.Core.Feeds;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Paging;
using Restante.Core.Refusals;
using Restante.Core.Signals;
using Restante.Core.Storage;

namespace Restante.Core.Outcomes;

/// <summary>The durable feed of outcomes: read by number, or taken by competing receivers of a named reader.</summary>
public sealed class OutcomeFeed
{
    /// <summary>The name of the reader that all services share.</summary>
    public const string SharedReader = "outcomes";

    private readonly FeedReaders<OutcomeRecord> _readers;
    private readonly OutcomeWaits _waits;
    private readonly IMailboxStore _store;
    private readonly DeviceScopes _scopes;
    private readonly TimeProvider _time;

    internal OutcomeFeed(IMailboxStore store, DeviceScopes scopes, GatewayLimits limits, TimeProvider time)
    {
        _store = store;
        _scopes = scopes;
        _time = time;
        _readers = new FeedReaders<OutcomeRecord>(
            Open, Added, limits.MaxOutcomesInFlight, TimeSpan.FromMilliseconds(limits.LeaseDurationMs), time);
        _waits = new OutcomeWaits(store);
    }

    /// <summary>Pulses when outcomes were added.</summary>
    public Signal Added { get; } = new();

    /// <summary>Reads outcomes after a number. Refusals: malformed, unavailable.</summary>
    public async ValueTask<Result<OutcomeBatch>> ReadAsync(long after, int max)
    {
        if (after < 0 || max is < 1 or > 1_000)
            return new Refusal(RefusalKind.Malformed, "Outcomes are read after a number that is not negative, 1 to 1000 at once.");
        try
        {
            return await _store.ReadOutcomesAsync(after, max);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Reads outcomes after a number, for a service: those that it sees. Refusals: malformed, unavailable.
    /// </summary>
    public async ValueTask<Result<OutcomeBatch>> ReadAsync(ServicePrincipal by, long after, int max)
    {
        if (by.ReachesAll || after < 0 || max is < 1 or > 1_000)
            return await ReadAsync(after, max);
        try
        {
            long last = 0;
            ScopedPage<OutcomeRecord> page = await ScopedPage<OutcomeRecord>.ReadAsync(
                after, max, PageBounds.UsualStep, static o => o.Number, ReadOnAsync, SeenBy(by)!);
            return new OutcomeBatch(page.Items, page.Skipped, last) { Next = page.Next, IsUnfinished = page.IsUnfinished };

            async ValueTask<FeedBatch<OutcomeRecord>> ReadOnAsync(long from, int count)
            {
                OutcomeBatch batch = await _store.ReadOutcomesAsync(from, count);
                last = batch.LastNumber;
                return new FeedBatch<OutcomeRecord>(batch.Outcomes, batch.SkippedByRetention);
            }
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// How a message ended, for a service; one that it does not see is like none. Refusals: not-found, unavailable.
    /// </summary>
    public async ValueTask<Result<OutcomeRecord>> FindAsync(ServicePrincipal by, Sequence sequence) =>
        await SeenAsync(by, sequence, await FindAsync(sequence));

    /// <summary>Waits until a message has ended, for a service; see
    /// <see cref="WaitAsync(Sequence, TimeSpan, CancellationToken)"/>.</summary>
    public async ValueTask<Result<OutcomeRecord>> WaitAsync(
        ServicePrincipal by, Sequence sequence, TimeSpan patience, CancellationToken cancellation) =>
        await SeenAsync(by, sequence, await WaitAsync(sequence, patience, cancellation));

    /// <summary>How a message ended. Refusals: not-found (not ended, never was, or no longer kept), unavailable.</summary>
    public async ValueTask<Result<OutcomeRecord>> FindAsync(Sequence sequence)
    {
        try
        {
            OutcomeRecord? found = await _store.FindOutcomeAsync(sequence);
            return found is null ? NoOutcome(sequence) : found;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Waits until a message has ended, at most the given time (up to 49 days). Refusals: not-found when the time is over or there is no
    /// such message, unavailable.
    /// </summary>
    public async ValueTask<Result<OutcomeRecord>> WaitAsync(Sequence sequence, TimeSpan patience, CancellationToken cancellation)
    {
        if (patience <= TimeSpan.Zero)
            return await FindAsync(sequence);
        long began = _time.GetTimestamp();
        Task<OutcomeRecord> told = _waits.Enter(sequence);
        try
        {
            Result<OutcomeRecord> found = await FindAsync(sequence);
            TimeSpan rest = patience - _time.GetElapsedTime(began);
            if (found.IsSuccess || found.Refusal.Kind != RefusalKind.NotFound || rest <= TimeSpan.Zero)
                return found;
            return await told.WaitAsync(rest, _time, cancellation);
        }
        catch (TimeoutException)
        {
            return await FindAsync(sequence);
        }
        finally
        {
            _waits.Leave(sequence);
        }
    }

    /// <summary>The number of the newest outcome there ever was, kept or not; 0 before the first. Refusals: unavailable.</summary>
    public async ValueTask<Result<long>> FindLastAsync()
    {
        try
        {
            return (await _store.ReadOutcomesAsync(long.MaxValue, 1)).LastNumber;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>The shared state of a named reader. Its receivers compete; what one settles no other gets.</summary>
    /// <param name="name">The name of an existing policy, which bounds how many readers there are.</param>
    public FeedReader<OutcomeRecord> Reader(string name) => _readers.Reader(name);

    /// <summary>The name of the reader that is a policy's own.</summary>
    public static string ReaderOf(string policy) => $"{SharedReader}/{policy}";

    // How many wait at present; for tests of what is left behind.
    internal int Waiting => _waits.Count;

    /// <summary>Forgets how far the reader of a policy has come. Fails as the store does.</summary>
    internal async ValueTask RemoveReaderOfAsync(string policy)
    {
        string name = ReaderOf(policy);
        await _readers.RetireAsync(name);
        await _store.RemoveCursorAsync(name);
    }

    /// <summary>Takes back what receivers have held for longer than their leases. Returns how many outcomes.</summary>
    internal int TakeBackLapsed() => _readers.TakeBackLapsed();

    /// <summary>Messages have ended; whoever waits for one of them, or reads the feed, hears of it.</summary>
    internal void Ended(IReadOnlyList<EndedMessage> messages)
    {
        if (messages.Count == 0)
            return;
        Added.Pulse();
        _waits.Ended(messages);
    }

    /// <summary>A message has ended.</summary>
    internal void Ended(Sequence message)
    {
        Added.Pulse();
        _waits.Ended(message);
    }

    /// <summary>Looks once more for what ended while the store could not be read.</summary>
    internal void LookAgain() => _waits.LookAgain();

    private static Refusal NoOutcome(Sequence sequence) =>
        new(RefusalKind.NotFound, $"There is no outcome of a message {sequence}.");

    private Func<OutcomeRecord, ValueTask<bool>>? SeenBy(ServicePrincipal by) => by.ReachesAll ? null : _scopes.Reading(by).SeesAsync;

    private async ValueTask<Result<OutcomeRecord>> SeenAsync(ServicePrincipal by, Sequence sequence, Result<OutcomeRecord> found)
    {
        if (by.ReachesAll || !found.IsSuccess)
            return found;
        try
        {
            return await _scopes.Reading(by).SeesAsync(found.Value) ? found : NoOutcome(sequence);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    private FeedPort<OutcomeRecord> Open(string name) => new()
    {
        SeenBy = SeenBy,
        NumberOf = static outcome => outcome.Number,
        ReadAsync = async (after, max) =>
        {
            OutcomeBatch batch = await _store.ReadOutcomesAsync(after, max);
            return new FeedBatch<OutcomeRecord>(batch.Outcomes, batch.SkippedByRetention);
        },
        GetCursorAsync = () => _store.GetCursorAsync(name),
        SetCursorAsync = number => _store.SetCursorAsync(name, number, _time.GetUtcNow().ToUnixTimeMilliseconds()),
    };
}
