using Restante.Core.Storage;
using Restante.Storage.Sqlite.Secrets;

namespace Restante.Storage.Sqlite;

/// <summary>How the embedded store is kept. The defaults serve from a laptop to a million devices.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>The name of the database file in <see cref="Directory"/>.</summary>
    public const string FileName = "restante.db";

    /// <summary>The name of the file that keeps a second process out.</summary>
    public const string LockFileName = "restante.lock";

    /// <summary>The directory of the database; created when missing, readable by its owner only.</summary>
    public required string Directory { get; init; }

    /// <summary>The keys that seal and open the secrets in the database.</summary>
    public required MasterKeyRing MasterKeys { get; init; }

    /// <summary>What mailboxes may hold.</summary>
    public MailboxLimits Limits { get; init; } = new();

    /// <summary>How much history is kept.</summary>
    public HistoryLimits History { get; init; } = new();

    /// <summary>Bytes of database pages the writer keeps in memory, at least 1 MiB.</summary>
    public long CacheBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// Bytes of contents of newly written messages kept for mailboxes that are held, so that handing them out needs no read. 0 turns it
    /// off.
    /// </summary>
    public long RecentContentBytes { get; init; } = 16L * 1024 * 1024;

    /// <summary>Devices whose registry entry is kept in memory, at least 1; about 400 bytes each.</summary>
    public int CachedDevices { get; init; } = 50_000;

    /// <summary>
    /// Memberships of devices in groups that are known in memory, 0 or more; 30 to 40 bytes each. With more than that none is, and
    /// audiences of a group are looked for among all devices.
    /// </summary>
    public int MaxIndexedMemberships { get; init; } = 4_000_000;

    /// <summary>Calls that may wait for the disk, at least 1; above it calls are refused as unavailable.</summary>
    public int MaxQueuedCalls { get; init; } = 65_536;

    /// <summary>Bytes of content that may wait for the disk; above it calls are refused as unavailable.</summary>
    public long MaxQueuedBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Calls written in one commit at the most, at least 1.</summary>
    public int MaxBatchCalls { get; init; } = 8_192;

    /// <summary>Bytes in the write-ahead log from which on it is copied into the database beside the writer.</summary>
    public long CheckpointBytes { get; init; } = 32L * 1024 * 1024;

    /// <summary>
    /// Bytes in the write-ahead log at which the writer waits until it has been copied. While even that fails, writes are refused as
    /// unavailable from twice this size on. The file keeps up to this length, as overwriting it is faster than letting it grow again.
    /// </summary>
    public long MaxWalBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>Connections that read, 1 to 64.</summary>
    public int Readers { get; init; } = Math.Clamp(Environment.ProcessorCount, 2, 8);

    /// <summary>
    /// A database up to this many bytes is checked page by page at every start; a larger one by what the start reads anyway.
    /// </summary>
    public long FullCheckBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Who gives out the steps of the store's threads; null for real threads.</summary>
    internal StoreSteps? Steps { get; init; }

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Directory);
        ArgumentOutOfRangeException.ThrowIfLessThan(CacheBytes, 1024 * 1024);
        ArgumentOutOfRangeException.ThrowIfNegative(RecentContentBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(CachedDevices, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxIndexedMemberships);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxQueuedCalls, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxQueuedBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBatchCalls, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CheckpointBytes, 64 * 1024);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxWalBytes, CheckpointBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(Readers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Readers, 64);
        ArgumentOutOfRangeException.ThrowIfLessThan(Limits.MaxDepth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Limits.MaxBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Limits.MaxDeliveries, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Limits.MaxDeliveries, 10_000);
        ArgumentOutOfRangeException.ThrowIfNegative(Limits.OutcomeRetentionMs);
        ArgumentOutOfRangeException.ThrowIfNegative(Limits.RedeliveryDelayMs);
        ArgumentOutOfRangeException.ThrowIfNegative(Limits.MaxRedeliveryDelayMs);
        ArgumentOutOfRangeException.ThrowIfNegative(Limits.IdempotencyRetentionMs);
        ArgumentOutOfRangeException.ThrowIfLessThan(Limits.MaxIdempotencyKeys, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Limits.MaxShelved);
        ArgumentOutOfRangeException.ThrowIfNegative(Limits.ShelfRetentionMs);
        ArgumentOutOfRangeException.ThrowIfLessThan(History.MaxEntries, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(History.RetentionMs);
        ArgumentOutOfRangeException.ThrowIfLessThan(History.MaxWaiting, 1);
    }
}
