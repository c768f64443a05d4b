using System.Net;
using System.Security.Authentication;

namespace Restante.Net;

/// <summary>Who is at the other end of a WebSocket, as the web server that accepted it says.</summary>
/// <param name="EndPoint">The peer's address and port; null when unknown.</param>
/// <param name="TlsProtocol">The TLS version below it; <see cref="SslProtocols.None"/> for plain text.</param>
/// <param name="Certificate">The certificate that it presented there; null for none.</param>
public readonly record struct WebSocketPeer(EndPoint? EndPoint, SslProtocols TlsProtocol, ClientCertificate? Certificate = null);
