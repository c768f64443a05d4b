using Restante.Core.Mailboxes;

namespace Restante.Core.Tests.Support;

internal sealed class TestReceiver : IMailboxReceiver
{
    private readonly Lock _gate = new();
    private readonly List<string> _taken = [];
    private TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _wakes;

    public int Wakes => Volatile.Read(ref _wakes);

    /// <summary>Ends with the next wake after this was asked for.</summary>
    public Task NextWake
    {
        get
        {
            lock (_gate)
                return _woken.Task;
        }
    }

    public IReadOnlyList<string> Taken
    {
        get
        {
            lock (_gate)
                return [.. _taken];
        }
    }

    /// <summary>Called within the wake, on the waker's thread.</summary>
    public Action? OnWake { get; set; }

    public void Wake()
    {
        Interlocked.Increment(ref _wakes);
        TaskCompletionSource woken;
        lock (_gate)
        {
            woken = _woken;
            _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        OnWake?.Invoke();
        woken.TrySetResult();
    }

    public void OnMailboxTaken(string reason)
    {
        lock (_gate)
            _taken.Add(reason);
    }
}
