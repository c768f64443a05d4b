using Restante.Core.Mailboxes;
using Restante.Core.Storage;

namespace Restante.Core.Outcomes;

/// <summary>
/// Those who wait, each for the outcome of one message. They are told when a call ends it, whether or not its outcome is told in the feed;
/// nobody looks its message up because another has ended.
/// </summary>
/// <param name="store">Where outcomes are looked up.</param>
internal sealed class OutcomeWaits(IMailboxStore store)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Sequence, Wait> _waiting = [];
    private readonly HashSet<Sequence> _missed = [];
    private volatile bool _hasMissed;

    /// <summary>For how many messages somebody waits.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>
    /// Takes part until <see cref="Leave"/>. Who looks the outcome up after this call and does not find it will be told.
    /// </summary>
    public Task<OutcomeRecord> Enter(Sequence sequence)
    {
        lock (_gate)
        {
            if (!_waiting.TryGetValue(sequence, out Wait? wait))
                _waiting[sequence] = wait = new Wait();
            wait.Waiters++;
            return wait.Told.Task;
        }
    }

    /// <summary>No longer waits; once for each <see cref="Enter"/>.</summary>
    public void Leave(Sequence sequence)
    {
        lock (_gate)
        {
            if (!_waiting.TryGetValue(sequence, out Wait? wait) || --wait.Waiters > 0)
                return;
            _waiting.Remove(sequence);
            _missed.Remove(sequence);
        }
    }

    /// <summary>Messages have ended, durably.</summary>
    public void Ended(IReadOnlyList<EndedMessage> messages)
    {
        List<Sequence>? awaited = null;
        lock (_gate)
        {
            if (_waiting.Count == 0)
                return;
            foreach (EndedMessage message in messages)
            {
                if (_waiting.ContainsKey(message.Sequence))
                    (awaited ??= []).Add(message.Sequence);
            }
        }

        if (awaited is not null)
            _ = TellAsync(awaited);
    }

    /// <summary>A message has ended, durably.</summary>
    public void Ended(Sequence message)
    {
        lock (_gate)
        {
            if (!_waiting.ContainsKey(message))
                return;
        }

        _ = TellAsync([message]);
    }

    /// <summary>Looks once more for what could not be read when it had ended.</summary>
    public void LookAgain()
    {
        if (!_hasMissed)
            return;
        List<Sequence> missed;
        lock (_gate)
        {
            missed = [.. _missed];
            _missed.Clear();
            _hasMissed = false;
        }

        _ = TellAsync(missed);
    }

    private async Task TellAsync(List<Sequence> messages)
    {
        await Task.Yield(); // Who has ended them may be a connection's turn, which does not wait for reads.
        foreach (Sequence message in messages)
        {
            try
            {
                if (await store.FindOutcomeAsync(message) is OutcomeRecord outcome)
                    Find(message)?.Told.TrySetResult(outcome);
            }
            catch (StoreUnavailableException)
            {
                Miss(message);
            }
#pragma warning disable CA1031 // Nobody waits for this task; who waits for the outcome is told.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                Find(message)?.Told.TrySetException(fault);
            }
        }
    }

    private Wait? Find(Sequence message)
    {
        lock (_gate)
            return _waiting.GetValueOrDefault(message);
    }

    private void Miss(Sequence message)
    {
        lock (_gate)
        {
            if (_waiting.ContainsKey(message))
                _hasMissed = _missed.Add(message) || _hasMissed;
        }
    }

    private sealed class Wait
    {
        public TaskCompletionSource<OutcomeRecord> Told { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Waiters { get; set; }
    }
}
