using System.Buffers;
using System.Net;
using System.Security.Authentication;
using Restante.Net.Loop;
using Restante.Net.Timing;
using Restante.Net.Transports;

namespace Restante.Net;

/// <summary>
/// One connection and the loop that owns it. Bytes that come, posted actions, deadlines and finished writes each ask for a turn; one thread
/// at a time runs turns, so that session code has no locks. While nothing happens it holds no buffer, no task beyond the pending empty
/// read, and no timer of its own.
/// </summary>
public sealed partial class Connection : IThreadPoolWorkItem, ITimed, IBufferWriter<byte>
{
    private const int MaxAwaitDepth = 16;

    private readonly ConnectionSettings _settings;
    private readonly PeerAddress _peer;
    private readonly TlsDescription? _tls;
    private Transport? _transport;
    private IConnectionSession? _session;
    private Func<Connection, IConnectionSession>? _sessionFactory;
    private HeartbeatLink _link;
    private Inbox _inbox;
    private int _signals;
    private int _turnThread;
    private int _awaitDepth;
    private string? _drainReason;
    private string? _closeReason;
    private EndRequest? _abortRequest;
    private ClientCertificate? _clientCertificate;
    private long _bytesReceived;
    private long _bytesSent;

    internal Connection(
        ConnectionSettings settings,
        Transport transport,
        EndPoint? peer,
        TlsDescription? tls,
        ClientCertificate? clientCertificate,
        Func<Connection, IConnectionSession> sessionFactory)
    {
        _settings = settings;
        _transport = transport;
        _peer = new PeerAddress(peer);
        _tls = tls;
        _clientCertificate = clientCertificate;
        _sessionFactory = sessionFactory;
        Id = settings.Host.NextConnectionId();
        if (settings.FirstBytesTimeout is { } timeout)
            _firstBytesDeadlineMs = NowMs + (long)timeout.TotalMilliseconds;
    }

    /// <summary>Unique in this process, from 1, rising.</summary>
    public long Id { get; }

    /// <summary>The listener's <see cref="ListenerOptions.Protocol"/>, or <c>client</c>.</summary>
    public string Protocol => _settings.Protocol;

    /// <summary>The host it belongs to.</summary>
    public NetworkHost Host => _settings.Host;

    /// <summary>Its limits.</summary>
    public ConnectionLimits Limits => _settings.Limits;

    /// <summary>The heartbeat's clock, in milliseconds.</summary>
    public long NowMs => _settings.Host.Heartbeat.NowMs;

    /// <summary>The peer's address and port; made on demand, available after the end too. Null when the system did not tell.</summary>
    public IPEndPoint? RemoteEndPoint => _peer.ToEndPoint();

    /// <summary>Whether it runs under TLS.</summary>
    public bool IsTls => _tls is not null;

    /// <summary>Whether its bytes travel in a WebSocket.</summary>
    public bool IsWebSocket => _settings.IsWebSocket;

    /// <summary>The TLS version agreed upon, or <see cref="SslProtocols.None"/>.</summary>
    public SslProtocols TlsProtocol => _tls?.Protocol ?? SslProtocols.None;

    /// <summary>The application protocol agreed upon by ALPN, or null.</summary>
    public string? AlpnProtocol => _tls?.AlpnProtocol;

    /// <summary>Whether the peer presented a certificate that has not been taken yet.</summary>
    public bool HasClientCertificate => _clientCertificate is not null;

    /// <summary>Application bytes received.</summary>
    public long BytesReceived => Interlocked.Read(ref _bytesReceived);

    /// <summary>Application bytes handed to the kernel.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    /// <summary>Whether it has ended. The session's <see cref="IConnectionSession.Closed"/> may just be running.</summary>
    public bool IsEnded => _phase == Phase.Ended;

    /// <summary>
    /// Where the session writes. Only inside a turn; flushed when the turn ends. Writes after the close has been flushed are discarded.
    /// </summary>
    /// <exception cref="InvalidOperationException">Used outside a turn.</exception>
    public IBufferWriter<byte> Output
    {
        get
        {
            RequireTurn();
            return this;
        }
    }

    /// <summary>Bytes written to <see cref="Output"/> and not yet taken by the kernel.</summary>
    public long PendingOutputBytes => Volatile.Read(ref _pendingOutputBytes);

    ref HeartbeatLink ITimed.Link => ref _link;

    internal Connection? NextInSet { get; set; }

    internal Connection? PreviousInSet { get; set; }

    private bool InTurn => Volatile.Read(ref _turnThread) == Environment.CurrentManagedThreadId;

