using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Storage.Streams.Segments;

namespace Restante.Storage.Streams.Commits;

/// <summary>
/// The one thread that writes. It takes the batch that is waiting, writes it, waits for the medium, publishes it and takes the next, which
/// gathered meanwhile. There is no timer: an idle log commits at once, a busy one in large batches.
/// </summary>
internal sealed class CommitWriter
{
    /// <summary>
    /// What a record counts for against the limit of waiting bytes, besides its own bytes: its waiter and its place in lists.
    /// </summary>
    public const int RecordCharge = 112;

    private const int SmallestBatch = 4 * 1024;
    private const int LargestBatch = 4 * 1024 * 1024;
    private const int MaxKeptBatches = 4;

    private readonly object _gate = new();
    private readonly LogState _state;
    private readonly SegmentRoller _roller;
    private readonly StreamMetrics _metrics;
    private readonly Queue<AppendBatch> _waiting = [];
    private readonly Stack<AppendBatch> _free = [];
    private readonly List<ReadOnlyMemory<byte>> _buffers = [];
    private readonly long[] _lastTimes;
    private readonly long _batchBytes;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<bool>? _roll;
    private AppendBatch? _open;
    private long _pendingBytes;
    private bool _idle;
    private bool _closing;
    private bool _failing;

    /// <summary>Creates the writer; <see cref="Start"/> starts it.</summary>
    public CommitWriter(LogState state, SegmentRoller roller, StreamMetrics metrics)
    {
        _state = state;
        _roller = roller;
        _metrics = metrics;
        _lastTimes = Array.ConvertAll(state.Slots, slot => slot.Mark.LastTimeMs);
        _batchBytes = Math.Clamp(state.Limits.SegmentBytes / 4, SmallestBatch, LargestBatch);
    }

    /// <summary>The bytes that wait for the disk, with what their records cost in memory.</summary>
    public long PendingBytes => Volatile.Read(ref _pendingBytes);

    /// <summary>Starts the thread.</summary>
    public void Start()
    {
        if (_state.Host.Steps is null)
            new Thread(Run) { IsBackground = true, Name = "restante-streams" }.Start();
        else
            _idle = true;
    }

    /// <summary>Hands in one record, already checked.</summary>
    public ValueTask<long> Append(in StreamAppend item, int slot, long nowMs)
    {
        int size = RecordFormat.SizeOf(item);
        long charge = size + RecordCharge;
        AppendWaiter waiter = AppendWaiter.Rent();
        short version = waiter.Version;
        StoreUnavailableException? refusal;
        lock (_gate)
        {
            refusal = Refusal(charge);
            if (refusal is null)
            {
                AppendBatch batch = BatchFor(size + BlockHeader.Bytes);
                (StreamPart part, int index) = batch.Add(item, slot, size, TimeFor(slot, nowMs));
                waiter.WaitFor(part, index);
                Enter(batch, waiter, charge);
            }
        }

        if (refusal is not null)
            waiter.Fail(refusal);
        return new ValueTask<long>(waiter, version);
    }

    /// <summary>Hands in several records, already checked, for one commit.</summary>
    /// <param name="items">The records; at least one.</param>
    /// <param name="bytes">The sum of their sizes.</param>
    /// <param name="nowMs">The time.</param>
    public ValueTask Append(ReadOnlySpan<StreamAppend> items, long bytes, long nowMs)
    {
        long charge = bytes + ((long)RecordCharge * items.Length);
        AppendWaiter waiter = AppendWaiter.Rent();
        short version = waiter.Version;
        StoreUnavailableException? refusal;
        lock (_gate)
        {
            refusal = Refusal(charge);
            if (refusal is null)
            {
                AppendBatch batch = BatchFor(bytes + ((long)BlockHeader.Bytes * Math.Min(items.Length, _lastTimes.Length)));
                foreach (ref readonly StreamAppend item in items)
                {
                    int slot = item.Stream.Value + 1;
                    (StreamPart part, int index) = batch.Add(item, slot, RecordFormat.SizeOf(item), TimeFor(slot, nowMs));
                    waiter.WaitFor(part, index);
                }

                Enter(batch, waiter, charge);
            }
        }

        if (refusal is not null)
            waiter.Fail(refusal);
        return new ValueTask(waiter, version);
    }

    /// <summary>Begins a new segment although the present one is not full. False when that failed.</summary>
    public Task<bool> RollAsync()
    {
        lock (_gate)
        {
            if (_closing)
                return Task.FromResult(false);
            _roll ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            Wake();
            return _roll.Task;
        }
    }

