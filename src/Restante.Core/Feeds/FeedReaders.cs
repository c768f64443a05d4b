using System.Collections.Concurrent;
using Restante.Core.Signals;

namespace Restante.Core.Feeds;

/// <summary>The named readers of one durable feed.</summary>
/// <param name="open">What a reader of that name needs of the feed.</param>
/// <param name="added">Pulses when there are new items.</param>
/// <param name="maxInFlight">Items handed to the receivers of one reader and not yet settled.</param>
/// <param name="lease">How long a receiver may hold an item.</param>
/// <param name="time">The clock.</param>
internal sealed class FeedReaders<T>(Func<string, FeedPort<T>> open, Signal added, int maxInFlight, TimeSpan lease, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, FeedReader<T>> _readers = new(StringComparer.Ordinal);

    /// <summary>The shared state of a named reader.</summary>
    public FeedReader<T> Reader(string name) =>
        _readers.GetOrAdd(name, n => new FeedReader<T>(n, open(n), added, maxInFlight, lease, time));

    /// <summary>Ends a reader, if there is one; under the same name a new one begins.</summary>
    public async ValueTask RetireAsync(string name)
    {
        if (_readers.TryRemove(name, out FeedReader<T>? reader))
            await reader.RetireAsync();
    }

    /// <summary>Takes back what receivers have held for longer than their leases. Returns how many items.</summary>
    public int TakeBackLapsed()
    {
        int lapsed = 0;
        foreach (FeedReader<T> reader in _readers.Values)
            lapsed += reader.TakeBackLapsed();
        return lapsed;
    }
}
