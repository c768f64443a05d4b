namespace Restante.Contracts;

/// <summary>A partition as a consumer group stands in it.</summary>
public sealed record GroupPartitionView
{
    /// <summary>The partition.</summary>
    public required int Partition { get; init; }

    /// <summary>Who holds it; absent for nobody.</summary>
    public string? Reader { get; init; }

    /// <summary>The checkpoint: the first record that has not been dealt with.</summary>
    public required long NextSequenceNumber { get; init; }

    /// <summary>How many records that are kept have not been dealt with.</summary>
    public required long Behind { get; init; }

    /// <summary>How many records the group has missed since the start of the gateway.</summary>
    public required long Skipped { get; init; }
}
