namespace Restante.Contracts;

/// <summary>A consumer group of telemetry.</summary>
public sealed record ConsumerGroupView
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Who reads at present.</summary>
    public required IReadOnlyList<GroupReaderView> Readers { get; init; }

    /// <summary>How far it has come.</summary>
    public required IReadOnlyList<GroupPartitionView> Partitions { get; init; }
}
