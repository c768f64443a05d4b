using System.ComponentModel.DataAnnotations;

namespace Restante.Core.Limits;

/// <summary>What the core allows, on every protocol alike.</summary>
public sealed record GatewayLimits
{
    /// <summary>The largest message, content with properties, in bytes. Range 1,024 to 16,777,216.</summary>
    [Range(1024, 16777216)]
    public int MaxMessageBytes { get; init; } = 256 * 1024;

    /// <summary>How long a command lives when its sender gives no expiry, in milliseconds. Range 1,000 to <see cref="MaxTtlMs"/>.</summary>
    [Range(typeof(long), "1000", "31622400000")]
    public long DefaultTtlMs { get; init; } = 24L * 3600 * 1000;

    /// <summary>The longest life of a command, in milliseconds; longer wishes are refused. Range 1,000 to 366 days.</summary>
    [Range(typeof(long), "1000", "31622400000")]
    public long MaxTtlMs { get; init; } = 31L * 24 * 3600 * 1000;

    /// <summary>How long a receiver may hold a message without settling it, in milliseconds. Range 1,000 to 86,400,000.</summary>
    [Range(typeof(long), "1000", "86400000")]
    public long LeaseDurationMs { get; init; } = 60_000;

    /// <summary>How often expiry, lapsed leases and retention are looked after, in milliseconds. Range 10 to 60,000.</summary>
    [Range(10, 60000)]
    public int SweepPeriodMs { get; init; } = 500;

    /// <summary>Outcomes handed to the competing receivers of one reader and not yet settled. Range 1 to 100,000.</summary>
    [Range(1, 100000)]
    public int MaxOutcomesInFlight { get; init; } = 1_000;

    /// <summary>Live connections of one device. Range 1 to 100; a newer one beyond it ends the oldest.</summary>
    [Range(1, 100)]
    public int MaxConnectionsPerDevice { get; init; } = 4;

    /// <summary>Policies in the registry. Range 1 to 10,000.</summary>
    [Range(1, 10000)]
    public int MaxPolicies { get; init; } = 1_000;

    /// <summary>
    /// Wrong credentials for one name from one source address before further attempts are refused unseen for a while. 0 switches it off.
    /// </summary>
    [Range(0, 1000000)]
    public int MaxAuthenticationFailuresPerMinute { get; init; } = 60;

    /// <summary>
    /// Wrong credentials for whatever names from one source address before all further attempts are refused unseen for a while. Many devices may
    /// share an address, so keep it well above the other. 0 switches it off.
    /// </summary>
    [Range(0, 10000000)]
    public int MaxAuthenticationFailuresPerSourcePerMinute { get; init; } = 6_000;
}
