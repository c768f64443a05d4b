using System.Security.Cryptography.X509Certificates;

namespace Restante.Core.Access;

/// <summary>A verified authority, ready to be asked.</summary>
internal sealed class TrustedAuthority
{
    private long _warnedAtMs = long.MinValue;

    public TrustedAuthority(AuthorityRecord record)
    {
        Name = record.Name;
        Certificate = X509CertificateLoader.LoadCertificate(record.Certificate);
        Thumbprint = CertificateThumbprint.Of(record.Certificate).ToString();
        List = record.RevocationList is null ? null : RevocationList.Read(record.RevocationList, Certificate);
    }

    /// <summary>The name it is registered under.</summary>
    public string Name { get; }

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
