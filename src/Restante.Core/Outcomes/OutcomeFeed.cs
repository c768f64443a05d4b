using System.Collections.Concurrent;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Signals;
using Restante.Core.Storage;

namespace Restante.Core.Outcomes;

/// <summary>The durable feed of outcomes: read by number, or taken by competing receivers of a named reader.</summary>
public sealed class OutcomeFeed
{
    private readonly ConcurrentDictionary<string, OutcomeReader> _readers = new(StringComparer.Ordinal);
    private readonly IMailboxStore _store;
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _time;
    private int _mayHaveEnded;

    internal OutcomeFeed(IMailboxStore store, GatewayLimits limits, TimeProvider time)
    {
        _store = store;
        _limits = limits;
        _time = time;
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

    /// <summary>How a message ended. Refusals: not-found (not ended, never was, or no longer kept), unavailable.</summary>
    public async ValueTask<Result<OutcomeRecord>> FindAsync(Sequence sequence)
    {
        try
        {
            OutcomeRecord? found = await _store.FindOutcomeAsync(sequence);
            return found is null ? new Refusal(RefusalKind.NotFound, $"There is no outcome of a message {sequence}.") : found;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Waits until a message has ended, at most the given time. Refusals: not-found when the time is over or there is no such message,
    /// unavailable.
    /// </summary>
    public async ValueTask<Result<OutcomeRecord>> WaitAsync(Sequence sequence, TimeSpan patience, CancellationToken cancellation)
    {
        long deadline = _time.GetTimestamp();
        while (true)
        {
            Task news = Added.NextPulse();
            Result<OutcomeRecord> found = await FindAsync(sequence);
            TimeSpan rest = patience - _time.GetElapsedTime(deadline);
            if (found.IsSuccess || found.Refusal.Kind != RefusalKind.NotFound || rest <= TimeSpan.Zero)
                return found;
            try
            {
                await news.WaitAsync(rest, _time, cancellation);
            }
            catch (TimeoutException)
            {
                // One last look above, then the time is over.
            }
        }
    }

    /// <summary>The shared state of a named reader. Its receivers compete; what one settles no other gets.</summary>
    /// <param name="name">The name of an existing policy, which bounds how many readers there are.</param>
    public OutcomeReader Reader(string name) => _readers.GetOrAdd(name, n => new OutcomeReader(n, _store, Added, _limits.MaxOutcomesInFlight));

    // The store may end messages within calls that do not say so (lease, open, close). Those who wait hear of it with the next sweep.
    internal void MayHaveEnded() => Volatile.Write(ref _mayHaveEnded, 1);

    internal void TellWhatMayHaveEnded()
    {
        if (Volatile.Read(ref _mayHaveEnded) != 0 && Interlocked.Exchange(ref _mayHaveEnded, 0) != 0)
            Added.Pulse();
    }
}