    /// <summary>
    /// The certificate that the peer presented, or null. Once: the connection does not keep it. Only inside a turn, or while the session is
    /// made.
    /// </summary>
    public ClientCertificate? TakeClientCertificate() => Interlocked.Exchange(ref _clientCertificate, null);

    /// <summary>
    /// Flushes what was written, tells the peer (TLS close_notify, TCP FIN), waits for the peer's own end, and closes; all within
    /// <see cref="ConnectionLimits.CloseTimeout"/>. Nothing more is received. Any thread; the first reason counts.
    /// </summary>
    public void CompleteAndClose(string reason = "completed")
    {
        if (Interlocked.CompareExchange(ref _closeReason, reason, null) is null)
            Signal(TurnSignals.Close);
    }

    /// <summary>Ends the connection at once; what was not sent is discarded. Any thread; the first call counts.</summary>
    public void Abort(string reason) => Abort(ConnectionEndReason.Aborted, reason);

    /// <summary>Ends the connection at once for a given cause. Any thread; the first call counts.</summary>
    public void Abort(ConnectionEndReason reason, string detail)
    {
        if (Interlocked.CompareExchange(ref _abortRequest, new EndRequest(new ConnectionEnd(reason, detail)), null) is null)
            Signal(TurnSignals.Abort);
    }

    /// <summary>Has the session drain, in a turn. Any thread; the first call counts.</summary>
    public void Drain(string reason)
    {
        if (Interlocked.CompareExchange(ref _drainReason, reason, null) is null)
            Signal(TurnSignals.Drain);
    }

    /// <summary>
    /// Has <paramref name="action"/> run in a turn: exactly once, in the order of each poster's calls. Any thread. Use a static lambda.
    /// </summary>
    /// <returns>
    /// False if the connection has ended, or if <see cref="ConnectionLimits.MaxPosts"/> actions wait; then the connection is ended with
    /// <see cref="ConnectionEndReason.PostLimit"/>. The action will not run.
    /// </returns>
    public bool Post<TState>(TState state, Action<IConnectionSession, TState> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        PostedAction<TState> work = PostedAction<TState>.Rent(state, action);
        if (_inbox.TryPush(work, _settings.Limits.MaxPosts, out bool full))
        {
            Signal(TurnSignals.Posted);
            return true;
        }
        work.Drop();
        if (full)
            Abort(ConnectionEndReason.PostLimit, "More actions were posted to the connection than it could run.");
        return false;
    }

    /// <summary>
    /// Brings the outcome of an asynchronous operation home into a turn. Called inside a turn with a completed operation, the continuation
    /// runs before this returns (to a nesting of 16); otherwise in a later turn. Never after the end. Use a static lambda.
    /// </summary>
    public void Await<TResult, TState>(
        ValueTask<TResult> task, TState state, Action<IConnectionSession, TResult?, Exception?, TState> continuation)
    {
        ArgumentNullException.ThrowIfNull(continuation);
        if (!task.IsCompleted || !MayRunInline())
        {
            AwaitedResult<TResult, TState>.Start(this, task, state, continuation);
            return;
        }
        TResult? result = AwaitedResult<TResult, TState>.Take(task, out Exception? exception);
        _awaitDepth++;
        try
        {
            continuation(_session!, result, exception, state);
        }
        finally
        {
            _awaitDepth--;
        }
    }

    /// <summary>As the other overload, for an operation without a result.</summary>
    public void Await<TState>(ValueTask task, TState state, Action<IConnectionSession, Exception?, TState> continuation)
    {
        ArgumentNullException.ThrowIfNull(continuation);
        if (!task.IsCompleted || !MayRunInline())
        {
            AwaitedCompletion<TState>.Start(this, task, state, continuation);
            return;
        }
        Exception? exception = AwaitedCompletion<TState>.Take(task);
        _awaitDepth++;
        try
        {
            continuation(_session!, exception, state);
        }
        finally
        {
            _awaitDepth--;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Protocol} connection {Id} from {RemoteEndPoint}";

    /// <summary>Puts a finished operation into the inbox. Any thread.</summary>
    internal void Enqueue(TurnWork work)
    {
        if (_inbox.TryPush(work, int.MaxValue, out _))
            Signal(TurnSignals.Posted);
        else
            work.Drop();
    }

    // Inside the session factory there is no session yet to hand to a continuation: it runs in the turn that follows.
    private bool MayRunInline() => _session is not null && _phase != Phase.Ended && _awaitDepth < MaxAwaitDepth && InTurn;

    private void RequireTurn()
    {
        if (!InTurn)
            throw new InvalidOperationException(
                "The output of a connection is available inside its turns only. Use Post to come into one.");
    }

    private sealed class EndRequest(ConnectionEnd end)
    {
        public ConnectionEnd End { get; } = end;
    }
}
