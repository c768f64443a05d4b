using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Signals;
using Restante.Core.Storage;

namespace Restante.Core.Feeds;

/// <summary>
/// A named reader of a durable feed with a durable cursor. Several receivers may take from it; each item goes to one of them at a time,
/// under a lease of <see cref="GatewayLimits.LeaseDurationMs"/>, and to nobody again once it was accepted and the cursor has passed it.
/// What a receiver gives back (<see cref="Release"/>) or does not accept within its lease goes to another. After a restart what was taken
/// but not accepted comes again, and so may what was accepted out of order before a gap: at least once. What a receiver is not shown, as it
/// is outside its scope, is passed over as if it had been accepted.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage(
    "Reliability", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing.")]
public sealed partial class FeedReader<T>
{
    private const int MaxPerRead = 1_000;

    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SortedDictionary<long, Entry> _window = [];
    private readonly SortedSet<long> _free = [];
    private readonly Lock _gate = new();
    private readonly FeedPort<T> _feed;
    private readonly Signal _added;
    private readonly TimeProvider _time;
    private readonly int _maxInFlight;
    private readonly TimeSpan _lease;
    private long _readTo = -1;
    private long _skipped;
    private bool _starved;
    private bool _retired;

    internal FeedReader(string name, FeedPort<T> feed, Signal added, int maxInFlight, TimeSpan lease, TimeProvider time)
    {
        Name = name;
        _feed = feed;
        _added = added;
        _maxInFlight = maxInFlight;
        _lease = lease;
        _time = time;
    }

    private enum State
    {
        /// <summary>In the hands of a receiver.</summary>
        Taken,

        /// <summary>Free for another receiver; the last one may still accept it.</summary>
        Lapsed,

        /// <summary>Free for another receiver.</summary>
        Released,

        /// <summary>Done; it waits for the ones before it.</summary>
        Accepted,
    }

    /// <summary>The reader's name.</summary>
    public string Name { get; }

    /// <summary>How many items this reader has missed since the start, because retention had dropped them before they were read.</summary>
    public long Skipped => Volatile.Read(ref _skipped);

    /// <summary>Takes items for a service: those that it is shown. See <see cref="TakeAsync(int)"/>.</summary>
    public ValueTask<Result<IReadOnlyList<TakenItem<T>>>> TakeAsync(ServicePrincipal by, int max) => TakeAsync(max, _feed.SeenBy(by));

    /// <summary>
    /// Takes up to <paramref name="max"/> items; empty when there are none or too many are in flight. The feed's signal pulses when there
    /// are new ones, when one was given back or its lease has lapsed, and when others that were settled make room. Refusals: unavailable.
    /// </summary>
    public ValueTask<Result<IReadOnlyList<TakenItem<T>>>> TakeAsync(int max) => TakeAsync(max, null);

    private async ValueTask<Result<IReadOnlyList<TakenItem<T>>>> TakeAsync(int max, Func<T, ValueTask<bool>>? sees)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        var taken = new List<TakenItem<T>>();
        await _reading.WaitAsync();
        try
        {
            if (_readTo < 0)
                _readTo = await _feed.GetCursorAsync();
            TakeFree(max, taken);
            if (sees is not null)
                await PassOverAsync(taken, sees);
            int looked = 0;
            for (int room = RoomFor(max - taken.Count); room > 0 && (looked == 0 || taken.Count == 0); room = RoomFor(max - taken.Count))
            {
                FeedBatch<T> batch = await _feed.ReadAsync(_readTo, room);
                Enter(batch, sees is null ? [] : await HiddenAsync(batch.Items, sees), room, taken);
                looked += batch.Items.Count;
                if (sees is null || batch.Items.Count == 0 || looked >= ScopedReading.MaxLookedAt)
                    break;
            }

            if (taken.Count == 0 && looked >= ScopedReading.MaxLookedAt)
                _added.Pulse(); // There may be more; whoever comes again goes on from here.
            await KeepPlaceAsync();
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

        return Result.Success<IReadOnlyList<TakenItem<T>>>(taken);
    }

