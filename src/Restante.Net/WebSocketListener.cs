using Restante.Net.Loop;
using Restante.Net.Transports;

namespace Restante.Net;

/// <summary>
/// Takes WebSockets that a web server accepts and starts their loops: the counterpart of a <see cref="Listener"/>, without a port of its
/// own.
/// </summary>
public sealed class WebSocketListener : IConnectionSource
{
    private readonly NetworkHost _host;
    private readonly ConnectionSettings _settings;
    private readonly ConnectionSet _set;
    private readonly Func<Connection, IConnectionSession> _sessionFactory;
    private int _stopped;
    private string _stopReason = "The listener stopped.";

    internal WebSocketListener(NetworkHost host, WebSocketListenerOptions options, Func<Connection, IConnectionSession> sessionFactory)
    {
        _host = host;
        Options = options;
        _sessionFactory = sessionFactory;
        _set = new ConnectionSet(options.MaxConnections);
        _settings = new ConnectionSettings(host, options.Protocol, options.Limits, options.FirstBytesTimeout, _set, IsWebSocket: true);
    }

    /// <summary>The options it was made with.</summary>
    public WebSocketListenerOptions Options { get; }

    /// <summary>Open connections.</summary>
    public int ActiveConnections => _set.Count;

    /// <summary>
    /// Accepts a WebSocket, if there is a place for it, and runs it to its end. Of what <paramref name="accept"/> throws nothing is caught.
    /// </summary>
    /// <param name="accept">Accepts it; called only when there is a place.</param>
    /// <param name="peer">Who is at the other end.</param>
    public async Task<WebSocketEnd> RunAsync(Func<Task<AcceptedWebSocket>> accept, WebSocketPeer peer)
    {
        ArgumentNullException.ThrowIfNull(accept);
        _host.Metrics.ConnectionAccepted();
        if (Volatile.Read(ref _stopped) != 0)
            return Refuse(RefusalReason.Stopping);
        if (!_host.Attempts.TryAdd(peer.EndPoint, Options.MaxConnectionsPerSourcePerMinute, _host.Heartbeat.NowMs))
            return Refuse(RefusalReason.SourceRate);
        if (!_set.TryReserve())
            return Refuse(RefusalReason.ConnectionLimit);
        WebSocketTransport transport;
        Connection connection;
        try
        {
            AcceptedWebSocket accepted = await accept().ConfigureAwait(false);
            accepted.Below?.Limit(Options.Limits.WriteTimeout, _host.TimeProvider);
            transport = new WebSocketTransport(
                accepted.WebSocket, Options.Limits, Options.MaxMessageBytes, PulseOf(accepted.Below), _host.TimeProvider);
            TlsDescription? tls = peer.TlsProtocol == 0 ? null : new TlsDescription(peer.TlsProtocol, null);
            connection = new Connection(_settings, transport, peer.EndPoint, tls, peer.Certificate, _sessionFactory);
        }
        catch
        {
            _set.ReleasePlace();
            throw;
        }
        // Nothing of the request's context stays with the connection.
        using (ExecutionContext.SuppressFlow())
            connection.Start();
        if (Volatile.Read(ref _stopped) != 0)
            connection.Drain(_stopReason);
        return await transport.Gone.ConfigureAwait(false) ? WebSocketEnd.Closed : WebSocketEnd.Cut;
    }

    /// <summary>Accepts no more, drains every connection, and after <paramref name="drainTimeout"/> aborts those that are left.</summary>
    public Task StopAsync(string reason, TimeSpan drainTimeout)
    {
        _stopReason = reason;
        if (Interlocked.Exchange(ref _stopped, 1) == 0)
            _host.Forget(this);
        return _host.DrainAsync(_set, reason, drainTimeout);
    }

    private PeerPulse? PulseOf(WebSocketStream? below) => below is null || Options.PingInterval == TimeSpan.Zero
        ? null
        : new PeerPulse(
            below, (long)Options.PingInterval.TotalMilliseconds, (long)Options.PingTimeout.TotalMilliseconds, _host.Heartbeat.NowMs);

    private WebSocketEnd Refuse(RefusalReason reason)
    {
        _host.Metrics.ConnectionRefused(reason);
        if (reason != RefusalReason.Stopping
            && _host.MayLog(reason == RefusalReason.ConnectionLimit ? "refused" : "refused by source", out long suppressed))
            Log.Refused(_host.Logger, Options.Protocol, reason, suppressed);
        return WebSocketEnd.Refused;
    }
}
