using Restante.Core.Storage;

namespace Restante.Storage.Sqlite.Database;

/// <summary>
/// The connections that read. A read runs on the caller's thread and sees every commit that was confirmed before it began.
/// </summary>
internal sealed class ReaderPool : IDisposable
{
    private readonly Stack<Connection> _idle = new();
    private readonly Func<Connection> _open;
    private int _lent;
    private bool _closed;

    public ReaderPool(Func<Connection> open, int count)
    {
        _open = open;
        for (int i = 0; i < count; i++)
            _idle.Push(open());
    }

    /// <summary>Runs one read.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be read now.</exception>
    public TResult Read<TState, TResult>(TState state, Func<Connection, TState, TResult> read)
    {
        Connection connection = Rent();
        bool isOver = false, spoilt = false;
        try
        {
            TResult result = read(connection, state);
            isOver = true;
            return result;
        }
        catch (SqliteFailure failure)
        {
            spoilt = failure.SpoilsConnection;
            throw new StoreUnavailableException("The store cannot be read now.", failure);
        }
        finally
        {
            if (!isOver)
                connection.ResetStatements(); // A row that cannot be read must not keep what is read open, nor its statement from the next.
            Return(connection, spoilt);
        }
    }

    public void Dispose()
    {
        lock (_idle)
        {
            _closed = true;
            while (_lent > 0)
                Monitor.Wait(_idle);
            while (_idle.TryPop(out Connection? connection))
                connection.Dispose();
        }
    }

    private Connection Rent()
    {
        lock (_idle)
        {
            while (_idle.Count == 0 && !_closed)
                Monitor.Wait(_idle);
            if (_closed)
                throw new StoreUnavailableException("The store is closed.");
            _lent++;
            return _idle.Pop();
        }
    }

    private void Return(Connection connection, bool spoilt)
    {
        if (spoilt)
            connection = Replace(connection);
        lock (_idle)
        {
            _lent--;
            _idle.Push(connection);
            Monitor.PulseAll(_idle);
        }
    }

    private Connection Replace(Connection connection)
    {
        try
        {
            Connection fresh = _open();
            connection.Dispose();
            return fresh;
        }
        catch (SqliteFailure)
        {
            return connection; // The next read fails again and tries again.
        }
    }
}
