using System.ComponentModel.DataAnnotations;

namespace Restante.Core.Access;

/// <summary>How credentials are judged, on every protocol alike.</summary>
public sealed record AccessOptions
{
    /// <summary>
    /// How far the clocks of those who make tokens and certificates may be off, in milliseconds: a token or certificate is taken this long
    /// after its end, and a certificate this long before its beginning. Range 0 to 3,600,000.
    /// </summary>
    [Range(typeof(long), "0", "3600000")]
    public long ClockSkewMs { get; init; }

    /// <summary>
    /// The longest time a token may have left when it is presented, in milliseconds; one that lives longer is refused. 0 for no bound.
    /// Range 0 to 366 days.
    /// </summary>
    [Range(typeof(long), "0", "31622400000")]
    public long MaxTokenLifetimeMs { get; init; }

    /// <summary>
    /// What happens to certificates of an authority whose revocation list has passed its next update: <c>Refuse</c> them until a newer list
    /// comes, or <c>Accept</c> those that the old list does not name. Either way it is logged and counted.
    /// </summary>
    public ExpiredListPolicy ExpiredRevocationList { get; init; }

    /// <summary>
    /// How long after the attempt wrong credentials are refused, in milliseconds, so that what had to be read to refuse them does not show
    /// in the time of the answer. 0 to refuse as soon as it is known. Range 0 to 1,000.
    /// </summary>
    [Range(0, 1000)]
    public int RefusalMs { get; init; } = 20;

    /// <summary>Certificate authorities in the registry. Range 1 to 10,000.</summary>
    [Range(1, 10000)]
    public int MaxAuthorities { get; init; } = 100;

    /// <summary>
    /// The largest revocation list, in bytes; an entry takes about 40, and twice that in memory. Range 1,024 to 67,108,864.
    /// </summary>
    [Range(1024, 67108864)]
    public int MaxRevocationListBytes { get; init; } = 4 * 1024 * 1024;
}
