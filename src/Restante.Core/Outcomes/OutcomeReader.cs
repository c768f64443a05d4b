using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Outcomes;

/// <summary>
/// A named reader of the outcomes with a durable cursor. Several receivers may take from it; each outcome goes to one of them at a time and
/// to nobody again once it was accepted and the cursor has passed it. After a restart what was taken but not accepted comes again, and
/// so may what was accepted out of order before a gap: at least once.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing.")]
public sealed class OutcomeReader
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SortedDictionary<long, State> _window = [];
    private readonly SortedDictionary<long, OutcomeRecord> _released = [];
    private readonly Lock _gate = new();
    private readonly IMailboxStore _store;
    private readonly int _maxInFlight;
    private long _readTo = -1;
    private long _cursor;

    internal OutcomeReader(string name, IMailboxStore store, int maxInFlight)
    {
        Name = name;
        _store = store;
        _maxInFlight = maxInFlight;
    }

    private enum State
    {
        Taken,
        Done,
    }

    /// <summary>The reader's name.</summary>
    public string Name { get; }

    /// <summary>
    /// Takes up to <paramref name="max"/> outcomes; empty when there are none or too many are in flight: then
    /// <see cref="OutcomeFeed.Added"/> pulses, or another receiver's settle makes room. Refusals: unavailable.
    /// </summary>
    public async ValueTask<Result<IReadOnlyList<OutcomeRecord>>> TakeAsync(int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        await _turn.WaitAsync();
        try
        {
            if (_readTo < 0)
                _cursor = _readTo = await _store.GetOutcomeCursorAsync(Name);
            var taken = new List<OutcomeRecord>();
            TakeReleased(max, taken);
            int room = Math.Min(max - taken.Count, RoomInWindow());
            if (room > 0)
            {
                OutcomeBatch batch = await _store.ReadOutcomesAsync(_readTo, Math.Min(room, 1_000));
                lock (_gate)
                {
                    foreach (OutcomeRecord record in batch.Outcomes)
                    {
                        _window[record.Number] = State.Taken;
                        _readTo = record.Number;
                        taken.Add(record);
                    }
                }
            }

            return Result.Success<IReadOnlyList<OutcomeRecord>>(taken);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The receiver has it; durable on return as far as no earlier one is open. Refusals: unavailable.</summary>
    public async ValueTask<Result<bool>> AcceptAsync(long number)
    {
        long cursor;
        lock (_gate)
        {
            if (!_window.ContainsKey(number))
                return false;
            _window[number] = State.Done;
            cursor = AdvanceCursor();
        }

        if (cursor < 0)
            return true;
        try
        {
            await _store.SetOutcomeCursorAsync(Name, cursor);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>The receiver gives it back; the next one to take gets it first.</summary>
    public void Release(OutcomeRecord outcome)
    {
        lock (_gate)
        {
            if (_window.TryGetValue(outcome.Number, out State state) && state == State.Taken)
                _released[outcome.Number] = outcome;
        }
    }

    private void TakeReleased(int max, List<OutcomeRecord> taken)
    {
        lock (_gate)
        {
            while (taken.Count < max && _released.Count > 0)
            {
                KeyValuePair<long, OutcomeRecord> first = _released.First();
                _released.Remove(first.Key);
                taken.Add(first.Value);
            }
        }
    }

    private int RoomInWindow()
    {
        lock (_gate)
            return _maxInFlight - _window.Count;
    }

    // Called under the gate. Returns the new cursor, or -1 when it has not moved.
    private long AdvanceCursor()
    {
        long before = _cursor;
        while (_window.Count > 0)
        {
            KeyValuePair<long, State> first = _window.First();
            if (first.Value != State.Done)
                break;
            _window.Remove(first.Key);
            _cursor = first.Key;
        }

        return _cursor == before ? -1 : _cursor;
    }
}
