namespace Restante.Core.Signals;

/// <summary>
/// Tells waiting readers that something was added. Wakes may be more than there is news, never fewer: register first, then look,
/// then wait.
/// </summary>
public sealed class Signal
{
    private readonly Lock _gate = new();
    private IWakeable[] _waiting = [];
    private TaskCompletionSource? _pulse;

    /// <summary>Wakes this one at every pulse until it is removed.</summary>
    public void Add(IWakeable waiter)
    {
        lock (_gate)
            _waiting = [.. _waiting, waiter];
    }

    /// <summary>No more wakes for this one, but for one that is under way.</summary>
    public void Remove(IWakeable waiter)
    {
        lock (_gate)
        {
            int at = Array.IndexOf(_waiting, waiter);
            if (at >= 0)
                _waiting = [.. _waiting[..at], .. _waiting[(at + 1)..]];
        }
    }

    /// <summary>A task that ends at the next pulse after this call. Ask for it before looking.</summary>
    public Task NextPulse()
    {
        lock (_gate)
            return (_pulse ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>There is news.</summary>
    public void Pulse()
    {
        IWakeable[] waiting;
        TaskCompletionSource? pulse;
        lock (_gate)
        {
            waiting = _waiting;
            pulse = _pulse;
            _pulse = null;
        }

        pulse?.TrySetResult();
        foreach (IWakeable waiter in waiting)
            waiter.Wake();
    }
}
