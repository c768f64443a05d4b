using Restante.Core.Mailboxes;
using Restante.Core.Signals;
using Restante.Core.Storage;

namespace Restante.Core.Outcomes;

/// <summary>
/// Those who wait, each for the outcome of one message. While there are any, one pump reads the feed from where it ended when the first of
/// them came, and tells each of its own; nobody looks its message up again because another has ended.
/// </summary>
/// <param name="store">The feed.</param>
/// <param name="added">Pulses when outcomes were added.</param>
/// <param name="readFailed">Called when the feed could not be read and the pump needs another pulse.</param>
internal sealed class OutcomeWaits(IMailboxStore store, Signal added, Action readFailed)
{
    private const int MaxPerRead = 1_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<Sequence, Wait> _waiting = [];
    private Task? _pumping;

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
    /// Takes part until <see cref="Leave"/>. Once <paramref name="begun"/> has ended, an outcome that is then not yet there will be told;
    /// it fails as the store does when that cannot be promised.
    /// </summary>
    public Task<OutcomeRecord> Enter(Sequence sequence, out Task begun)
    {
        TaskCompletionSource? first = null;
        Task<OutcomeRecord> told;
        lock (_gate)
        {
            if (!_waiting.TryGetValue(sequence, out Wait? wait))
                _waiting[sequence] = wait = new Wait();
            wait.Waiters++;
            told = wait.Told.Task;
            if (_pumping is null)
                _pumping = (first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            begun = _pumping;
        }

        if (first is not null)
            _ = PumpAsync(first);
        return told;
    }

    /// <summary>No longer waits; once for each <see cref="Enter"/>.</summary>
    public void Leave(Sequence sequence)
    {
        lock (_gate)
        {
            if (_waiting.TryGetValue(sequence, out Wait? wait) && --wait.Waiters == 0)
                _waiting.Remove(sequence);
        }
    }

    private async Task PumpAsync(TaskCompletionSource begun)
    {
        try
        {
            Task news = added.NextPulse();
            long place = (await store.ReadOutcomesAsync(long.MaxValue, 1)).LastNumber;
            begun.SetResult();
            while (true)
            {
                await news;
                if (EndWhenIdle())
                    return;
                news = added.NextPulse();
                place = await TellAsync(place);
            }
        }
#pragma warning disable CA1031 // Nobody waits for the pump itself; those who wait for outcomes are told.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Fail(fault, begun);
        }
    }

    private async ValueTask<long> TellAsync(long place)
    {
        try
        {
            OutcomeBatch batch;
            do
            {
                batch = await store.ReadOutcomesAsync(place, MaxPerRead);
                foreach (OutcomeRecord outcome in batch.Outcomes)
                {
                    place = outcome.Number;
                    lock (_gate)
                    {
                        if (_waiting.TryGetValue(outcome.Sequence, out Wait? wait))
                            wait.Told.TrySetResult(outcome);
                    }
                }
            }
            while (batch.Outcomes.Count == MaxPerRead);
        }
        catch (StoreUnavailableException)
        {
            readFailed();
        }

        return place;
    }

    private bool EndWhenIdle()
    {
        lock (_gate)
        {
            if (_waiting.Count > 0)
                return false;
            _pumping = null;
            return true;
        }
    }

    private void Fail(Exception fault, TaskCompletionSource begun)
    {
        lock (_gate)
        {
            _pumping = null;
            if (begun.TrySetException(fault))
                return;
            foreach (Wait wait in _waiting.Values)
                wait.Told.TrySetException(fault);
        }
    }

    private sealed class Wait
    {
        public TaskCompletionSource<OutcomeRecord> Told { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Waiters { get; set; }
    }
}
