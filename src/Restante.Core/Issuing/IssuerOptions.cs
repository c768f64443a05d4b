using System.ComponentModel.DataAnnotations;

namespace Restante.Core.Issuing;

/// <summary>What devices may do about their own credentials, and what the gateway's own issuers of certificates do.</summary>
public sealed record IssuerOptions
{
    /// <summary>
    /// How long an issued certificate is valid, in milliseconds; never longer than its issuer's. A device asks for the next one in time,
    /// and a connection ends with the certificate that it rests on. Default 30 days. Range 10,000 to 10 years.
    /// </summary>
    [Range(typeof(long), "10000", "315576000000")]
    public long CertificateLifetimeMs { get; init; } = 2_592_000_000;

    /// <summary>
    /// Certificates of one device that are valid at a time; it is refused a further one until the first of them ends. Revoked ones do not
    /// count. Range 1 to 1,000.
    /// </summary>
    [Range(1, 1000)]
    public int MaxLivePerDevice { get; init; } = 10;

    /// <summary>
    /// Inquiries of one device about its credentials in an hour, those that are refused counted too; beyond it is refused as throttled.
    /// Range 1 to 100,000.
    /// </summary>
    [Range(1, 100000)]
    public int MaxRequestsPerDevicePerHour { get; init; } = 60;

    /// <summary>
    /// Inquiries of all devices about their credentials in a second; beyond it they are refused as throttled. Range 1 to 100,000.
    /// </summary>
    [Range(1, 100000)]
    public int MaxRequestsPerSecond { get; init; } = 100;

    /// <summary>
    /// Certificates of one issuer that its revocation list names; an entry takes about 50 bytes, and twice that in memory. An operator who
    /// would revoke more is refused as limit-reached; those of removed devices have what is left. Range 1 to 1,000,000.
    /// </summary>
    [Range(1, 1000000)]
    public int MaxRevoked { get; init; } = 50_000;

    /// <summary>
    /// How long a revocation list of an issuer counts, in milliseconds. The gateway makes a new one when half of that is over. Default 7
    /// days. Range 60,000 to 366 days.
    /// </summary>
    [Range(typeof(long), "60000", "31622400000")]
    public long RevocationListLifetimeMs { get; init; } = 604_800_000;

    /// <summary>
    /// How long the record of an issued certificate is kept after the certificate's end, in milliseconds. Default a day. Range 0 to 10
    /// years.
    /// </summary>
    [Range(typeof(long), "0", "315576000000")]
    public long RecordRetentionMs { get; init; } = 86_400_000;

    /// <summary>Whether devices may change their own keys and empty their own slots (<c>$key</c>, <c>$retire</c>).</summary>
    public bool Rotation { get; init; } = true;
}
