using Restante.Core.Access;

namespace Restante.Core.Feeds;

/// <summary>What a reader that is not shown all has found of a feed.</summary>
/// <param name="Items">What it is shown, in order.</param>
/// <param name="Skipped">How many numbers retention had dropped, whoever they were for.</param>
/// <param name="Next">The place to go on after: what it is not shown has been passed over.</param>
/// <param name="IsUnfinished">True when the end of the feed was not reached: there may be more to look at.</param>
internal readonly record struct ScopedPage<T>(IReadOnlyList<T> Items, long Skipped, long Next, bool IsUnfinished)
{
    /// <summary>
    /// Reads on until something is found, the feed ends, or <see cref="ScopedReading.MaxLookedAt"/> have been looked at. The store is read
    /// in whole steps also where few are wanted, and others have their turn between two of them; it ends at the last item that is wanted.
    /// </summary>
    /// <param name="after">The place to go on after.</param>
    /// <param name="max">How many items at the most.</param>
    /// <param name="step">How many are read at once at the least; more when more are wanted.</param>
    /// <param name="numberOf">The place of an item.</param>
    /// <param name="readAsync">Reads so many after a place.</param>
    /// <param name="seesAsync">True for an item that the reader is shown.</param>
    public static async ValueTask<ScopedPage<T>> ReadAsync(
        long after,
        int max,
        int step,
        Func<T, long> numberOf,
        Func<long, int, ValueTask<FeedBatch<T>>> readAsync,
        Func<T, ValueTask<bool>> seesAsync)
    {
        var items = new List<T>();
        long skipped = 0;
        int count = Math.Max(max, step), looked = 0;
        while (true)
        {
            FeedBatch<T> batch = await readAsync(after, count);
            if (batch.Items.Count == 0)
                return new ScopedPage<T>(items, skipped + batch.SkippedByRetention, after + batch.SkippedByRetention, false);
            long missingBefore = after - looked;
            foreach (T item in batch.Items)
            {
                after = numberOf(item);
                looked++;
                if (!await seesAsync(item))
                    continue;
                items.Add(item);
                if (items.Count < max)
                    continue;
                skipped += Math.Min(batch.SkippedByRetention, after - looked - missingBefore); // Gaps behind it come next.
                return new ScopedPage<T>(items, skipped, after, true);
            }

            skipped += batch.SkippedByRetention;
            if (items.Count > 0 || looked >= ScopedReading.MaxLookedAt)
                return new ScopedPage<T>(items, skipped, after, items.Count == 0 || batch.Items.Count >= count);
            await Task.Yield();
        }
    }
}
