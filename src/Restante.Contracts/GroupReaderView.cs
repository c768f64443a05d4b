namespace Restante.Contracts;

/// <summary>A reader of a consumer group.</summary>
public sealed record GroupReaderView
{
    /// <summary>What it calls itself.</summary>
    public required string Name { get; init; }

    /// <summary>The policy it has authenticated with.</summary>
    public required string Policy { get; init; }

    /// <summary>True when it holds its place by polling.</summary>
    public required bool IsPolling { get; init; }

    /// <summary>The partitions that it holds.</summary>
    public required IReadOnlyList<int> Partitions { get; init; }
}
