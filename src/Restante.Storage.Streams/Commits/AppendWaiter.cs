using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;

namespace Restante.Storage.Streams.Commits;

/// <summary>
/// One call of append that waits for its commit. Pooled: it goes back when its result is taken. The caller goes on inside the call that
/// completes it, which is therefore never made on the writer's thread.
/// </summary>
internal sealed class AppendWaiter : IValueTaskSource<long>, IValueTaskSource
{
    private const int MaxLocal = 256;
    private const int MaxShared = 16 * 1024;

    [ThreadStatic]
    private static Stack<AppendWaiter>? _local;
    private static readonly ConcurrentQueue<AppendWaiter> _shared = [];
    private static int _sharedCount;

    private ManualResetValueTaskSourceCore<long> _core;
    private StreamPart? _part;
    private int _index;

    private AppendWaiter()
    {
    }

    /// <summary>The token of its present use.</summary>
    public short Version => _core.Version;

    /// <summary>Takes one from the pool.</summary>
    public static AppendWaiter Rent()
    {
        if (_local is { Count: > 0 } local)
            return local.Pop();
        if (!_shared.TryDequeue(out AppendWaiter? waiter))
            return new AppendWaiter();
        Interlocked.Decrement(ref _sharedCount);
        return waiter;
    }

    /// <summary>Says which record's sequence number is the result.</summary>
    public void WaitFor(StreamPart part, int index)
    {
        _part = part;
        _index = index;
    }

    /// <summary>The batch is durable.</summary>
    public void Complete()
    {
        long sequence = _part!.FirstSequence + _index;
        _part = null;
        _core.SetResult(sequence);
    }

    /// <summary>The batch failed.</summary>
    public void Fail(Exception exception)
    {
        _part = null;
        _core.SetException(exception);
    }

    /// <inheritdoc/>
    public long GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            Return();
        }
    }

    /// <inheritdoc/>
    void IValueTaskSource.GetResult(short token) => GetResult(token);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Return()
    {
        _core.Reset();
        Stack<AppendWaiter> local = _local ??= new Stack<AppendWaiter>(MaxLocal);
        if (local.Count < MaxLocal)
        {
            local.Push(this);
        }
        else if (Interlocked.Increment(ref _sharedCount) <= MaxShared)
        {
            _shared.Enqueue(this);
        }
        else
        {
            Interlocked.Decrement(ref _sharedCount);
        }
    }
}