    /// <summary>
    /// The receiver has it; durable on return as far as no earlier one is open. False when it is the receiver's no more: given back, or its
    /// lease lapsed and another was handed it. After a refusal it is still the receiver's, to be accepted once more or given back.
    /// Refusals: unavailable.
    /// </summary>
    public async ValueTask<Result<bool>> AcceptAsync(TakenItem<T> taken)
    {
        Entry? entry;
        lock (_gate)
        {
            if (!_window.TryGetValue(taken.Number, out entry) || entry.HandOut != taken.HandOut || entry.State == State.Released)
                return false;
            _free.Remove(taken.Number);
            entry.State = State.Accepted;
            if (_window.First().Value.State != State.Accepted)
                return true;
        }

        // One write at a time: the cursor then never passes an item whose acceptance was refused meanwhile.
        await _writing.WaitAsync();
        try
        {
            long to;
            lock (_gate)
            {
                if (!_window.ContainsKey(taken.Number))
                    return true; // Another receiver's write was for this one too.
                to = AcceptedTo();
            }

            if (to < 0)
                return true;
            await _feed.SetCursorAsync(to);
            Leave(to);
            return true;
        }
        catch (StoreUnavailableException)
        {
            lock (_gate)
                entry.State = State.Taken;
            return Refusal.StoreUnavailable;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>The receiver that took it gives it back, once; the next one to take gets it first.</summary>
    public void Release(TakenItem<T> taken)
    {
        lock (_gate)
        {
            if (!_window.TryGetValue(taken.Number, out Entry? entry) || entry.HandOut != taken.HandOut)
                return;
            if (entry.State is not (State.Taken or State.Lapsed))
                return;
            entry.State = State.Released;
            if (!_free.Add(taken.Number))
                return;
        }

        _added.Pulse();
    }

    /// <summary>Frees what has been held for longer than its lease. Returns how many items.</summary>
    internal int TakeBackLapsed()
    {
        int lapsed = 0;
        lock (_gate)
        {
            foreach ((long number, Entry entry) in _window)
            {
                if (entry.State != State.Taken || _time.GetElapsedTime(entry.TakenAt) < _lease)
                    continue;
                entry.State = State.Lapsed;
                _free.Add(number);
                lapsed++;
            }
        }

        if (lapsed > 0)
            _added.Pulse();
        return lapsed;
    }

    /// <summary>Ends the reader: it hands out nothing more, and on return no cursor is written by it any more.</summary>
    internal async ValueTask RetireAsync()
    {
        await _writing.WaitAsync();
        lock (_gate)
        {
            _retired = true;
            _window.Clear();
            _free.Clear();
        }

        _writing.Release();
    }

    private void TakeFree(int max, List<TakenItem<T>> taken)
    {
        lock (_gate)
        {
            while (taken.Count < max && _free.Count > 0)
            {
                long number = _free.Min;
                _free.Remove(number);
                taken.Add(Hand(number, _window[number]));
            }
        }
    }

    private int RoomFor(int wanted)
    {
        lock (_gate)
        {
            if (_retired)
                return 0;
            int room = _maxInFlight - _window.Count;
            _starved |= room < wanted;
            return Math.Min(Math.Min(room, wanted), MaxPerRead);
        }
    }

    private void Enter(FeedBatch<T> batch, HashSet<long> hidden, int room, List<TakenItem<T>> taken)
    {
        lock (_gate)
        {
            if (_retired)
                return;
            if (batch.Items.Count > 0)
                _skipped += batch.SkippedByRetention;
            if (batch.Items.Count < room)
                _starved = false; // There is no more to read, so nobody waits for room.
            foreach (T item in batch.Items)
            {
                _readTo = _feed.NumberOf(item);
                if (hidden.Contains(_readTo))
                {
                    _passedOver++;
                    continue;
                }

                var entry = new Entry { Item = item };
                _window[_readTo] = entry;
                taken.Add(Hand(_readTo, entry));
            }
        }
    }

    // Called under the gate.
    private TakenItem<T> Hand(long number, Entry entry)
    {
        entry.State = State.Taken;
        entry.HandOut++;
        entry.TakenAt = _time.GetTimestamp();
        return new TakenItem<T>(entry.Item, number, entry.HandOut);
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

    // Called under the gate. The last of the accepted items before the first open one, or as far as was read when none is open; -1 when the
    // first one is open.
    private long AcceptedTo()
    {
        long to = -1;
        foreach ((long number, Entry entry) in _window)
        {
            if (entry.State != State.Accepted)
                return to;
            to = number;
        }

        return to < 0 ? to : _readTo;
    }

    private sealed class Entry
    {
        public required T Item { get; init; }

        public State State { get; set; }

        public int HandOut { get; set; }

        public long TakenAt { get; set; }
    }
}
