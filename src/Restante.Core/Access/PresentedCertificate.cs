using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Restante.Core.Access;

/// <summary>A peer's certificate, read and looked at for itself. Lives as long as one authentication.</summary>
internal sealed class PresentedCertificate : IDisposable
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string AnyUsage = "2.5.29.37.0";

    private PresentedCertificate(X509Certificate2? certificate, PeerCertificate peer)
    {
        Certificate = certificate;
        Peer = peer;
        Thumbprint = CertificateThumbprint.Of(peer.Leaf.Span);
    }

    /// <summary>The certificate; null when it cannot be read.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>As it came.</summary>
    public PeerCertificate Peer { get; }

    /// <summary>Its thumbprint.</summary>
    public CertificateThumbprint Thumbprint { get; }

    /// <summary>Which devices or policies it may be for.</summary>
    public IReadOnlyList<string> Names { get; private init; } = [];

    /// <summary>The first of the names; null when there is none.</summary>
    public string? Name => Names.Count == 0 ? null : Names[0];

    /// <summary>The end of its validity, in milliseconds since the Unix epoch.</summary>
    public long NotAfterMs { get; private init; }

    /// <summary>What is wrong with it whoever signed it.</summary>
    public CertificateFault Fault { get; private init; }

    /// <summary>Reads a certificate.</summary>
    /// <param name="peer">What came.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="skewMs">How far the clock of its issuer may be off.</param>
    public static PresentedCertificate Read(PeerCertificate peer, long nowMs, long skewMs)
    {
        X509Certificate2? certificate = null;
        try
        {
            certificate = X509CertificateLoader.LoadCertificate(peer.Leaf.Span);
            long notAfter = MsOf(certificate.NotAfter);
            bool isValid = nowMs > MsOf(certificate.NotBefore) - skewMs - 1 && nowMs <= notAfter + skewMs;
            return new PresentedCertificate(certificate, peer)
            {
                Names = CertificateNames.Of(certificate),
                NotAfterMs = notAfter,
                Fault = !IsForClients(certificate) ? CertificateFault.Usage
                    : isValid ? CertificateFault.None
                    : CertificateFault.NotValidNow,
            };
        }
        catch (CryptographicException)
        {
            certificate?.Dispose();
            return new PresentedCertificate(null, peer) { Fault = CertificateFault.Unreadable };
        }
    }

    /// <summary>True when the extended key usage of a certificate, the peer's or an issuer's, allows TLS clients.</summary>
    public static bool IsExtendedToClients(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .All(u => u.EnhancedKeyUsages.Cast<Oid>().Any(o => o.Value is ClientAuthentication or AnyUsage));

    /// <summary>An instant of a certificate in milliseconds since the Unix epoch.</summary>
    public static long MsOf(DateTime instant) => new DateTimeOffset(instant.ToUniversalTime()).ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public void Dispose() => Certificate?.Dispose();

    // What a certificate does not restrict is allowed. [RFC 5280 4.2.1.3, 4.2.1.12]
    private static bool IsForClients(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509KeyUsageExtension>().All(u => (u.KeyUsages & X509KeyUsageFlags.DigitalSignature) != 0)
            && IsExtendedToClients(certificate);
}
