using Restante.Core.Refusals;

namespace Restante.Core.Paging;

/// <summary>
/// Reads pages that end by items and by bytes. The store is read in small steps, so that little more is read than is shown.
/// </summary>
public static class PageReading
{
    /// <summary>Reads one page. Refusals: those of reading and showing.</summary>
    /// <param name="bounds">Where it ends.</param>
    /// <param name="readAsync">Reads so many after an item, or, where there is none yet, from where the page begins.</param>
    /// <param name="showAsync">What is shown of an item.</param>
    /// <param name="sizeOf">How many bytes that has.</param>
    /// <param name="cancellation">Cancelled when nobody waits for the page any more.</param>
    /// <exception cref="OperationCanceledException">Nobody waits for it.</exception>
    public static async ValueTask<Result<BoundedPage<T, TView>>> ReadAsync<T, TView>(
        PageBounds bounds,
        Func<T?, int, ValueTask<Result<IReadOnlyList<T>>>> readAsync,
        Func<T, ValueTask<Result<TView>>> showAsync,
        Func<TView, int> sizeOf,
        CancellationToken cancellation)
        where T : class
    {
        var items = new List<TView>();
        T? last = null;
        long bytes = 0;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            int step = Math.Min(bounds.Step, bounds.Items - items.Count);
            Result<IReadOnlyList<T>> read = await readAsync(last, step);
            if (!read.IsSuccess)
                return read.Refusal;
            foreach (T item in read.Value)
            {
                Result<TView> view = await showAsync(item);
                if (!view.IsSuccess)
                    return view.Refusal;
                bytes += sizeOf(view.Value);
                if (bytes > bounds.Bytes && items.Count > 0)
                    return new BoundedPage<T, TView>(items, last);
                items.Add(view.Value);
                last = item;
            }

            if (items.Count >= bounds.Items)
                return new BoundedPage<T, TView>(items, last);
            if (read.Value.Count < step)
                return new BoundedPage<T, TView>(items, null);
        }
    }
}
