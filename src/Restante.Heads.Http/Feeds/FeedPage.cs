namespace Restante.Heads.Http.Feeds;

/// <summary>What a numbered feed holds after a place.</summary>
/// <param name="Items">The records in their order.</param>
/// <param name="Next">The place to go on after.</param>
/// <param name="Skipped">Records after the asked place that retention has dropped.</param>
/// <param name="IsUnfinished">True when there is more to look at, though nothing was found that the reader is shown.</param>
internal readonly record struct FeedPage<T>(IReadOnlyList<T> Items, long Next, long Skipped, bool IsUnfinished = false)
{
    public bool IsEmpty => Items.Count == 0 && Skipped == 0 && !IsUnfinished;

    /// <summary>The page that begins after a place; it goes on after its last record.</summary>
    /// <param name="after">The place.</param>
    /// <param name="items">The records.</param>
    /// <param name="skipped">How many retention has dropped.</param>
    /// <param name="place">The place of a record.</param>
    /// <param name="next">Where it goes on in fact, for a reader who is not shown all; null for a reader who is.</param>
    /// <param name="isUnfinished">True when there is more to look at.</param>
    public static FeedPage<T> After(
        long after, IReadOnlyList<T> items, long skipped, Func<T, long> place, long? next = null, bool isUnfinished = false) =>
        new(items, next ?? (items.Count > 0 ? place(items[^1]) : after + skipped), skipped, isUnfinished);
}
