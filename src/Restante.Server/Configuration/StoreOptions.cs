using System.ComponentModel.DataAnnotations;

namespace Restante.Server.Configuration;

/// <summary>How the embedded store works. The defaults serve from a laptop to a million devices.</summary>
public sealed record StoreOptions
{
    /// <summary>
    /// The file with the master keys that encrypt all keys in the store. Empty for the environment variable RESTANTE_MASTER_KEY, else the
    /// systemd credential restante-master-key, else master.key in the data directory, which the first start makes.
    /// </summary>
    public string MasterKeyFile { get; init; } = string.Empty;

    /// <summary>Bytes of database pages the writer keeps in memory. Each reader keeps an eighth of it.</summary>
    [Range(typeof(long), "1048576", "1099511627776")]
    public long CacheBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// Bytes of newly written messages kept in memory for connected devices, so that handing them out needs no read; 0 for none.
    /// </summary>
    [Range(typeof(long), "0", "1099511627776")]
    public long RecentContentBytes { get; init; } = 16L * 1024 * 1024;

    /// <summary>Devices whose registry entry is kept in memory, about 400 bytes each.</summary>
    [Range(1, 100_000_000)]
    public int CachedDevices { get; init; } = 50_000;

    /// <summary>
    /// Memberships of devices in groups that are known in memory, 30 to 40 bytes each. With more than that none is, and audiences of a
    /// group are looked for among all devices.
    /// </summary>
    [Range(0, 1_000_000_000)]
    public int MaxIndexedMemberships { get; init; } = 4_000_000;

    /// <summary>Calls that may wait for the disk; above it work is refused as unavailable.</summary>
    [Range(1, 10_000_000)]
    public int MaxQueuedCalls { get; init; } = 65_536;

    /// <summary>Bytes in the write-ahead log from which on it is copied into the database, beside the writer.</summary>
    [Range(typeof(long), "65536", "1099511627776")]
    public long CheckpointBytes { get; init; } = 32L * 1024 * 1024;

    /// <summary>Bytes in the write-ahead log at which the writer waits until it has been copied.</summary>
    [Range(typeof(long), "65536", "1099511627776")]
    public long MaxWalBytes { get; init; } = 256L * 1024 * 1024;
}
