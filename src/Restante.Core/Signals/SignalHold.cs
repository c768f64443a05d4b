namespace Restante.Core.Signals;

/// <summary>A signal that is there for as long as somebody holds it. Dispose it once nobody waits on it any more.</summary>
public sealed class SignalHold : IDisposable
{
    private Action? _leave;

    internal SignalHold(Signal signal, Action leave)
    {
        Signal = signal;
        _leave = leave;
    }

    /// <summary>The signal.</summary>
    public Signal Signal { get; }

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _leave, null)?.Invoke();
}
