namespace Restante.Core.Signals;

/// <summary>
/// Tells waiting readers that something was added. Wakes may be more than there is news, never fewer: register first, then look,
/// then wait.
/// </summary>
public sealed class Signal
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IWakeable, int> _waiting = new(ReferenceEqualityComparer.Instance);
    private IWakeable[]? _toWake = [];
    private TaskCompletionSource? _pulse;

    /// <summary>Wakes this one at every pulse until it is removed as often as it was added.</summary>
    public void Add(IWakeable waiter)
    {
        lock (_gate)
        {
            int times = _waiting.GetValueOrDefault(waiter);
            _waiting[waiter] = times + 1;
            if (times == 0)
                _toWake = null;
        }
    }

    /// <summary>No more wakes for this one, but for one that is under way.</summary>
    public void Remove(IWakeable waiter)
    {
        lock (_gate)
        {
            if (!_waiting.TryGetValue(waiter, out int times))
                return;
            if (times > 1)
            {
                _waiting[waiter] = times - 1;
                return;
            }

            _waiting.Remove(waiter);
            _toWake = null;
        }
    }

    /// <summary>Whether anybody is woken at every pulse.</summary>
    internal bool HasWaiters
    {
        get
        {
            lock (_gate)
                return _waiting.Count > 0;
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
            waiting = _toWake ??= [.. _waiting.Keys];
            pulse = _pulse;
            _pulse = null;
        }

        pulse?.TrySetResult();
        foreach (IWakeable waiter in waiting)
            waiter.Wake();
    }
}
