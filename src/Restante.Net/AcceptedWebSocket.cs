using System.Net.WebSockets;

namespace Restante.Net;

/// <summary>A WebSocket that a web server has accepted.</summary>
/// <param name="WebSocket">The WebSocket, open. It must not send pings or pongs of its own.</param>
/// <param name="Below">The bytes below it; null when nobody is to ping the peer.</param>
public readonly record struct AcceptedWebSocket(WebSocket WebSocket, WebSocketStream? Below);
