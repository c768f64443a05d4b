using Restante.Core.Mailboxes;

namespace Restante.Core.Storage;

/// <summary>A piece of the feed of outcomes.</summary>
/// <param name="Outcomes">In order of their numbers.</param>
/// <param name="SkippedByRetention">How many numbers between the asked place and the first one kept have been dropped.</param>
/// <param name="LastNumber">The number of the newest outcome there ever was, kept or not; 0 before the first.</param>
public sealed record OutcomeBatch(IReadOnlyList<OutcomeRecord> Outcomes, long SkippedByRetention, long LastNumber)
{
    /// <summary>The place to go on after, for a reader who is not shown all; null when the last one read says it.</summary>
    public long? Next { get; init; }

    /// <summary>True when there is more to look at, though fewer were found that the reader is shown than were asked for.</summary>
    public bool IsUnfinished { get; init; }
}
