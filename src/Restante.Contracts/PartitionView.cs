namespace Restante.Contracts;

/// <summary>The ends of a telemetry partition.</summary>
public sealed record PartitionView
{
    /// <summary>The partition, counted from 0.</summary>
    public required int Partition { get; init; }

    /// <summary>The oldest kept record, or the next to come when nothing is kept.</summary>
    public required long FirstSequenceNumber { get; init; }

    /// <summary>What the next record will get.</summary>
    public required long NextSequenceNumber { get; init; }

    /// <summary>The offset of the newest record; absent when there never was one.</summary>
    public string? LastOffset { get; init; }

    /// <summary>When the newest record was taken; absent when there never was one.</summary>
    public DateTimeOffset? LastEnqueuedAt { get; init; }
}
