namespace Restante.Core.Paging;

/// <summary>A page of a list.</summary>
/// <param name="Items">What it shows, in order.</param>
/// <param name="Last">What the page after this one goes on after; null when there is none.</param>
public sealed record BoundedPage<T, TView>(IReadOnlyList<TView> Items, T? Last)
    where T : class;
