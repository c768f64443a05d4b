namespace Restante.Core.Storage;

/// <summary>What a store of streams keeps. Handed to it when it is opened.</summary>
public sealed record StreamLimits
{
    /// <summary>Telemetry partitions, 1 to 1,024. Only the first start reads it; later ones keep what the store was created with.</summary>
    public int Partitions { get; init; } = 8;

    /// <summary>How long records are kept, in milliseconds.</summary>
    public long RetentionMs { get; init; } = 7L * 24 * 3600 * 1000;

    /// <summary>How many bytes are kept in all, on disk.</summary>
    public long RetentionBytes { get; init; } = 8L * 1024 * 1024 * 1024;

    /// <summary>The size of one segment file in bytes. Retention drops whole segments.</summary>
    public int SegmentBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Bytes that may wait for the disk; above it appends are refused as unavailable.</summary>
    public int MaxPendingBytes { get; init; } = 64 * 1024 * 1024;
}
