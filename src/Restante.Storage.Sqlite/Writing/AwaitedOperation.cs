using System.Threading.Tasks.Sources;

namespace Restante.Storage.Sqlite.Writing;

/// <summary>
/// A write operation that its caller awaits. The caller's code goes on on the thread pool, never on the writer's thread: the writer answers
/// through <see cref="Answers"/>.
/// </summary>
internal abstract class AwaitedOperation<T> : WriteOperation, IValueTaskSource<T>
{
    private ManualResetValueTaskSourceCore<T> _core;
    private Exception? _failure;

    /// <summary>The task of the caller; to be taken before the operation is submitted, and awaited once.</summary>
    public ValueTask<T> Task => new(this, _core.Version);

    public sealed override void Complete()
    {
        if (_failure is null)
            _core.SetResult(TakeResult());
        else
            _core.SetException(_failure);
    }

    public sealed override void Fail(Exception failure) => _failure = failure;

    public T GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            _failure = null;
            Recycle();
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <summary>The result, once the operation has been applied.</summary>
    protected abstract T TakeResult();

    /// <summary>The caller has its result: the object may be used again.</summary>
    protected virtual void Recycle()
    {
    }
}
