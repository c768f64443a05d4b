using System.Security.Cryptography.X509Certificates;

namespace Restante.Core.Access;

/// <summary>
/// Issuers that peers have sent along and that led to a registered authority. A TLS session that is resumed brings the peer's certificate
/// only, so what stood between it and the authority is remembered here. Bounded: the oldest makes room.
/// </summary>
internal sealed class SeenIssuers
{
    /// <summary>How many certificates are remembered.</summary>
    public const int Max = 256;

    private readonly Lock _gate = new();
    private readonly Queue<Seen> _order = new();
    private readonly Dictionary<string, Seen> _byThumbprint = new(StringComparer.Ordinal);

    /// <summary>How many certificates are remembered at present.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _order.Count;
        }
    }

    /// <summary>Remembers an issuer.</summary>
    public void Add(X509Certificate2 issuer)
    {
        byte[] der = issuer.RawData;
        string thumbprint = CertificateThumbprint.Of(der).ToString();
        lock (_gate)
        {
            if (_byThumbprint.ContainsKey(thumbprint))
                return;
            if (_order.Count == Max)
                _byThumbprint.Remove(_order.Dequeue().Thumbprint);
            var seen = new Seen(thumbprint, issuer.SubjectName.RawData, der);
            _order.Enqueue(seen);
            _byThumbprint.Add(thumbprint, seen);
        }
    }

    /// <summary>
    /// The issuers above a certificate, in DER, as far as they are known; at most <see cref="PeerCertificate.MaxIssuers"/>. Several may go
    /// by one name, as makers replace them: only one that has signed is taken.
    /// </summary>
    public List<ReadOnlyMemory<byte>> Above(X509Certificate2 certificate)
    {
        var found = new List<ReadOnlyMemory<byte>>();
        ReadOnlyMemory<byte>? above = IssuerOf(certificate);
        while (above is ReadOnlyMemory<byte> issuer && found.Count < PeerCertificate.MaxIssuers)
        {
            found.Add(issuer);
            using X509Certificate2 next = X509CertificateLoader.LoadCertificate(issuer.Span);
            above = IssuerOf(next);
        }

        return found;
    }

    private ReadOnlyMemory<byte>? IssuerOf(X509Certificate2 certificate)
    {
        byte[] name = certificate.IssuerName.RawData;
        Seen[] candidates;
        lock (_gate)
            candidates = [.. _order.Where(s => s.Subject.AsSpan().SequenceEqual(name))];
        foreach (Seen candidate in candidates)
        {
            using X509Certificate2 issuer = X509CertificateLoader.LoadCertificate(candidate.Der.Span);
            if (!candidate.Der.Span.SequenceEqual(certificate.RawData) && AuthoritySignature.HasIssued(issuer, certificate))
                return candidate.Der;
        }

        return null;
    }

    private sealed record Seen(string Thumbprint, byte[] Subject, ReadOnlyMemory<byte> Der);
}
