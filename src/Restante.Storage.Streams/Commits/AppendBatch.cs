using Restante.Core.Streams;

namespace Restante.Storage.Streams.Commits;

/// <summary>
/// What is committed together. Filled under the writer's lock, then written by the writer alone; its waiters are completed by a
/// thread of the pool, and then it goes back to the writer.
/// </summary>
internal sealed class AppendBatch(CommitWriter owner, int slots, LogSteps? steps) : IThreadPoolWorkItem
{
    private const int MaxKeptWaiters = 8 * 1024;

    private readonly StreamPart?[] _parts = new StreamPart?[slots];
    private readonly List<StreamPart> _touched = [];
    private List<AppendWaiter> _waiters = [];
    private Exception? _failure;

    /// <summary>The streams touched.</summary>
    public IReadOnlyList<StreamPart> Parts => _touched;

    /// <summary>How many records.</summary>
    public int Records { get; private set; }

    /// <summary>The bytes it takes in a segment.</summary>
    public long Bytes { get; private set; }

    /// <summary>What it counts for against the limit of waiting bytes.</summary>
    public long Charge { get; set; }

    /// <summary>Adds a record.</summary>
    public (StreamPart Part, int Index) Add(in StreamAppend item, int slot, int size, long timeMs)
    {
        StreamPart part = _parts[slot] ??= new StreamPart(slot);
        if (part.Count == 0)
        {
            _touched.Add(part);
            Bytes += Segments.BlockHeader.Bytes;
        }

        int index = part.Add(item, size, timeMs);
        Bytes += size;
        Records++;
        return (part, index);
    }

    /// <summary>Adds a waiter.</summary>
    public void Add(AppendWaiter waiter) => _waiters.Add(waiter);

    /// <summary>Completes the waiters, on another thread.</summary>
    /// <param name="failure">Why it was not committed; null when it was.</param>
    public void Finish(Exception? failure)
    {
        _failure = failure;
        if (steps is null)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        else
            steps.Answer(this);
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute()
    {
        foreach (AppendWaiter waiter in _waiters)
        {
            if (_failure is null)
                waiter.Complete();
            else
                waiter.Fail(_failure);
        }

        Clear();
        owner.Recycle(this);
    }

    private void Clear()
    {
        foreach (StreamPart part in _touched)
            part.Clear();
        _touched.Clear();
        _waiters.Clear();
        if (_waiters.Capacity > MaxKeptWaiters)
            _waiters = [];
        _failure = null;
        Records = 0;
        Bytes = 0;
        Charge = 0;
    }
}
