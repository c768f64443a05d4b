using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Restante.Net;

/// <summary>TLS of outgoing connections: versions 1.2 and 1.3.</summary>
public sealed record TlsClientOptions
{
    /// <summary>Certificates that a server's chain must end in; null (default) for the system's.</summary>
    public X509Certificate2Collection? TrustedCertificates { get; init; }

    /// <summary>Name that the server's certificate must carry; null (default) for the host name connected to.</summary>
    public string? ServerName { get; init; }

    /// <summary>Certificate with key to present when asked; null (default) for none.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Application protocols offered by ALPN, best first; empty (default) for none.</summary>
    public IReadOnlyList<string> AlpnProtocols { get; init; } = [];

    /// <summary>Options that trust the certificates in a PEM file, such as the development CA's.</summary>
    public static TlsClientOptions TrustFile(string pemPath)
    {
        X509Certificate2Collection trusted = [];
        trusted.ImportFromPemFile(pemPath);
        return new TlsClientOptions { TrustedCertificates = trusted };
    }

    internal SslClientAuthenticationOptions ToAuthenticationOptions(string hostName)
    {
        X509ChainPolicy policy = new() { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (TrustedCertificates is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(TrustedCertificates);
        }
        SslClientAuthenticationOptions options = new()
        {
            TargetHost = ServerName ?? hostName,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = policy,
            AllowRenegotiation = false,
            // The cache of sessions is the process's, by host name: a resumed session would carry the identity of whoever made it.
            AllowTlsResume = ClientCertificate is null,
        };
        if (AlpnProtocols.Count > 0)
            options.ApplicationProtocols = [.. AlpnProtocols.Select(static name => new SslApplicationProtocol(name))];
        if (ClientCertificate is not null)
            options.ClientCertificateContext = SslStreamCertificateContext.Create(ClientCertificate, null, offline: true);
        return options;
    }
}
