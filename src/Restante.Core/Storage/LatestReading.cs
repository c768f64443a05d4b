namespace Restante.Core.Storage;

/// <summary>
/// What was read from a store, kept at hand until it has changed. Nothing that was read before a change is kept after it, also when it
/// cannot be read anew just then.
/// </summary>
/// <param name="read">Reads it.</param>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001",
    Justification = "A semaphore whose wait handle is never asked for holds nothing.")]
internal sealed class LatestReading<T>(Func<ValueTask<T>> read)
    where T : class
{
    private readonly SemaphoreSlim _reading = new(1, 1);
    private volatile T? _current;

    /// <summary>As of the last change. Fails as the store does.</summary>
    public ValueTask<T> GetAsync() => _current is T current ? ValueTask.FromResult(current) : ReadAsync(isAnew: false);

    /// <summary>Reads it anew; from then on everybody judges by that. Fails as the store does.</summary>
    public ValueTask<T> ReloadAsync() => ReadAsync(isAnew: true);

    private async ValueTask<T> ReadAsync(bool isAnew)
    {
        await _reading.WaitAsync(); // What was read first must not be kept last.
        try
        {
            if (isAnew)
                _current = null;
            return _current ??= await read();
        }
        finally
        {
            _reading.Release();
        }
    }
}
