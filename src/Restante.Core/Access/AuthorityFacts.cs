using System.Security.Cryptography.X509Certificates;

namespace Restante.Core.Access;

/// <summary>What stands in the certificate and the revocation list of an authority, for people.</summary>
/// <param name="Subject">Whom the certificate names.</param>
/// <param name="Thumbprint">The SHA-256 of the certificate in hexadecimal digits.</param>
/// <param name="NotAfterMs">When the certificate ends, in milliseconds since the Unix epoch.</param>
/// <param name="ListMadeAtMs">When the list was made; null without a list.</param>
/// <param name="ListNextAtMs">When the next list is due; null when there is no list or it does not say.</param>
/// <param name="ListCount">How many certificates the list names.</param>
public sealed record AuthorityFacts(
    string Subject, string Thumbprint, long NotAfterMs, long? ListMadeAtMs, long? ListNextAtMs, int ListCount)
{
    /// <summary>Reads the facts of an authority.</summary>
    public static AuthorityFacts Of(AuthorityRecord authority)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(authority.Certificate);
        RevocationList? list = authority.RevocationList is null ? null : RevocationList.Read(authority.RevocationList, certificate);
        return new AuthorityFacts(
            certificate.Subject,
            CertificateThumbprint.Of(authority.Certificate).ToString(),
            PresentedCertificate.MsOf(certificate.NotAfter),
            list?.ThisUpdateMs,
            list is null || list.NextUpdateMs == long.MaxValue ? null : list.NextUpdateMs,
            list?.Count ?? 0);
    }
}
