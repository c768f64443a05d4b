using System.Security.Cryptography.X509Certificates;

namespace Restante.Core.Access;

/// <summary>
/// Issuers that peers have sent along and that led to a registered authority. A TLS session that is resumed brings the peer's certificate only,
/// so what stood between it and the authority is remembered here. Bounded: the oldest makes room.
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
            var seen = new Seen(thumbprint, issuer.SubjectName.RawData, issuer.IssuerName.RawData, der);
            _order.Enqueue(seen);
            _byThumbprint.Add(thumbprint, seen);
        }
    }

    /// <summary>The issuers that may stand above a certificate, in DER; at most <see cref="PeerCertificate.MaxIssuers"/>.</summary>
    public List<ReadOnlyMemory<byte>> Above(X509Certificate2 certificate)
    {
        var found = new List<ReadOnlyMemory<byte>>();
        var wanted = new Queue<byte[]>([certificate.IssuerName.RawData]);
        lock (_gate)
        {
            while (wanted.TryDequeue(out byte[]? name))
            {
                foreach (Seen seen in _order)
                {
                    if (found.Count == PeerCertificate.MaxIssuers)
                        return found;
                    if (!seen.Subject.AsSpan().SequenceEqual(name) || found.Contains(seen.Der))
                        continue;
                    found.Add(seen.Der);
                    wanted.Enqueue(seen.Issuer);
                }
            }
        }

        return found;
    }

    private sealed record Seen(string Thumbprint, byte[] Subject, byte[] Issuer, ReadOnlyMemory<byte> Der);
}
