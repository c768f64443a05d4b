namespace Restante.Heads.Http.Feeds;

/// <summary>What a numbered feed holds after a place.</summary>
/// <param name="Items">The records in their order.</param>
/// <param name="Next">The place to go on after.</param>
/// <param name="Skipped">Records after the asked place that retention has dropped.</param>
internal readonly record struct FeedPage<T>(IReadOnlyList<T> Items, long Next, long Skipped)
{
    public bool IsEmpty => Items.Count == 0 && Skipped == 0;

    /// <summary>The page that begins after a place; it goes on after its last record.</summary>
    public static FeedPage<T> After(long after, IReadOnlyList<T> items, long skipped, Func<T, long> place) =>
        new(items, items.Count > 0 ? place(items[^1]) : after + skipped, skipped);
}
