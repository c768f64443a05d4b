namespace Restante.Net.Loop;

/// <summary>
/// The open connections of one listener, and the places that are taken: a place is reserved at the accept and given back when the
/// handshake fails or the connection ends. The list runs through the connections themselves.
/// </summary>
internal sealed class ConnectionSet(int capacity)
{
    private readonly Lock _lock = new();
    private readonly HashSet<HandedStream> _handed = [];
    private Connection? _first;
    private int _count;
    private int _reserved;
    private TaskCompletionSource? _empty;

    public int Count => Volatile.Read(ref _count);

    public int Reserved => Volatile.Read(ref _reserved);

    public bool TryReserve()
    {
        if (Interlocked.Increment(ref _reserved) <= capacity)
            return true;
        Interlocked.Decrement(ref _reserved);
        return false;
    }

    /// <summary>Gives back a place for which no connection was added.</summary>
    public void ReleasePlace()
    {
        lock (_lock)
        {
            Interlocked.Decrement(ref _reserved);
            SignalIfEmpty();
        }
    }

    public void Add(Connection connection)
    {
        lock (_lock)
        {
            connection.NextInSet = _first;
            if (_first is not null)
                _first.PreviousInSet = connection;
            _first = connection;
            _count++;
        }
    }

    public void Remove(Connection connection)
    {
        lock (_lock)
        {
            if (connection.PreviousInSet is null)
                _first = connection.NextInSet;
            else
                connection.PreviousInSet.NextInSet = connection.NextInSet;
            if (connection.NextInSet is not null)
                connection.NextInSet.PreviousInSet = connection.PreviousInSet;
            connection.NextInSet = connection.PreviousInSet = null;
            _count--;
            Interlocked.Decrement(ref _reserved);
            SignalIfEmpty();
        }
    }

    /// <summary>A stream that others handle has the place.</summary>
    public void Add(HandedStream stream)
    {
        lock (_lock)
            _handed.Add(stream);
    }

    /// <summary>The stream is closed; its place is free.</summary>
    public void Remove(HandedStream stream)
    {
        lock (_lock)
        {
            if (_handed.Remove(stream))
                ReleasePlace();
        }
    }

    /// <summary>Ends the streams that others handle; they remove themselves.</summary>
    public void AbortHanded()
    {
        HandedStream[] handed;
        lock (_lock)
            handed = [.. _handed];
        foreach (HandedStream stream in handed)
            stream.Abort();
    }

    public Connection[] Snapshot()
    {
        lock (_lock)
        {
            Connection[] connections = new Connection[_count];
            int index = 0;
            for (Connection? connection = _first; connection is not null; connection = connection.NextInSet)
                connections[index++] = connection;
            return connections;
        }
    }

    /// <summary>Completes when no place is taken.</summary>
    public Task WhenEmpty()
    {
        lock (_lock)
        {
            if (_reserved == 0)
                return Task.CompletedTask;
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _empty.Task;
        }
    }

    private void SignalIfEmpty()
    {
        if (_reserved != 0 || _empty is null)
            return;
        _empty.SetResult();
        _empty = null;
    }
}
