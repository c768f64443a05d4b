using Restante.Core.Reports;

namespace Restante.Core.Storage;

/// <summary>A piece of the feed of all reports.</summary>
/// <param name="Reports">In order of their places in the feed.</param>
/// <param name="SkippedByRetention">How many numbers from the asked place to the last one returned have been dropped.</param>
/// <param name="LastNumber">The place of the newest report there ever was, kept or not; 0 before the first.</param>
public sealed record ReportBatch(IReadOnlyList<ReportRecord> Reports, long SkippedByRetention, long LastNumber)
{
    /// <summary>The place to go on after, for a reader who is not shown all; null when the last one read says it.</summary>
    public long? Next { get; init; }

    /// <summary>True when there is more to look at, though fewer were found that the reader is shown than were asked for.</summary>
    public bool IsUnfinished { get; init; }
}
