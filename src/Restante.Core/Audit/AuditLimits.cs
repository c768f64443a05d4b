using System.ComponentModel.DataAnnotations;
using Restante.Core.Storage;

namespace Restante.Core.Audit;

/// <summary>What is kept of the audit log, and how many refusals it takes one by one.</summary>
public sealed record AuditLimits
{
    private const int SegmentBytes = 8 * 1024 * 1024;

    /// <summary>How long entries are kept, in milliseconds; 400 days when not set.</summary>
    [Range(typeof(long), "86400000", "316224000000")]
    public long RetentionMs { get; init; } = 400L * 24 * 3600 * 1000;

    /// <summary>How many bytes of entries are kept, on disk; an entry has some 400. The oldest are dropped first.</summary>
    [Range(typeof(long), "33554432", "1125899906842624")]
    public long RetentionBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>
    /// Refusals that make an entry in an hour: so many of services, as many again of devices, and as many of peers that are not
    /// authenticated. Those beyond are counted and told together.
    /// </summary>
    [Range(10, 1_000_000)]
    public int MaxRefusalsPerHour { get; init; } = 1_000;

    /// <summary>
    /// The same for one principal, and for one address of peers that are not authenticated, so that none of them has more than its share.
    /// </summary>
    [Range(2, 1_000_000)]
    public int MaxRefusalsPerSourcePerHour { get; init; } = 60;

    /// <summary>What the store of the log is opened with.</summary>
    public StreamLimits ToStreamLimits() => new()
    {
        Partitions = 1,
        RetentionMs = RetentionMs,
        RetentionBytes = RetentionBytes,
        SegmentBytes = SegmentBytes,
        MaxPendingBytes = SegmentBytes,
    };
}
