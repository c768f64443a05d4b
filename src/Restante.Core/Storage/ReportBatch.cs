using Restante.Core.Reports;

namespace Restante.Core.Storage;

/// <summary>A piece of the feed of all reports.</summary>
/// <param name="Reports">In order of their places in the feed.</param>
/// <param name="SkippedByRetention">How many numbers from the asked place to the last one returned have been dropped.</param>
/// <param name="LastNumber">The place of the newest report there ever was, kept or not; 0 before the first.</param>
public sealed record ReportBatch(IReadOnlyList<ReportRecord> Reports, long SkippedByRetention, long LastNumber);
