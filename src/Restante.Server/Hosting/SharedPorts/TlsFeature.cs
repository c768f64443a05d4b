using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Restante.Server.Hosting.SharedPorts;

/// <summary>
/// Tells Kestrel that a connection is under TLS, and what was agreed upon. The certificate of the client is a feature of its own.
/// </summary>
internal sealed class TlsFeature(string? alpnProtocol) : ITlsConnectionFeature, ITlsApplicationProtocolFeature
{
    public X509Certificate2? ClientCertificate { get; set; }

    public ReadOnlyMemory<byte> ApplicationProtocol { get; } = Encoding.ASCII.GetBytes(alpnProtocol ?? string.Empty);

    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);
}
