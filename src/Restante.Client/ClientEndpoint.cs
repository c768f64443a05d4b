using Restante.Net;

namespace Restante.Client;

/// <summary>Where a gateway is and who asks.</summary>
/// <param name="Host">Name or IP address.</param>
/// <param name="Port">The port of the protocol.</param>
/// <param name="UserName">A device id, or <c>policy/NAME</c>.</param>
/// <param name="Password">The key in base64, or a token. A secret.</param>
/// <param name="Tls">TLS; null for plain text.</param>
public sealed record ClientEndpoint(string Host, int Port, string UserName, string Password, TlsClientOptions? Tls)
{
    /// <inheritdoc/>
    public override string ToString() => $"{UserName} at {Host}:{Port}";
}
