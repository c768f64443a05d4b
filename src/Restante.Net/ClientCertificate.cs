using System.Security.Cryptography.X509Certificates;

namespace Restante.Net;

/// <summary>
/// The certificate that the peer presented and proved to own the key of, with what it sent of its issuers. Nobody has judged it.
/// </summary>
/// <param name="Leaf">The peer's certificate in DER; at most <see cref="MaxBytes"/>.</param>
/// <param name="Issuers">The other certificates that it sent, in DER; at most <see cref="MaxIssuers"/>, each of at most
/// <see cref="MaxBytes"/>. A resumed session brings none.</param>
public sealed record ClientCertificate(ReadOnlyMemory<byte> Leaf, IReadOnlyList<ReadOnlyMemory<byte>> Issuers)
{
    /// <summary>How many certificates of issuers are kept.</summary>
    public const int MaxIssuers = 8;

    /// <summary>
    /// The size of the largest certificate that is kept, in bytes. A peer whose own is larger counts as one that presented none; a larger
    /// one of an issuer is left out.
    /// </summary>
    public const int MaxBytes = 8 * 1024;

    /// <summary>Copies what the platform holds of a peer, as it shows it when it asks for a verdict.</summary>
    /// <param name="certificate">The peer's certificate; null when it presented none.</param>
    /// <param name="chain">What was made of it; it holds the other certificates.</param>
    /// <param name="metrics">Counts those that are too large.</param>
    public static ClientCertificate? Of(X509Certificate? certificate, X509Chain? chain, NetMetrics metrics)
    {
        if (certificate is not X509Certificate2 leaf)
            return null;
        if (leaf.RawDataMemory.Length > MaxBytes)
        {
            metrics.CertificateTooLarge();
            return null;
        }

        byte[] own = leaf.RawData;
        var issuers = new List<ReadOnlyMemory<byte>>();
        foreach (X509Certificate2 other in chain?.ChainPolicy.ExtraStore ?? [])
        {
            if (issuers.Count == MaxIssuers)
                break;
            if (other.RawDataMemory.Length > MaxBytes)
                metrics.CertificateTooLarge();
            else if (!other.RawDataMemory.Span.SequenceEqual(own))
                issuers.Add(other.RawData);
        }

        return new ClientCertificate(own, issuers);
    }
}
