namespace Restante.Core.Feeds;

/// <summary>A piece of a durable feed.</summary>
/// <param name="Items">In order of their numbers.</param>
/// <param name="SkippedByRetention">How many numbers between the asked place and the first one kept have been dropped.</param>
public readonly record struct FeedBatch<T>(IReadOnlyList<T> Items, long SkippedByRetention);
