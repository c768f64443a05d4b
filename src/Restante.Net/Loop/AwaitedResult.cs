namespace Restante.Net.Loop;

/// <summary>Brings the result of an asynchronous operation home into a turn.</summary>
internal sealed class AwaitedResult<TResult, TState> : TurnWork
{
    private readonly Action _onDone;
    private Connection? _connection;
    private ValueTask<TResult> _task;
    private TState _state = default!;
    private Action<IConnectionSession, TResult?, Exception?, TState>? _continuation;

    public AwaitedResult() => _onDone = Done;

    public override bool Counted => false;

    public static void Start(
        Connection connection, ValueTask<TResult> task, TState state, Action<IConnectionSession, TResult?, Exception?, TState> continuation)
    {
        AwaitedResult<TResult, TState> item = WorkPool<AwaitedResult<TResult, TState>>.Rent();
        item._connection = connection;
        item._task = task;
        item._state = state;
        item._continuation = continuation;
        task.GetAwaiter().UnsafeOnCompleted(item._onDone);
    }

    /// <summary>Takes the outcome of a completed operation; an operation's outcome can be taken once.</summary>
    public static TResult? Take(ValueTask<TResult> task, out Exception? exception)
    {
        exception = null;
        try
        {
            return task.GetAwaiter().GetResult();
        }
#pragma warning disable CA1031 // Whatever the operation failed with is handed to the continuation.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            exception = failure;
            return default;
        }
    }

    public override void Run(IConnectionSession session)
    {
        TState state = _state;
        Action<IConnectionSession, TResult?, Exception?, TState> continuation = _continuation!;
        TResult? result = Take(_task, out Exception? exception);
        Recycle();
        continuation(session, result, exception, state);
    }

    public override void Drop()
    {
        _ = Take(_task, out _);
        Recycle();
    }

    private void Done() => _connection!.Enqueue(this);

    private void Recycle()
    {
        _connection = null;
        _task = default;
        _state = default!;
        _continuation = null;
        WorkPool<AwaitedResult<TResult, TState>>.Return(this);
    }
}
