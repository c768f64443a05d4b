using System.Security.Cryptography.X509Certificates;

namespace Restante.Core.Access;

/// <summary>A verified authority, ready to be asked.</summary>
internal sealed class TrustedAuthority
{
    private long _warnedAtMs = long.MinValue;

    public TrustedAuthority(AuthorityRecord record)
    {
        Name = record.Name;
        IsOwn = record.IsOwn;
        CreatedAtMs = record.CreatedAtMs;
        Certificate = X509CertificateLoader.LoadCertificate(record.Certificate);
        Thumbprint = CertificateThumbprint.Of(record.Certificate).ToString();
        NotAfterMs = PresentedCertificate.MsOf(Certificate.NotAfter);
        List = record.RevocationList is null ? null : RevocationList.Read(record.RevocationList, Certificate);
    }

    /// <summary>The name it is registered under.</summary>
    public string Name { get; }

    /// <summary>True for an issuer of the gateway's own.</summary>
    public bool IsOwn { get; }

    /// <summary>When it was registered, in milliseconds since the Unix epoch.</summary>
    public long CreatedAtMs { get; }

    /// <summary>When its certificate ends, in milliseconds since the Unix epoch.</summary>
    public long NotAfterMs { get; }

    /// <summary>Its certificate.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The thumbprint of its certificate.</summary>
    public string Thumbprint { get; }

    /// <summary>What it has revoked; null when it keeps no list here.</summary>
    public RevocationList? List { get; }

    /// <summary>True when the list is out of date.</summary>
    public bool HasExpiredList(long nowMs) => List is not null && List.NextUpdateMs <= nowMs;

    /// <summary>True once in an hour, for whoever warns of the list.</summary>
    public bool MayWarn(long nowMs)
    {
        long last = Volatile.Read(ref _warnedAtMs);
        return (last == long.MinValue || nowMs - last >= 3_600_000) && Interlocked.CompareExchange(ref _warnedAtMs, nowMs, last) == last;
    }
}
