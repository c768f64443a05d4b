namespace Restante.Storage.Sqlite.Writing;

/// <summary>Keeps some finished operations for the next calls.</summary>
internal sealed class OperationPool<T>
    where T : class
{
    private const int MaxKept = 1_024;

    private readonly Stack<T> _kept = new();
    private readonly Lock _gate = new();

    public bool TryTake(out T? operation)
    {
        lock (_gate)
            return _kept.TryPop(out operation);
    }

    public void Keep(T operation)
    {
        lock (_gate)
        {
            if (_kept.Count < MaxKept)
                _kept.Push(operation);
        }
    }
}
