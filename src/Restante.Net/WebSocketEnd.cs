namespace Restante.Net;

/// <summary>How the run of a WebSocket ended, for the web server that carries it.</summary>
public enum WebSocketEnd
{
    /// <summary>It was not accepted: <see cref="WebSocketListenerOptions.MaxConnections"/> was reached, or the gateway stops.</summary>
    Refused,

    /// <summary>Closing frames went both ways, or the last one is on its way.</summary>
    Closed,

    /// <summary>It was cut: what is still buffered for the peer is of no use to it.</summary>
    Cut,
}
