using Restante.Net.Certificates;

namespace Restante.Net;

/// <summary>TLS of a listener: versions 1.2 and 1.3, session resumption on.</summary>
public sealed record TlsServerOptions
{
    /// <summary>Certificates and keys; <see cref="ServerCertificates.Reload"/> takes effect for new handshakes.</summary>
    public required ServerCertificates Certificates { get; init; }

    /// <summary>Application protocols offered by ALPN, best first; empty (default) for none. A peer that names none is let in.</summary>
    public IReadOnlyList<string> AlpnProtocols { get; init; } = [];

    /// <summary>
    /// Ask the peer for a certificate. Any, or none, is let in: judging it is for the layer above. Default false; a client certificate
    /// triples the cost of a handshake.
    /// </summary>
    public bool RequestClientCertificate { get; init; }
}
