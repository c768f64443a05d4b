namespace Restante.Core.Feeds;

/// <summary>An item of a feed in the hands of a receiver, under a lease.</summary>
/// <param name="Item">The item.</param>
/// <param name="Number">Its number in the feed.</param>
/// <param name="HandOut">
/// How often it has been handed out since the start, this time included; tells a receiver from the ones before it.
/// </param>
public readonly record struct TakenItem<T>(T Item, long Number, int HandOut);
