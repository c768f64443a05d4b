namespace Restante.Storage.Sqlite.Writing;

/// <summary>
/// Finished operations on their way to their callers, as one item of work for the thread pool: to wake a thread for each one costs
/// more than what most callers then do.
/// </summary>
internal sealed class Answers(OperationPool<Answers> pool, StoreSteps? steps) : IThreadPoolWorkItem
{
    /// <summary>So many at the most; several such items run side by side.</summary>
    public const int Most = 64;

    private readonly List<WriteOperation> _finished = new(Most);

    public bool IsFull => _finished.Count == Most;

    public void Add(WriteOperation operation) => _finished.Add(operation);

    public void Send()
    {
        if (_finished.Count == 0)
            pool.Keep(this);
        else if (steps is not null)
            steps.Answer(this);
        else
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public void Execute()
    {
        foreach (WriteOperation operation in _finished)
            operation.Complete();
        _finished.Clear();
        pool.Keep(this);
    }
}
