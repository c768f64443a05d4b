namespace Restante.Core.Streams;

/// <summary>What a read returned.</summary>
/// <param name="Records">The records in order; empty at the end of the stream.</param>
/// <param name="NextSequenceNumber">Where the next read goes on.</param>
/// <param name="SkippedByRetention">
/// How many records between the asked place and the first record returned have been dropped by retention; a reader must be told.
/// </param>
public sealed record StreamBatch(IReadOnlyList<StreamRecord> Records, long NextSequenceNumber, long SkippedByRetention)
{
    /// <summary>True when there is more to look at, though nothing was found that the reader is shown.</summary>
    public bool IsUnfinished { get; init; }
}
