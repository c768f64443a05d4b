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
    private readonly List<IConnectionSource> _sources = [];
    private readonly LogThrottle _throttle;
    private long _lastConnectionId;
    private bool _shuttingDown;

    /// <summary>Makes a host on a clock, the system's by default.</summary>
    public NetworkHost(TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null)
    {
        TimeProvider = timeProvider ?? TimeProvider.System;
        _throttle = new LogThrottle(TimeProvider, TimeSpan.FromSeconds(10));
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

    /// <summary>
    /// Takes the turns that wait for a thread, in place of the thread pool; for a simulation, which gives them out itself. Null for the
    /// pool.
    /// </summary>
    internal Action<IThreadPoolWorkItem>? TurnQueue { get; init; }

    internal SourceAttempts Attempts { get; } = new();

    internal ConnectionSet ClientConnections { get; } = new(int.MaxValue);

    /// <summary>Binds a listener and starts accepting. The factory runs in the first turn of each connection.</summary>
    /// <exception cref="ArgumentException">An option is out of range, or plain text would be spoken beyond loopback.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The address or port cannot be bound.</exception>
    public Listener Listen(ListenerOptions options, Func<Connection, IConnectionSession> sessionFactory)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(sessionFactory);
        options.Validate();
        return Start(new Listener(this, options, [new ProtocolBranch { Protocol = options.Protocol, SessionFactory = sessionFactory }]));
    }

    /// <summary>
    /// Binds a listener for several protocols on one port. They are told apart by what was agreed upon by ALPN, else by the first bytes
    /// under TLS, which have until the end of <see cref="ListenerOptions.HandshakeTimeout"/>; no session and no handler runs before.
    /// </summary>
    /// <param name="options">Where and how. The protocols offered by ALPN are those of the branches, in their order.</param>
    /// <param name="branches">The protocols, at most one of them without first bytes: it gets whatever no other takes.</param>
    /// <exception cref="ArgumentException">An option is out of range, there is no TLS, or the branches cannot be told apart.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The address or port cannot be bound.</exception>
    public Listener Listen(ListenerOptions options, IReadOnlyList<ProtocolBranch> branches)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(branches);
        options.Validate();
        ProtocolBranch.Validate(branches);
        if (options.Tls is not { } tls)
            throw new ArgumentException("Several protocols share a port under TLS only.", nameof(options));
        options = options with { Tls = tls with { AlpnProtocols = [.. branches.SelectMany(static branch => branch.AlpnProtocols)] } };
        return Start(new Listener(this, options, branches));
    }

    /// <summary>Makes a listener for WebSockets that a web server accepts. The factory runs in the first turn of each connection.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public WebSocketListener ListenForWebSockets(WebSocketListenerOptions options, Func<Connection, IConnectionSession> sessionFactory)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(sessionFactory);
        options.Validate();
        WebSocketListener listener = new(this, options, sessionFactory);
        if (!TryAdd(listener))
            throw new InvalidOperationException("The host is shutting down.");
        return listener;
    }

    /// <summary>
    /// Shuts down in two phases: stop accepting and drain every connection; after <paramref name="drainTimeout"/>, abort what is left.
    /// </summary>
    public async Task ShutdownAsync(string reason, TimeSpan drainTimeout)
    {
        IConnectionSource[] sources;
        lock (_lock)
        {
            _shuttingDown = true;
            sources = [.. _sources];
        }
        List<Task> stops =
            [.. sources.Select(source => source.StopAsync(reason, drainTimeout)), DrainAsync(ClientConnections, reason, drainTimeout)];
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

    internal void QueueTurn(IThreadPoolWorkItem turn)
    {
        if (TurnQueue is null)
            ThreadPool.UnsafeQueueUserWorkItem(turn, preferLocal: false);
        else
            TurnQueue(turn);
    }

    internal bool MayLog(string cause, out long suppressed) => _throttle.Allows(cause, out suppressed);

    internal void LogSessionFault(Connection connection, Exception exception)
    {
        if (MayLog("session " + exception.GetType().Name, out long suppressed))
            Log.SessionFault(Logger, exception, connection.Protocol, connection.Id, suppressed);
    }

    internal void LogTransportFault(Connection connection, Exception exception)
    {
        if (MayLog("transport " + exception.GetType().Name, out long suppressed))
            Log.TransportFault(Logger, exception, connection.Protocol, connection.Id, suppressed);
    }

    internal void Forget(IConnectionSource source)
    {
        lock (_lock)
            _sources.Remove(source);
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
            set.AbortHanded();
            await empty.WaitAsync(TimeSpan.FromMilliseconds(100)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Listener Start(Listener listener)
    {
        if (!TryAdd(listener))
        {
            listener.StopAccepting();
            throw new InvalidOperationException("The host is shutting down.");
        }
        listener.Start();
        return listener;
    }

    private bool TryAdd(IConnectionSource source)
    {
        lock (_lock)
        {
            if (!_shuttingDown)
                _sources.Add(source);
            return !_shuttingDown;
        }
    }
}
