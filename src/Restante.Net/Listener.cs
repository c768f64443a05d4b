using System.Net;
using System.Net.Sockets;
using Restante.Net.Handshakes;
using Restante.Net.Loop;
using Restante.Net.Transports;

namespace Restante.Net;

/// <summary>Accepts connections on one port and starts their loops. Survives exhausted descriptors and hostile peers.</summary>
#pragma warning disable CA1001 // StopAccepting closes the socket and cancels the source, which has no timer: nothing is left to dispose of.
public sealed class Listener : IConnectionSource
#pragma warning restore CA1001
{
    private const int FirstBackOffMs = 50;
    private const int LongestBackOffMs = 1000;

    private readonly NetworkHost _host;
    private readonly Socket _socket;
    private readonly ConnectionSettings[] _settings;
    private readonly ConnectionSet _set;
    private readonly IReadOnlyList<ProtocolBranch> _branches;
    private readonly HandshakeGate? _gate;
    private readonly CancellationTokenSource _stop = new();
    private int _stopped;
    private string _stopReason = "The listener stopped.";

    internal Listener(NetworkHost host, ListenerOptions options, IReadOnlyList<ProtocolBranch> branches)
    {
        _host = host;
        Options = options;
        _branches = branches;
        _set = new ConnectionSet(options.MaxConnections);
        _settings =
            [.. branches.Select(branch => new ConnectionSettings(host, branch.Protocol, options.Limits, options.FirstBytesTimeout, _set))];
        Sorter = branches.Count > 1 || branches[0].StreamHandler is not null ? new ProtocolSorter(branches) : null;
        _gate = options.Tls is null ? null : new HandshakeGate(host, options);
        _socket = Bind(options);
        LocalEndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        Acceptor = AcceptFromSocketAsync;
    }

    /// <summary>Where it listens, with the port that the system chose if 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>The options it was made with.</summary>
    public ListenerOptions Options { get; }

    /// <summary>Open connections, handshakes not included.</summary>
    public int ActiveConnections => _set.Count;

    /// <summary>Tells the protocols apart; null when there is only one.</summary>
    internal ProtocolSorter? Sorter { get; }

    /// <summary>Places taken: open connections and handshakes.</summary>
    internal int Reserved => _set.Reserved;

    internal int HandshakePlacesFree => _gate?.PlacesFree ?? 0;

    internal int OpenSslShrinks => _gate?.Buffers.Shrinks ?? 0;

    internal bool ReleasesOpenSslBuffers => _gate?.Buffers.Works ?? false;

    /// <summary>Takes one connection from the kernel; a seam for faults.</summary>
    internal Func<CancellationToken, ValueTask<Socket>> Acceptor { get; set; }

    /// <summary>Calls <paramref name="action"/> for each connection that is open now.</summary>
    public void ForEach(Action<Connection> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        foreach (Connection connection in _set.Snapshot())
            action(connection);
    }

    /// <summary>Closes the port and gives up handshakes in progress. Open connections go on.</summary>
    public void StopAccepting()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
            return;
        _stop.Cancel();
        _socket.Dispose();
        _gate?.Stop();
        _host.Forget(this);
        Log.StoppedAccepting(_host.Logger, Options.Protocol, LocalEndPoint);
    }

    /// <summary>Stops accepting, drains every connection, and after <paramref name="drainTimeout"/> aborts those that are left.</summary>
    public Task StopAsync(string reason, TimeSpan drainTimeout)
    {
        _stopReason = reason;
        StopAccepting();
        return _host.DrainAsync(_set, reason, drainTimeout);
    }

    internal void Start()
    {
        Log.Listening(_host.Logger, Options.Protocol, LocalEndPoint, Options.Tls is null ? "plain text" : "TLS");
        // A fresh work item: nothing of the caller's context stays with the connections.
        ThreadPool.UnsafeQueueUserWorkItem(static listener => _ = listener.AcceptAsync(), this, preferLocal: false);
    }

    private static Socket Bind(ListenerOptions options)
    {
        IPAddress? address = options.ParseAddress();
        bool dualStack = address is null && Socket.OSSupportsIPv6;
        address ??= dualStack ? IPAddress.IPv6Any : IPAddress.Any;
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (dualStack)
                socket.DualMode = true;
            socket.Bind(new IPEndPoint(address, options.Port));
            socket.Listen(options.Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private ValueTask<Socket> AcceptFromSocketAsync(CancellationToken cancellationToken) => _socket.AcceptAsync(cancellationToken);

    private async Task AcceptAsync()
    {
        int backOffMs = FirstBackOffMs;
        while (Volatile.Read(ref _stopped) == 0)
        {
            try
            {
                Socket socket = await Acceptor(_stop.Token).ConfigureAwait(false);
                backOffMs = FirstBackOffMs;
                Take(socket);
            }
            catch (SocketException exception) when (
                exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // The peer left while it waited in the kernel's queue.
            }
#pragma warning disable CA1031 // The listener goes on whatever an accept fails with: descriptors come back.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                if (Volatile.Read(ref _stopped) != 0)
                    return;
                _host.Metrics.AcceptFailed();
                string error = exception is SocketException socketException
                    ? socketException.SocketErrorCode.ToString()
                    : exception.GetType().Name;
                if (_host.MayLog("accept " + error, out long suppressed))
                    Log.AcceptFailed(_host.Logger, Options.Protocol, error, backOffMs, suppressed);
                await Task.Delay(
                    TimeSpan.FromMilliseconds(backOffMs), _host.TimeProvider,
                    _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                backOffMs = Math.Min(2 * backOffMs, LongestBackOffMs);
            }
        }
    }

    private void Take(Socket socket)
    {
        _host.Metrics.ConnectionAccepted();
        if (!_set.TryReserve())
        {
            Refuse(socket, RefusalReason.ConnectionLimit);
            return;
        }
        EndPoint? peer;
        try
        {
            peer = Prepare(socket);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Reset by the peer between the accept and here.
            socket.Dispose();
            _set.ReleasePlace();
            return;
        }
        if (!_host.Attempts.TryAdd(peer, Options.MaxConnectionsPerSourcePerMinute, _host.Heartbeat.NowMs))
        {
            Refuse(socket, RefusalReason.SourceRate);
            _set.ReleasePlace();
            return;
        }
        if (_gate is null)
            Open(0, new TcpTransport(socket), peer, null, null);
        else
            new Handshake(_host, this, _gate, socket, peer).Start();
    }

    private void Refuse(Socket socket, RefusalReason reason)
    {
        _host.Metrics.ConnectionRefused(reason);
        if (_host.MayLog(reason == RefusalReason.ConnectionLimit ? "refused" : "refused by source", out long suppressed))
            Log.Refused(_host.Logger, Options.Protocol, reason, suppressed);
        socket.Dispose();
    }

    private EndPoint? Prepare(Socket socket)
    {
        // Asynchronous operations ignore this; it lets a write be tried without ever waiting.
        socket.Blocking = false;
        socket.NoDelay = true;
        if (Options.KeepAlive is { } idle)
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)idle.TotalSeconds);
        }
        return socket.RemoteEndPoint;
    }

    /// <summary>Starts the loop of a connection whose place is reserved, with the session of a branch.</summary>
    internal void Open(int branch, Transport transport, EndPoint? peer, TlsDescription? tls, ClientCertificate? certificate)
    {
        if (Volatile.Read(ref _stopped) != 0)
        {
            _host.Metrics.ConnectionRefused(RefusalReason.Stopping);
            transport.Close(reset: true);
            transport.Release();
            _set.ReleasePlace();
            return;
        }
        Connection connection = new(_settings[branch], transport, peer, tls, certificate, _branches[branch].SessionFactory!);
        connection.Start();
        // Stopped meanwhile, perhaps after the open connections were told: the first reason counts, so telling twice does no harm.
        if (Volatile.Read(ref _stopped) != 0)
            connection.Drain(_stopReason);
    }

    /// <summary>Hands a stream whose place is reserved to the handler of a branch. The place is free when the stream is closed.</summary>
    internal void Hand(int branch, HandedStream stream)
    {
        _set.Add(stream);
        if (Volatile.Read(ref _stopped) != 0)
        {
            _host.Metrics.ConnectionRefused(RefusalReason.Stopping);
            stream.Abort();
            return;
        }
        _host.Metrics.ConnectionHanded();
        _branches[branch].StreamHandler!(stream);
    }

    /// <summary>The place of a stream that was handed on is free.</summary>
    internal void TakeBack(HandedStream stream) => _set.Remove(stream);

    /// <summary>Gives back the place of a connection whose handshake failed.</summary>
    internal void GiveUp() => _set.ReleasePlace();
}
