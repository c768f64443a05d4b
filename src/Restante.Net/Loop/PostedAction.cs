namespace Restante.Net.Loop;

/// <summary>An action posted from any thread.</summary>
internal sealed class PostedAction<TState> : TurnWork
{
    private TState _state = default!;
    private Action<IConnectionSession, TState>? _action;

    public static PostedAction<TState> Rent(TState state, Action<IConnectionSession, TState> action)
    {
        PostedAction<TState> item = WorkPool<PostedAction<TState>>.Rent();
        item._state = state;
        item._action = action;
        return item;
    }

    public override void Run(IConnectionSession session)
    {
        TState state = _state;
        Action<IConnectionSession, TState> action = _action!;
        Drop();
        action(session, state);
    }

    public override void Drop()
    {
        _state = default!;
        _action = null;
        WorkPool<PostedAction<TState>>.Return(this);
    }
}
