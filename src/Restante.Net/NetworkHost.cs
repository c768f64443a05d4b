using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Restante.Net.Buffers;
using Restante.Net.Loop;
using Restante.Net.Timing;

namespace Restante.Net;

/// <summary>What all connections of a process share: the heartbeat, the counters, and the way down. One per process.</summary>
public sealed class NetworkHost : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Listener> _listeners = [];
    private readonly LogThrottle _throttle = new();
    private long _lastConnectionId;
    private bool _shuttingDown;

    /// <summary>Makes a host on a clock, the system's by default.</summary>
    public NetworkHost(TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null)
    {
        TimeProvider = timeProvider ?? TimeProvider.System;
        Logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("Restante.Net");
        Heartbeat = new Heartbeat(TimeProvider);
    }

    /// <summary>The one source of deadlines.</summary>
    public Heartbeat Heartbeat { get; }

    /// <summary>Counters of all connections.</summary>
    public NetMetrics Metrics { get; } = new();

    internal TimeProvider TimeProvider { get; }

    internal ILogger Logger { get; }

    internal BufferLedger Buffers { get; } = new();

    internal ConnectionSet ClientConnections { get; } = new(int.MaxValue);

    /// <summary>Binds a listener and starts accepting. The factory runs in the first turn of each connection.</summary>
    /// <exception cref="ArgumentException">An option is out of range, or plain text would be spoken beyond loopback.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The address or port cannot be bound.</exception>
    public Listener Listen(ListenerOptions options, Func<Connection, IConnectionSession> sessionFactory)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(sessionFactory);
        options.Validate();
        Listener listener = new(this, options, sessionFactory);
        lock (_lock)
        {
            if (_shuttingDown)
            {
                listener.StopAccepting();
                throw new InvalidOperationException("The host is shutting down.");
            }
            _listeners.Add(listener);
        }
        listener.Start();
        return listener;
    }

    /// <summary>
    /// Shuts down in two phases: stop accepting and drain every connection; after <paramref name="drainTimeout"/>, abort what is left.
    /// </summary>
    public async Task ShutdownAsync(string reason, TimeSpan drainTimeout)
    {
        Listener[] listeners;
        lock (_lock)
        {
            _shuttingDown = true;
            listeners = [.. _listeners];
        }
        List<Task> stops = [.. listeners.Select(listener => listener.StopAsync(reason, drainTimeout)), DrainAsync(ClientConnections, reason, drainTimeout)];
        await Task.WhenAll(stops).ConfigureAwait(false);
    }

    /// <summary>Aborts every connection and stops the heartbeat.</summary>
    public async ValueTask DisposeAsync()
    {
        await ShutdownAsync("The host ended.", TimeSpan.Zero).ConfigureAwait(false);
        Heartbeat.Dispose();
        Metrics.Dispose();
    }

    internal long NextConnectionId() => Interlocked.Increment(ref _lastConnectionId);

    internal bool MayLog(string cause, out long suppressed) => _throttle.Allows(cause, Heartbeat.NowMs, out suppressed);

    internal void LogSessionFault(Connection connection, Exception exception)
    {
        if (MayLog("session " + exception.GetType().Name, out long suppressed))
            Log.SessionFault(Logger, exception, connection.Protocol, connection.Id, suppressed);
    }

    internal void Forget(Listener listener)
    {
        lock (_lock)
            _listeners.Remove(listener);
    }

    /// <summary>Drains the connections of a set, then aborts those that are left.</summary>
    internal async Task DrainAsync(ConnectionSet set, string reason, TimeSpan drainTimeout)
    {
        foreach (Connection connection in set.Snapshot())
            connection.Drain(reason);
        Task empty = set.WhenEmpty();
        if (drainTimeout > TimeSpan.Zero && !empty.IsCompleted)
        {
            using CancellationTokenSource timeout = new(drainTimeout, TimeProvider);
            await empty.WaitAsync(timeout.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        // Repeated, because a connection may be made from an accept that was under way.
        for (bool first = true; !empty.IsCompleted; first = false)
        {
            Connection[] left = set.Snapshot();
            if (first && drainTimeout > TimeSpan.Zero && left.Length > 0)
                Log.DrainTimeout(Logger, left.Length);
            foreach (Connection connection in left)
                connection.Abort(ConnectionEndReason.DrainTimeout, reason);
            await empty.WaitAsync(TimeSpan.FromMilliseconds(100)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