    /// <summary>Refuses new appends, commits what waits, and ends the thread.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _closing = true;
            Wake();
        }

        if (_state.Host.Steps is not null)
            Run();
        return _ended.Task;
    }

    /// <summary>Takes back a batch whose waiters have been completed.</summary>
    public void Recycle(AppendBatch batch)
    {
        lock (_gate)
        {
            if (_free.Count < MaxKeptBatches)
                _free.Push(batch);
        }
    }

    private StoreUnavailableException? Refusal(long charge)
    {
        if (_closing)
            return new StoreUnavailableException("The stream store is shutting down.");
        if (_pendingBytes + charge <= _state.Limits.MaxPendingBytes)
            return null;
        _metrics.Refused();
        return new StoreUnavailableException("Too much is waiting for the disk of the stream store.");
    }

    private AppendBatch BatchFor(long bytes)
    {
        if (_open is not null && _open.Bytes + bytes <= _batchBytes)
            return _open;
        _open = _free.TryPop(out AppendBatch? free) ? free : new AppendBatch(this, _lastTimes.Length, _state.Host.Steps);
        _waiting.Enqueue(_open);
        return _open;
    }

    private long TimeFor(int slot, long nowMs) => _lastTimes[slot] = Math.Max(_lastTimes[slot], nowMs);

    private void Enter(AppendBatch batch, AppendWaiter waiter, long charge)
    {
        batch.Add(waiter);
        batch.Charge += charge;
        _pendingBytes += charge;
        if (_idle)
            Wake();
    }

    private void Wake()
    {
        if (_state.Host.Steps is not { } steps)
        {
            Monitor.Pulse(_gate);
        }
        else if (_idle && !_closing)
        {
            _idle = false;
            steps.Write(Step);
        }
    }

    // What the thread would do now, as one of the steps that somebody else gives out.
    private void Step()
    {
        if (HasWork && Take(out AppendBatch? batch, out TaskCompletionSource<bool>? roll))
            Do(batch, roll);
        if (HasWork)
            _state.Host.Steps!.Write(Step);
        else
            _idle = true;
    }

    private bool HasWork => _waiting.Count > 0 || _roll is not null;

    private void Run()
    {
        while (Take(out AppendBatch? batch, out TaskCompletionSource<bool>? roll))
            Do(batch, roll);

        _ended.SetResult();
    }

    private void Do(AppendBatch? batch, TaskCompletionSource<bool>? roll)
    {
        if (roll is not null)
            roll.SetResult(TryRoll());
        if (batch is not null)
            Commit(batch);
    }

    private bool Take(out AppendBatch? batch, out TaskCompletionSource<bool>? roll)
    {
        lock (_gate)
        {
            while (!HasWork && !_closing)
            {
                _idle = true;
                Monitor.Wait(_gate);
                _idle = false;
            }

            roll = _roll;
            _roll = null;
            if (_waiting.TryDequeue(out batch) && ReferenceEquals(batch, _open))
                _open = null;
            return batch is not null || roll is not null;
        }
    }

    private void Commit(AppendBatch batch)
    {
        long started = _state.Time.GetTimestamp();
        StoreUnavailableException? failure = null;
        try
        {
            _roller.Prepare(batch.Bytes);
            Write(batch);
            Publish(batch);
            _metrics.Committed(batch.Records, batch.Bytes, _state.Time.GetElapsedTime(started));
            if (_failing)
                Log.CommitsAgain(_state.Logger, _state.Path);
            _failing = false;
        }
#pragma warning disable CA1031 // Whatever went wrong, the waiters must hear of it and the writer must live.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = new StoreUnavailableException("The stream store cannot write.", exception);
            _metrics.Failed();
            if (!_failing)
                Log.CommitFailed(_state.Logger, _state.Path, batch.Records, exception);
            _failing = true;
        }

        lock (_gate)
            _pendingBytes -= batch.Charge;
        batch.Finish(failure);
    }

    private void Write(AppendBatch batch)
    {
        Segment segment = _state.Newest;
        long position = segment.End;
        _buffers.Clear();
        for (int i = 0; i < batch.Parts.Count; i++)
        {
            StreamPart part = batch.Parts[i];
            part.Seal(segment.Base + position, _state.NextCommit, _state.Slots[part.Slot].Next, i, batch.Parts.Count);
            _buffers.Add(part.Block);
            position += part.Length;
        }

        // From here until both calls have succeeded nobody knows what stands behind the end of the segment.
        _roller.Doubt(WriteDoubt.Written, position);
        _state.Medium.Write(segment.File!, _buffers, segment.End);
        _roller.Doubt(WriteDoubt.Synced, position);
        _state.Medium.Sync(segment.File!);
        _roller.Doubt(WriteDoubt.None, position);
    }

    private void Publish(AppendBatch batch)
    {
        Segment segment = _state.Newest;
        long position = segment.End;
        foreach (StreamPart part in batch.Parts)
        {
            segment.OldestMs = Math.Min(segment.OldestMs, part.FirstTimeMs);
            var entry = new BlockEntry(position, part.FirstSequence, part.LastTimeMs, part.Length - BlockHeader.Bytes, part.Count);
            segment.Index(part.Slot, entry);
            position = entry.End;
        }

        long end = position;
        position = segment.End;
        segment.End = end;
        _state.NextCommit++;
        foreach (StreamPart part in batch.Parts)
        {
            _state.Slots[part.Slot].Mark =
                new StreamMark(part.FirstSequence + part.Count, segment.Base + position + part.LastRecord, part.LastTimeMs);
            position += part.Length;
        }
    }

    private bool TryRoll()
    {
        try
        {
            _roller.Roll(0);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or StoreUnavailableException)
        {
            Log.UpkeepFailed(_state.Logger, _state.Path, exception);
            return false;
        }
    }
}
