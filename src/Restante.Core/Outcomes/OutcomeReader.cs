using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Signals;
using Restante.Core.Storage;

namespace Restante.Core.Outcomes;

/// <summary>
/// A named reader of the outcomes with a durable cursor. Several receivers may take from it; each outcome goes to one of them at a time and
/// to nobody again once it was accepted and the cursor has passed it. A receiver that leaves gives back what it has not accepted
/// (<see cref="Release"/>). After a restart what was taken but not accepted comes again, and so may what was accepted out of order before
/// a gap: at least once.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing.")]
public sealed class OutcomeReader
{
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SortedDictionary<long, State> _window = [];
    private readonly SortedDictionary<long, OutcomeRecord> _released = [];
    private readonly Lock _gate = new();
    private readonly IMailboxStore _store;
    private readonly Signal _added;
    private readonly int _maxInFlight;
    private long _readTo = -1;
    private long _skipped;
    private bool _starved;

    internal OutcomeReader(string name, IMailboxStore store, Signal added, int maxInFlight)
    {
        Name = name;
        _store = store;
        _added = added;
        _maxInFlight = maxInFlight;
    }

    private enum State
    {
        Taken,
        Released,
        Accepted,
    }

    /// <summary>The reader's name.</summary>
    public string Name { get; }

    /// <summary>How many outcomes this reader has missed since the start, because retention had dropped them before they were read.</summary>
    public long Skipped => Volatile.Read(ref _skipped);

    /// <summary>
    /// Takes up to <paramref name="max"/> outcomes; empty when there are none or too many are in flight. <see cref="OutcomeFeed.Added"/>
    /// pulses when there are new ones, when one was given back, and when others that were settled make room. Refusals: unavailable.
    /// </summary>
    public async ValueTask<Result<IReadOnlyList<OutcomeRecord>>> TakeAsync(int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        var taken = new List<OutcomeRecord>();
        await _reading.WaitAsync();
        try
        {
            if (_readTo < 0)
                _readTo = await _store.GetOutcomeCursorAsync(Name);
            TakeReleased(max, taken);
            int room = RoomFor(max - taken.Count);
            if (room > 0)
                Enter(await _store.ReadOutcomesAsync(_readTo, room), room, taken);
        }
        catch (StoreUnavailableException) when (taken.Count == 0)
        {
            return Refusal.StoreUnavailable;
        }
        catch (StoreUnavailableException)
        {
            // What was given back is handed out all the same.
        }
        finally
        {
            _reading.Release();
        }

        return Result.Success<IReadOnlyList<OutcomeRecord>>(taken);
    }

    /// <summary>
    /// The receiver has it; durable on return as far as no earlier one is open. False when it is not in flight. After a refusal it is
    /// still the receiver's, to be accepted once more or given back. Refusals: unavailable.
    /// </summary>
    public async ValueTask<Result<bool>> AcceptAsync(long number)
    {
        lock (_gate)
        {
            if (!_window.TryGetValue(number, out State state) || state == State.Released)
                return false;
            _window[number] = State.Accepted;
            if (_window.First().Value != State.Accepted)
                return true;
        }

        // One write at a time: the cursor then never passes an outcome whose acceptance was refused meanwhile.
        await _writing.WaitAsync();
        try
        {
            long to;
            lock (_gate)
                to = AcceptedTo();
            if (to < 0)
                return true;
            await _store.SetOutcomeCursorAsync(Name, to);
            Leave(to);
            return true;
        }
        catch (StoreUnavailableException)
        {
            lock (_gate)
            {
                if (_window.ContainsKey(number))
                    _window[number] = State.Taken;
            }

            return Refusal.StoreUnavailable;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>The receiver that took it gives it back, once; the next one to take gets it first.</summary>
    public void Release(OutcomeRecord outcome)
    {
        lock (_gate)
        {
            if (!_window.TryGetValue(outcome.Number, out State state) || state != State.Taken)
                return;
            _window[outcome.Number] = State.Released;
            _released[outcome.Number] = outcome;
        }

        _added.Pulse();
    }

    private void TakeReleased(int max, List<OutcomeRecord> taken)
    {
        lock (_gate)
        {
            while (taken.Count < max && _released.Count > 0)
            {
                (long number, OutcomeRecord outcome) = _released.First();
                _released.Remove(number);
                _window[number] = State.Taken;
                taken.Add(outcome);
            }
        }
    }

    private int RoomFor(int wanted)
    {
        lock (_gate)
        {
            int room = _maxInFlight - _window.Count;
            _starved |= room < wanted;
            return Math.Min(Math.Min(room, wanted), 1_000);
        }
    }

    private void Enter(OutcomeBatch batch, int room, List<OutcomeRecord> taken)
    {
        lock (_gate)
        {
            if (batch.Outcomes.Count > 0)
                _skipped += batch.SkippedByRetention;
            if (batch.Outcomes.Count < room)
                _starved = false; // There is no more to read, so nobody waits for room.
            foreach (OutcomeRecord outcome in batch.Outcomes)
            {
                _window[outcome.Number] = State.Taken;
                _readTo = outcome.Number;
                taken.Add(outcome);
            }
        }
    }

    private void Leave(long to)
    {
        lock (_gate)
        {
            while (_window.Count > 0 && _window.First().Key is long first && first <= to)
                _window.Remove(first);
            if (!_starved)
                return;
            _starved = false;
        }

        _added.Pulse();
    }

    // Called under the gate. The last of the accepted outcomes before the first open one; -1 when the first one is open.
    private long AcceptedTo()
    {
        long to = -1;
        foreach ((long number, State state) in _window)
        {
            if (state != State.Accepted)
                break;
            to = number;
        }

        return to;
    }
}
