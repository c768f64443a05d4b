namespace Restante.Storage.Sqlite.Writing;

/// <summary>A write operation that is not hot, made of two functions.</summary>
/// <param name="execute">Makes the changes and returns the result.</param>
/// <param name="apply">Shows them in memory; null when there is nothing to show.</param>
/// <param name="alone">See <see cref="WriteOperation.IsAlone"/>.</param>
/// <param name="bytes">See <see cref="WriteOperation.Bytes"/>.</param>
/// <param name="undo">Frees what <paramref name="execute"/> has claimed; null when it claims nothing.</param>
internal sealed class SimpleOperation<T>(
    Func<WriteSession, T> execute, Action<T>? apply = null, bool alone = false, long bytes = 0, Action? undo = null)
    : AwaitedOperation<T>
{
    private T _result = default!;

    public override bool IsAlone => alone;

    public override long Bytes => bytes;

    public override void Execute(WriteSession session) => _result = execute(session);

    public override void Apply() => apply?.Invoke(_result);

    public override void Undo() => undo?.Invoke();

    protected override T TakeResult() => _result;
}
