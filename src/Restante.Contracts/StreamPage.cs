namespace Restante.Contracts;

/// <summary>A piece of telemetry or of the events.</summary>
public sealed record StreamPage
{
    /// <summary>The records; in order within each partition.</summary>
    public required IReadOnlyList<StreamRecordView> Items { get; init; }

    /// <summary>
    /// What to give as <c>cursor</c> next. Opaque. Absent for a reader of a consumer group, which goes on at its checkpoint.
    /// </summary>
    public string? Next { get; init; }

    /// <summary>For a reader of a consumer group: the partitions that it holds.</summary>
    public IReadOnlyList<int>? Partitions { get; init; }

    /// <summary>Where retention had passed the reader; absent when nothing was missed.</summary>
    public IReadOnlyList<StreamGap>? Gaps { get; init; }
}
