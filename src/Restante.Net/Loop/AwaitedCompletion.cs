namespace Restante.Net.Loop;

/// <summary>Brings the completion of an asynchronous operation without a result home into a turn.</summary>
internal sealed class AwaitedCompletion<TState> : TurnWork
{
    private readonly Action _onDone;
    private Connection? _connection;
    private ValueTask _task;
    private TState _state = default!;
    private Action<IConnectionSession, Exception?, TState>? _continuation;

    public AwaitedCompletion() => _onDone = Done;

    public override bool Counted => false;

    public static void Start(
        Connection connection, ValueTask task, TState state, Action<IConnectionSession, Exception?, TState> continuation)
    {
        AwaitedCompletion<TState> item = WorkPool<AwaitedCompletion<TState>>.Rent();
        item._connection = connection;
        item._task = task;
        item._state = state;
        item._continuation = continuation;
        task.GetAwaiter().UnsafeOnCompleted(item._onDone);
    }

    /// <summary>Takes the outcome of a completed operation; an operation's outcome can be taken once.</summary>
    public static Exception? Take(ValueTask task)
    {
        try
        {
            task.GetAwaiter().GetResult();
            return null;
        }
#pragma warning disable CA1031 // Whatever the operation failed with is handed to the continuation.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return failure;
        }
    }

    public override void Run(IConnectionSession session)
    {
        TState state = _state;
        Action<IConnectionSession, Exception?, TState> continuation = _continuation!;
        Exception? exception = Take(_task);
        Recycle();
        continuation(session, exception, state);
    }

    public override void Drop()
    {
        _ = Take(_task);
        Recycle();
    }

    private void Done() => _connection!.Enqueue(this);

    private void Recycle()
    {
        _connection = null;
        _task = default;
        _state = default!;
        _continuation = null;
        WorkPool<AwaitedCompletion<TState>>.Return(this);
    }
}
