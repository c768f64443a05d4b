using System.ComponentModel.DataAnnotations;

namespace Restante.Core.Storage;

/// <summary>What a store of streams keeps. Handed to it when it is opened.</summary>
public sealed record StreamLimits
{
    private const int EventSegmentBytes = 8 * 1024 * 1024;

    /// <summary>Telemetry partitions, 1 to 1,024. Only the first start reads it; later ones keep what the store was created with.</summary>
    [Range(1, 1024)]
    public int Partitions { get; init; } = 8;

    /// <summary>How long records are kept, in milliseconds.</summary>
    [Range(typeof(long), "60000", "316224000000")]
    public long RetentionMs { get; init; } = 7L * 24 * 3600 * 1000;

    /// <summary>How many bytes of telemetry are kept in all, on disk.</summary>
    [Range(typeof(long), "1048576", "1125899906842624")]
    public long RetentionBytes { get; init; } = 8L * 1024 * 1024 * 1024;

    /// <summary>How many bytes of events are kept, on disk, in a log of their own.</summary>
    [Range(typeof(long), "33554432", "1125899906842624")]
    public long EventRetentionBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>The size of one segment file in bytes. Retention drops whole segments.</summary>
    [Range(1048576, 1073741824)]
    public int SegmentBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Bytes that may wait for the disk; above it appends are refused as unavailable.</summary>
    [Range(1048576, 1073741824)]
    public int MaxPendingBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>What a log that holds nothing but the events keeps.</summary>
    public StreamLimits ForEvents() => this with
    {
        Partitions = 1,
        RetentionBytes = EventRetentionBytes,
        SegmentBytes = Math.Min(SegmentBytes, EventSegmentBytes),
    };
}
