using Restante.Core.Paging;
using Restante.Core.Refusals;

namespace Restante.Heads.Http.Feeds;

/// <summary>What a numbered feed holds after a place.</summary>
/// <param name="Items">The records in their order.</param>
/// <param name="Next">The place to go on after.</param>
/// <param name="Skipped">Records after the asked place that retention has dropped.</param>
/// <param name="IsUnfinished">True when there is more to look at, though fewer were found that the reader is shown.</param>
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

    /// <summary>
    /// Reads a page that ends by items and by bytes. The feed is read in small steps, so that little more is read than is shown. Where the
    /// reader is not shown all it ends, too, when <see cref="PageBounds.MaxLookedAt"/> have been looked at.
    /// </summary>
    /// <param name="after">The place that it begins after.</param>
    /// <param name="bounds">Where it ends.</param>
    /// <param name="readAsync">Reads so many after a place.</param>
    /// <param name="place">The place of a record.</param>
    /// <param name="sizeOf">How many bytes a record has.</param>
    public static async ValueTask<Result<FeedPage<T>>> ReadAsync(
        long after,
        PageBounds bounds,
        Func<long, int, ValueTask<Result<FeedPage<T>>>> readAsync,
        Func<T, long> place,
        Func<T, int> sizeOf)
    {
        var items = new List<T>();
        long begin = after, skipped = 0, bytes = 0;
        while (true)
        {
            int step = Math.Min(bounds.Step, bounds.Items - items.Count);
            Result<FeedPage<T>> read = await readAsync(after, step);
            if (!read.IsSuccess)
                return read;
            FeedPage<T> page = read.Value;
            if (page.Skipped > 0 && items.Count > 0)
                return new FeedPage<T>(items, after, skipped); // A gap stands before what comes after it: at the beginning of a page.
            skipped += page.Skipped;
            foreach (T item in page.Items)
            {
                bytes += sizeOf(item);
                if (bytes > bounds.Bytes && items.Count > 0)
                    return new FeedPage<T>(items, place(items[^1]), skipped);
                items.Add(item);
            }

            after = page.Next;
            bool isEnd = page.Items.Count < step && !page.IsUnfinished;
            if (isEnd || items.Count >= bounds.Items || after - begin - skipped >= PageBounds.MaxLookedAt)
                return new FeedPage<T>(items, after, skipped, page.IsUnfinished && items.Count == 0);
        }
    }
}
