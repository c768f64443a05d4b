using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Restante.Core.Access;

/// <summary>A peer's certificate, looked at for itself. Lives as long as one authentication.</summary>
internal sealed class PresentedCertificate : IDisposable
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string AnyUsage = "2.5.29.37.0";

    private readonly CertificateFacts _facts;
    private X509Certificate2? _certificate;

    private PresentedCertificate(PeerCertificate peer, CertificateFault fault)
    {
        Peer = peer;
        Fault = fault;
        _facts = peer.Facts;
    }

    /// <summary>The certificate, loaded when it is first asked for; null when it cannot be read.</summary>
    public X509Certificate2? Certificate =>
        _facts.IsReadable ? _certificate ??= X509CertificateLoader.LoadCertificate(Peer.Leaf.Span) : null;

    /// <summary>As it came.</summary>
    public PeerCertificate Peer { get; }

    /// <summary>Its thumbprint.</summary>
    public CertificateThumbprint Thumbprint => _facts.Thumbprint;

    /// <summary>Which devices or policies it may be for.</summary>
    public IReadOnlyList<string> Names => _facts.Names;

    /// <summary>The first of the names; null when there is none.</summary>
    public string? Name => Names.Count == 0 ? null : Names[0];

    /// <summary>The end of its validity, in milliseconds since the Unix epoch.</summary>
    public long NotAfterMs => _facts.NotAfterMs;

    /// <summary>What is wrong with it whoever signed it.</summary>
    public CertificateFault Fault { get; }

    /// <summary>Reads a certificate.</summary>
    /// <param name="peer">What came.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="skewMs">How far the clock of its issuer may be off.</param>
    public static PresentedCertificate Read(PeerCertificate peer, long nowMs, long skewMs)
    {
        CertificateFacts facts = peer.Facts;
        bool isValid = nowMs > facts.NotBeforeMs - skewMs - 1 && nowMs <= facts.NotAfterMs + skewMs;
        return new PresentedCertificate(
            peer,
            !facts.IsReadable ? CertificateFault.Unreadable
                : !facts.HasOrdinaryKey ? CertificateFault.Key
                : !facts.IsForClients ? CertificateFault.Usage
                : isValid ? CertificateFault.None
                : CertificateFault.NotValidNow);
    }

    /// <summary>True when the extended key usage of a certificate, the peer's or an issuer's, allows TLS clients.</summary>
    public static bool IsExtendedToClients(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .All(u => u.EnhancedKeyUsages.Cast<Oid>().Any(o => o.Value is ClientAuthentication or AnyUsage));

    /// <summary>An instant of a certificate in milliseconds since the Unix epoch.</summary>
    public static long MsOf(DateTime instant) => new DateTimeOffset(instant.ToUniversalTime()).ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public void Dispose() => _certificate?.Dispose();
}
