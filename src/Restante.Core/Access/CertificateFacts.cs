using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Restante.Core.Access;

/// <summary>What stands in a certificate, whatever the time is and whoever signed it. Never changes.</summary>
internal sealed class CertificateFacts
{
    private const int MaxExtensions = 64;

    private CertificateFacts(CertificateThumbprint thumbprint) => Thumbprint = thumbprint;

    /// <summary>Its thumbprint.</summary>
    public CertificateThumbprint Thumbprint { get; }

    /// <summary>True for a certificate that can be read.</summary>
    public bool IsReadable { get; private init; }

    /// <summary>True when its key is no dearer to check with than keys are.</summary>
    public bool HasOrdinaryKey { get; private init; }

    /// <summary>Which devices or policies it may be for.</summary>
    public IReadOnlyList<string> Names { get; private init; } = [];

    /// <summary>The beginning of its validity, in milliseconds since the Unix epoch.</summary>
    public long NotBeforeMs { get; private init; }

    /// <summary>The end of its validity, in milliseconds since the Unix epoch.</summary>
    public long NotAfterMs { get; private init; }

    /// <summary>True when its key usages allow TLS clients.</summary>
    public bool IsForClients { get; private init; }

    /// <summary>Reads a certificate in DER.</summary>
    public static CertificateFacts Read(ReadOnlyMemory<byte> der)
    {
        CertificateThumbprint thumbprint = CertificateThumbprint.Of(der.Span);
        if (der.Length > PeerCertificate.MaxBytes)
            return new CertificateFacts(thumbprint);
        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der.Span);
            if (certificate.Extensions.Count > MaxExtensions)
                return new CertificateFacts(thumbprint);
            return new CertificateFacts(thumbprint)
            {
                IsReadable = true,
                HasOrdinaryKey = PublicKeyBounds.Hold(certificate),
                Names = CertificateNames.Of(certificate),
                NotBeforeMs = PresentedCertificate.MsOf(certificate.NotBefore),
                NotAfterMs = PresentedCertificate.MsOf(certificate.NotAfter),
                IsForClients = AllowsClients(certificate),
            };
        }
        catch (CryptographicException)
        {
            return new CertificateFacts(thumbprint);
        }
    }

    // What a certificate does not restrict is allowed. [RFC 5280 4.2.1.3, 4.2.1.12]
    private static bool AllowsClients(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509KeyUsageExtension>().All(u => (u.KeyUsages & X509KeyUsageFlags.DigitalSignature) != 0)
            && PresentedCertificate.IsExtendedToClients(certificate);
}
