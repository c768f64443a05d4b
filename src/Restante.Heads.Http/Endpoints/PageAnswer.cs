using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Restante.Core.Paging;
using Restante.Core.Refusals;
using Restante.Heads.Http.Views;

namespace Restante.Heads.Http.Endpoints;

/// <summary>
/// Answers with a page of a list: it ends by its items or by <see cref="HttpHeadOptions.MaxPageBytes"/> of their JSON, whichever comes
/// first.
/// </summary>
/// <typeparam name="TPage">The page.</typeparam>
/// <param name="context">The request.</param>
/// <param name="max">How many items at the most.</param>
/// <param name="type">How the page is written.</param>
/// <param name="step">How many items are read from the store at once.</param>
internal readonly struct PageAnswer<TPage>(HttpContext context, int max, JsonTypeInfo<TPage> type, int step = PageBounds.UsualStep)
{
    /// <summary>Reads the page and shows it, or the refusal.</summary>
    /// <param name="read">Reads so many after an item, or, where there is none yet, from where the page begins.</param>
    /// <param name="show">Shows an item.</param>
    /// <param name="view">How that is written.</param>
    /// <param name="page">The page of what is shown, and of the item that the next page goes on after, if there is one.</param>
    public Task<IResult> OfAsync<T, TView>(
        Func<T?, int, ValueTask<Result<IReadOnlyList<T>>>> read,
        Func<T, TView> show,
        JsonTypeInfo<TView> view,
        Func<IReadOnlyList<TView>, T?, TPage> page)
        where T : class => OfAsync(read, item => ValueTask.FromResult<Result<TView>>(show(item)), view, page);

    /// <summary>The same where what is shown has to be looked up.</summary>
    public async Task<IResult> OfAsync<T, TView>(
        Func<T?, int, ValueTask<Result<IReadOnlyList<T>>>> read,
        Func<T, ValueTask<Result<TView>>> show,
        JsonTypeInfo<TView> view,
        Func<IReadOnlyList<TView>, T?, TPage> page)
        where T : class
    {
        int bytes = context.RequestServices.GetRequiredService<HttpHeadOptions>().MaxPageBytes;
        JsonTypeInfo<TPage> written = type;
        using var size = new JsonSize();
        Result<BoundedPage<T, TView>> bounded = await PageReading.ReadAsync(
            new PageBounds(max, bytes, step), read, show, item => size.Of(item, view), context.RequestAborted);
        return Answers.Show(bounded, found => page(found.Items, found.Last), written);
    }
}
