namespace Restante.Contracts;

/// <summary>All telemetry partitions.</summary>
public sealed record PartitionPage
{
    /// <summary>The partitions in order.</summary>
    public required IReadOnlyList<PartitionView> Items { get; init; }
}
