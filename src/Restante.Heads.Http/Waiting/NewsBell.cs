using Restante.Core.Signals;

namespace Restante.Heads.Http.Waiting;

/// <summary>Rings when any of several signals pulses. Ask for the ring, then look, then wait.</summary>
internal sealed class NewsBell : IWakeable, IDisposable
{
    private readonly IReadOnlyList<Signal> _signals;
    private volatile TaskCompletionSource _ring = NewRing();

    public NewsBell(params IReadOnlyList<Signal> signals)
    {
        _signals = signals;
        foreach (Signal signal in signals)
            signal.Add(this);
    }

    /// <summary>A task that ends at the next pulse after this call, or at one shortly before.</summary>
    public Task Next()
    {
        // A pulse that is lost while the ring is replaced came before the caller looks.
        if (_ring.Task.IsCompleted)
            _ring = NewRing();
        return _ring.Task;
    }

    public void Wake() => _ring.TrySetResult();

    public void Dispose()
    {
        foreach (Signal signal in _signals)
            signal.Remove(this);
    }

    private static TaskCompletionSource NewRing() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
