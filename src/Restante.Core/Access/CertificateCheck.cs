using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Restante.Core.Devices;
using Restante.Core.Issuing;
using Restante.Core.Metrics;

namespace Restante.Core.Access;

/// <summary>Follows a certificate to the registered authorities. It fetches nothing and trusts nothing that is on the machine.</summary>
internal sealed class CertificateCheck(AccessOptions options, CoreMetrics metrics, ILogger log)
{
    private readonly SeenIssuers _seen = new();

    /// <summary>Looks for the authorities that a certificate rests on. Its own faults are not looked for once more.</summary>
    public ChainFindings Follow(PresentedCertificate presented, TrustedAuthorities trust, long nowMs)
    {
        if (presented.Certificate is not X509Certificate2 leaf)
            return new ChainFindings(CertificateFault.Unreadable);
        if (presented.Fault == CertificateFault.Key)
            return new ChainFindings(CertificateFault.Key);
        var issuers = new X509Certificate2Collection();
        try
        {
            IReadOnlyList<ReadOnlyMemory<byte>> sent = presented.Peer.Issuers.Count > 0 ? presented.Peer.Issuers : _seen.Above(leaf);
            foreach (ReadOnlyMemory<byte> issuer in sent.Take(PeerCertificate.MaxIssuers))
                AddOrdinary(issuer, issuers);

            // Building a chain checks signatures with keys that came with the peer, and strangers come with keys of their own making.
            bool known = trust.HaveIssued(leaf) || issuers.Any(trust.HaveIssued);
            return known ? Follow(leaf, issuers, trust, nowMs) : new ChainFindings(CertificateFault.NotTrusted);
        }
        catch (CryptographicException)
        {
            return new ChainFindings(CertificateFault.NotTrusted);
        }
        finally
        {
            foreach (X509Certificate2 issuer in issuers)
                issuer.Dispose();
        }
    }

    // One whose key costs too much is passed over: whatever rests on it is trusted no more than without it.
    private static void AddOrdinary(ReadOnlyMemory<byte> der, X509Certificate2Collection issuers)
    {
        if (der.Length > PeerCertificate.MaxBytes)
            return;
        X509Certificate2 issuer = X509CertificateLoader.LoadCertificate(der.Span);
        issuers.Add(issuer); // Whoever disposes of the others does so with this one.
        if (!PublicKeyBounds.Hold(issuer))
        {
            issuers.Remove(issuer);
            issuer.Dispose();
        }
    }

    private ChainFindings Follow(X509Certificate2 leaf, X509Certificate2Collection issuers, TrustedAuthorities trust, long nowMs)
    {
        using var chain = new X509Chain();
        X509ChainPolicy policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.RevocationMode = X509RevocationMode.NoCheck; // The lists are kept here; nothing is fetched.
        policy.DisableCertificateDownloads = true;

        // A registered authority may itself have been signed by one that is not: that the chain goes through one is looked for below.
        policy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        policy.VerificationTime = WithinSkew(leaf, nowMs);
        policy.ExtraStore.AddRange(issuers);
        foreach (TrustedAuthority authority in trust.All)
            policy.CustomTrustStore.Add(authority.Certificate);
        bool sound = chain.Build(leaf);
        try
        {
            return sound ? Judge(chain, trust, nowMs) : new ChainFindings(FaultOf(chain));
        }
        finally
        {
            foreach (X509ChainElement element in chain.ChainElements)
                element.Certificate.Dispose();
        }
    }

    private ChainFindings Judge(X509Chain chain, TrustedAuthorities trust, long nowMs)
    {
        var links = new List<IssuedLink>();
        long expiresAtMs = long.MaxValue;
        DeviceNumber? generation = null;
        for (int i = 0; i < chain.ChainElements.Count; i++)
        {
            X509Certificate2 certificate = chain.ChainElements[i].Certificate;
            expiresAtMs = Math.Min(expiresAtMs, PresentedCertificate.MsOf(certificate.NotAfter));
            if (i > 0 && !PresentedCertificate.IsExtendedToClients(certificate))
                return new ChainFindings(CertificateFault.Usage);
            if (i + 1 == chain.ChainElements.Count || trust.Find(chain.ChainElements[i + 1].Certificate) is not TrustedAuthority issuer)
                continue;
            var link = new IssuedLink(issuer.Name, issuer.Thumbprint, SerialNumbers.Of(certificate.SerialNumberBytes.Span));
            if (issuer.List?.Names(link.Serial) == true)
                return new ChainFindings(CertificateFault.Revoked);
            if (issuer.HasExpiredList(nowMs) && !MayPass(issuer, nowMs))
                return new ChainFindings(CertificateFault.ListExpired);
            links.Add(link);
            if (!issuer.IsOwn)
                continue;
            generation = i == 0 ? IssuerSigner.GenerationOf(certificate) : null;
            if (generation is null)
                return new ChainFindings(CertificateFault.NotTrusted);
        }

        if (links.Count == 0)
            return new ChainFindings(CertificateFault.NotTrusted);
        Remember(chain, trust);
        return new ChainFindings(CertificateFault.None, new AuthorityProof(links), expiresAtMs) { Generation = generation };
    }

    // What stands between the peer and the nearest authority.
    private void Remember(X509Chain chain, TrustedAuthorities trust)
    {
        foreach (X509ChainElement element in chain.ChainElements.Skip(1))
        {
            if (trust.Find(element.Certificate) is not null)
                return;
            _seen.Add(element.Certificate);
        }
    }

    private bool MayPass(TrustedAuthority authority, long nowMs)
    {
        bool accepts = options.ExpiredRevocationList == ExpiredListPolicy.Accept;
        metrics.RevocationListExpired(accepts);
        if (authority.MayWarn(nowMs))
        {
            DateTimeOffset due = DateTimeOffset.FromUnixTimeMilliseconds(authority.List!.NextUpdateMs);
            Log.RevocationListExpired(log, authority.Name, due, accepts ? "accepted" : "refused");
        }

        return accepts;
    }

    private DateTime WithinSkew(X509Certificate2 leaf, long nowMs)
    {
        long begins = PresentedCertificate.MsOf(leaf.NotBefore), ends = PresentedCertificate.MsOf(leaf.NotAfter);
        long at = nowMs;
        if (nowMs < begins && begins - nowMs <= options.ClockSkewMs)
            at = begins;
        else if (nowMs >= ends && nowMs - ends <= options.ClockSkewMs)
            at = ends - 1_000; // The instant of its end does not count as within it there.
        return DateTimeOffset.FromUnixTimeMilliseconds(at).UtcDateTime;
    }

    private static CertificateFault FaultOf(X509Chain chain)
    {
        X509ChainStatusFlags all = X509ChainStatusFlags.NoError;
        foreach (X509ChainStatus status in chain.ChainStatus)
            all |= status.Status;
        if ((all & X509ChainStatusFlags.NotSignatureValid) != 0)
            return CertificateFault.NotTrusted;
        if ((all & X509ChainStatusFlags.NotValidForUsage) != 0)
            return CertificateFault.Usage;
        return (all & X509ChainStatusFlags.NotTimeValid) != 0 ? CertificateFault.NotValidNow : CertificateFault.NotTrusted;
    }
}
