using System.Security.Cryptography.X509Certificates;

namespace Restante.Core.Access;

/// <summary>The authorities that are trusted at an instant. Never changes; who changes an authority makes another one.</summary>
internal sealed class TrustedAuthorities
{
    private readonly Dictionary<string, TrustedAuthority> _byThumbprint;

    public TrustedAuthorities(IEnumerable<TrustedAuthority> authorities) =>
        _byThumbprint = authorities.ToDictionary(a => a.Thumbprint, StringComparer.Ordinal);

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<TrustedAuthority> All => _byThumbprint.Values;

    /// <summary>The authority that a certificate is; null when it is none.</summary>
    public TrustedAuthority? Find(X509Certificate2 certificate) =>
        _byThumbprint.GetValueOrDefault(CertificateThumbprint.Of(certificate.RawDataMemory.Span).ToString());

    /// <summary>True when some authority is the issuer that a certificate names, and has signed it.</summary>
    public bool HaveIssued(X509Certificate2 certificate)
    {
        foreach (TrustedAuthority authority in _byThumbprint.Values)
        {
            if (AuthoritySignature.HasIssued(authority.Certificate, certificate))
                return true;
        }

        return false;
    }

    /// <summary>The issuer of the gateway's own that issues now: the newest that has not ended; null for none.</summary>
    public TrustedAuthority? CurrentIssuer(long nowMs) => _byThumbprint.Values.Where(a => a.IsOwn && a.NotAfterMs > nowMs)
        .OrderByDescending(a => a.CreatedAtMs).ThenByDescending(a => a.Name, StringComparer.Ordinal).FirstOrDefault();

    /// <summary>True when everything a connection rests on is trusted still, and none of it revoked.</summary>
    public bool StillHolds(AuthorityProof proof) => proof.Links.All(link =>
        _byThumbprint.TryGetValue(link.Thumbprint, out TrustedAuthority? authority) && authority.Name == link.Authority
            ? authority.List?.Names(link.Serial) != true
            : proof.IsPinned);
}
