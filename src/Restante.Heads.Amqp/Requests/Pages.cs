using Restante.Amqp.Types;
using Restante.Core.Paging;
using Restante.Core.Refusals;

namespace Restante.Heads.Amqp.Requests;

/// <summary>Answers with pages of lists.</summary>
internal static class Pages
{
    /// <summary>The bytes of the items of a page; one item is on it whatever it has.</summary>
    public const int MaxBytes = 256 * 1024;

    private const int MaxItems = 1_000;

    /// <summary>A page of a list: the items, and the place to go on after when there may be more.</summary>
    /// <param name="max">How many items at the most; what is out of the range of a page is refused by who reads.</param>
    /// <param name="step">How many are read from the store at once.</param>
    /// <param name="read">Reads so many after an item, or, where there is none yet, from where the page begins.</param>
    /// <param name="map">Shows an item.</param>
    /// <param name="place">The place of an item.</param>
    /// <param name="cancellation">Cancelled when nobody waits for the page any more.</param>
    /// <exception cref="OperationCanceledException">Nobody waits for it.</exception>
    public static async ValueTask<Answer> AnswerAsync<T>(
        int max,
        int step,
        Func<T?, int, ValueTask<Result<IReadOnlyList<T>>>> read,
        Func<T, AmqpMap> map,
        Func<T, string> place,
        CancellationToken cancellation)
        where T : class
    {
        Result<BoundedPage<T, AmqpMap>> page = await PageReading.ReadAsync(
            new PageBounds(max, MaxBytes, max > MaxItems ? max : step),
            read,
            item => ValueTask.FromResult<Result<AmqpMap>>(map(item)),
            EntityMaps.SizeOf,
            cancellation);
        return Answer.Of(page, found =>
        {
            var shown = new AmqpMap { ["items"] = found.Items.Cast<object?>().ToList() };
            if (found.Last is T last)
                shown["next"] = place(last);
            return shown;
        });
    }
}
