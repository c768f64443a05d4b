using Restante.Net;

namespace Restante.Client;

/// <summary>Where a gateway is and who asks.</summary>
/// <param name="Host">Name or IP address.</param>
/// <param name="Port">The port of the protocol.</param>
/// <param name="UserName">A device id, or <c>policy/NAME</c>.</param>
/// <param name="Password">The key in base64, or a token. A secret.</param>
/// <param name="Tls">TLS; null for plain text.</param>
/// <param name="WebSocketPath">The path of the WebSocket that carries the protocol, such as <c>/mqtt</c>; null for none.</param>
public sealed record ClientEndpoint(
    string Host, int Port, string UserName, string Password, TlsClientOptions? Tls, string? WebSocketPath = null)
{
    /// <summary>Connects and starts a session.</summary>
    /// <param name="network">What the connection belongs to.</param>
    /// <param name="subProtocol">Name of the protocol as a sub-protocol of WebSocket.</param>
    /// <param name="sessionFactory">Makes the session.</param>
    /// <param name="cancellation">Gives up.</param>
    internal Task<Connection> ConnectAsync(
        NetworkHost network, string subProtocol, Func<Connection, IConnectionSession> sessionFactory, CancellationToken cancellation)
    {
        var connector = new ClientConnector(network);
        if (WebSocketPath is null)
            return connector.ConnectAsync(Host, Port, Tls, sessionFactory, null, cancellation);
        var address = new UriBuilder(Tls is null ? "ws" : "wss", Host, Port, WebSocketPath).Uri;
        return connector.ConnectWebSocketAsync(address, subProtocol, Tls, sessionFactory, null, cancellation);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{UserName} at {Host}:{Port}";
}
