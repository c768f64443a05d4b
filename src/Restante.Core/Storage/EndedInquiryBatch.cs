using Restante.Core.Inquiries;

namespace Restante.Core.Storage;

/// <summary>A piece of the feed of ended inquiries of one subject.</summary>
/// <param name="Ended">In order of their numbers.</param>
/// <param name="SkippedByRetention">
/// How many numbers between the asked place and the last one read, or the newest one when none was, are no longer kept.
/// </param>
/// <param name="LastNumber">The number of the newest one there ever was of the subject, kept or not; 0 before the first.</param>
public sealed record EndedInquiryBatch(IReadOnlyList<EndedInquiry> Ended, long SkippedByRetention, long LastNumber)
{
    /// <summary>The place to go on after, for a reader who is not shown all; null when the last one read says it.</summary>
    public long? Next { get; init; }

    /// <summary>True when there is more to look at, though fewer were found that the reader is shown than were asked for.</summary>
    public bool IsUnfinished { get; init; }
}
