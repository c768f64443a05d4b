using System.Buffers;

namespace Restante.Net.Tests;

/// <summary>A session that a test scripts, and that notices when it is called twice at a time or after its end.</summary>
internal sealed class ProbeSession(Connection connection) : IConnectionSession
{
    private readonly TaskCompletionSource<ConnectionEnd> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inside;
    private long _received;

    public delegate int Receiver(ProbeSession session, ReadOnlySpan<byte> bytes);

    public Connection Connection { get; } = connection;

    public Receiver OnReceive { get; init; } = Echo;

    public Action<ProbeSession, string>? OnDrain { get; init; } = static (session, reason) => session.Connection.CompleteAndClose(reason);

    public Action<ProbeSession, long>? OnTick { get; init; }

    public Action<ProbeSession>? OnOutputReady { get; init; }

    public Func<ProbeSession, bool> Wants { get; init; } = static _ => true;

    public long DeadlineMs { get; set; } = long.MaxValue;

    public int Needed { get; set; }

    public long Received => Interlocked.Read(ref _received);

    public int MostBytesPresented { get; private set; }

    public int Calls { get; private set; }

    public int ClosedCalls { get; private set; }

    public string? DrainReason { get; private set; }

    public bool CalledTwiceAtATime { get; private set; }

    public bool CalledAfterEnd { get; private set; }

    public Task<ConnectionEnd> End => _closed.Task.WaitAsync(Wait.Limit);

    public int MinimumBytesNeeded => Needed;

    public bool WantsBytes => Wants(this);

    public long NextDeadlineMs => DeadlineMs;

    public static int Echo(ProbeSession session, ReadOnlySpan<byte> bytes)
    {
        session.Connection.Output.Write(bytes);
        return bytes.Length;
    }

    public static int Swallow(ProbeSession session, ReadOnlySpan<byte> bytes) => bytes.Length;

    public int Receive(ReadOnlySpan<byte> bytes)
    {
        Enter();
        Calls++;
        MostBytesPresented = Math.Max(MostBytesPresented, bytes.Length);
        try
        {
            int consumed = OnReceive(this, bytes);
            Interlocked.Add(ref _received, consumed);
            return consumed;
        }
        finally
        {
            Leave();
        }
    }

    public void Tick(long nowMs)
    {
        Enter();
        OnTick?.Invoke(this, nowMs);
        Leave();
    }

    public void OutputReady()
    {
        Enter();
        OnOutputReady?.Invoke(this);
        Leave();
    }

    public void Drain(string reason)
    {
        Enter();
        DrainReason = reason;
        OnDrain?.Invoke(this, reason);
        Leave();
    }

    public void Closed(ConnectionEnd end)
    {
        Enter();
        ClosedCalls++;
        _closed.TrySetResult(end);
        Leave();
    }

    public void Enter()
    {
        if (Interlocked.Exchange(ref _inside, 1) != 0)
            CalledTwiceAtATime = true;
        if (_closed.Task.IsCompleted)
            CalledAfterEnd = true;
    }

    public void Leave() => Volatile.Write(ref _inside, 0);
}
