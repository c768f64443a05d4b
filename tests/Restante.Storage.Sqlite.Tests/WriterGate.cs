namespace Restante.Storage.Sqlite.Tests;

/// <summary>Holds the writer just before its next commit.</summary>
internal sealed class WriterGate : IDisposable
{
    private readonly SqliteGatewayStore _store;
    private readonly ManualResetEventSlim _held = new();
    private readonly ManualResetEventSlim _open = new();

    public WriterGate(SqliteGatewayStore store, bool fail = false)
    {
        _store = store;
        store.Writer.BeforeCommit = size =>
        {
            Batches.Add(size);
            _held.Set();
            _open.Wait();
            if (fail)
                throw new IOException("no");
        };
    }

    public List<int> Batches { get; } = [];

    public void WaitUntilHeld() => _held.Wait();

    public void Open() => _open.Set();

    public void Dispose()
    {
        _store.Writer.BeforeCommit = null;
        _open.Set();
    }
}
