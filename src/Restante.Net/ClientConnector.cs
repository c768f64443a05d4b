using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using Restante.Net.Loop;
using Restante.Net.Transports;

namespace Restante.Net;

/// <summary>Makes outgoing connections that run on the same loop as accepted ones.</summary>
public sealed class ClientConnector(NetworkHost host)
{
    private readonly ConnectionSettings _settings = new(host, "client", ConnectionLimits.Default, null, host.ClientConnections);
    private readonly OpenSslBuffers _buffers = new(host.Logger);

    /// <summary>
    /// Connects, does the TLS handshake if asked for, and starts the loop. When the task completes, the session factory has run. There is
    /// no time-out of its own: use the token.
    /// </summary>
    /// <param name="hostName">Name or IP address of the server.</param>
    /// <param name="port">Its port.</param>
    /// <param name="tls">TLS, or null for plain text.</param>
    /// <param name="sessionFactory">Makes the session, inside the first turn.</param>
    /// <param name="limits">Limits of the connection; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up the attempt. Has no effect on a connection that was made.</param>
    /// <exception cref="SocketException">The server cannot be reached.</exception>
    /// <exception cref="AuthenticationException">The server's certificate is not trusted or TLS cannot be agreed upon.</exception>
    public async Task<Connection> ConnectAsync(
        string hostName,
        int port,
        TlsClientOptions? tls,
        Func<Connection, IConnectionSession> sessionFactory,
        ConnectionLimits? limits = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(hostName);
        ArgumentNullException.ThrowIfNull(sessionFactory);
        limits?.Validate();
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? stream = null;
        EndPoint? peer;
        try
        {
            await socket.ConnectAsync(hostName, port, cancellationToken).ConfigureAwait(false);
            socket.Blocking = false;
            if (tls is not null)
            {
                stream = new SslStream(new SocketStream(socket), leaveInnerStreamOpen: false);
                await stream.AuthenticateAsClientAsync(tls.ToAuthenticationOptions(hostName), cancellationToken).ConfigureAwait(false);
            }
            peer = socket.RemoteEndPoint; // It throws when the peer has reset the connection already.
        }
        catch
        {
            socket.Dispose();
            if (stream is not null)
                await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        ConnectionSettings settings = limits is null ? _settings : _settings with { Limits = limits };
        host.ClientConnections.TryReserve();
        Connection connection = new(settings, Wrap(socket, stream), peer, Describe(stream), null, sessionFactory);
        connection.Start();
        return connection;
    }

    /// <summary>
    /// Connects by WebSocket and starts the loop. When the task completes, the session factory has run. There is no time-out of its own:
    /// use the token.
    /// </summary>
    /// <param name="address">The address, <c>wss:</c> or <c>ws:</c>.</param>
    /// <param name="subProtocol">The sub-protocol that the server must agree to.</param>
    /// <param name="tls">TLS for <c>wss:</c>; null for the system's trust.</param>
    /// <param name="sessionFactory">Makes the session, inside the first turn.</param>
    /// <param name="limits">Limits of the connection; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up the attempt. Has no effect on a connection that was made.</param>
    /// <exception cref="WebSocketException">The server cannot be reached, is not trusted, or refused.</exception>
    public async Task<Connection> ConnectWebSocketAsync(
        Uri address,
        string subProtocol,
        TlsClientOptions? tls,
        Func<Connection, IConnectionSession> sessionFactory,
        ConnectionLimits? limits = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(sessionFactory);
        limits?.Validate();
        ClientWebSocket socket = new();
        try
        {
            socket.Options.AddSubProtocol(subProtocol);
            using SocketsHttpHandler handler = new();
            if (tls is not null)
                handler.SslOptions = tls.ToAuthenticationOptions(address.Host);
            using HttpMessageInvoker invoker = new(handler);
            await socket.ConnectAsync(address, invoker, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        ConnectionSettings settings = _settings with { Limits = limits ?? _settings.Limits, IsWebSocket = true };
        host.ClientConnections.TryReserve();
        WebSocketTransport transport = new(socket, settings.Limits, long.MaxValue, null, host.TimeProvider);
        TlsDescription? description = address.Scheme == Uri.UriSchemeWss ? new TlsDescription(SslProtocols.None, null) : null;
        Connection connection = new(settings, transport, null, description, null, sessionFactory);
        connection.Start();
        return connection;
    }

    private Transport Wrap(Socket socket, SslStream? stream)
    {
        if (stream is null)
            return new TcpTransport(socket);
        _buffers.ReleaseWhenIdle(stream);
        return new TlsTransport(socket, stream, _buffers);
    }

    private static TlsDescription? Describe(SslStream? stream)
    {
        if (stream is null)
            return null;
        SslApplicationProtocol alpn = stream.NegotiatedApplicationProtocol;
        return new TlsDescription(stream.SslProtocol, alpn.Protocol.IsEmpty ? null : alpn.ToString());
    }
}
