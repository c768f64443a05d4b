using System.Collections.Concurrent;

namespace Restante.Client;

/// <summary>
/// The way of messages from any thread into the turns of a connection, in their order. However many come, one look of the turns at most is
/// under way, and those beyond the bound wait for room.
/// </summary>
/// <param name="most">Messages that may be on the way at once, from entering to their answer.</param>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001",
    Justification = "A semaphore whose wait handle is never asked for holds nothing.")]
internal sealed class Inlet<T>(int most)
{
    private readonly ConcurrentQueue<T> _arrived = new();
    private readonly SemaphoreSlim _room = new(most, most);
    private int _called;

    /// <summary>Waits for room; give it back with <see cref="Leave"/>.</summary>
    public Task EnterAsync() => _room.WaitAsync();

    /// <summary>One is answered.</summary>
    public void Leave() => _room.Release();

    /// <summary>Puts one in; true when the caller is to have a turn look.</summary>
    public bool Add(T item)
    {
        _arrived.Enqueue(item);
        return Interlocked.Exchange(ref _called, 1) == 0;
    }

    /// <summary>What has arrived. What comes from now on calls anew.</summary>
    public IEnumerable<T> Take()
    {
        Interlocked.Exchange(ref _called, 0);
        while (_arrived.TryDequeue(out T? item))
            yield return item;
    }
}
