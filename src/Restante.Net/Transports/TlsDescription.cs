using System.Security.Authentication;

namespace Restante.Net.Transports;

/// <summary>What was agreed upon in a handshake. Few distinct values exist, so connections share them.</summary>
internal sealed record TlsDescription(SslProtocols Protocol, string? AlpnProtocol);
