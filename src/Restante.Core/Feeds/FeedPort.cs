using Restante.Core.Access;

namespace Restante.Core.Feeds;

/// <summary>
/// What a named reader needs of its feed. Calls that the store cannot take now fail with <see cref="Storage.StoreUnavailableException"/>.
/// </summary>
public sealed record FeedPort<T>
{
    /// <summary>The number of an item; positive, and rising along the feed.</summary>
    public required Func<T, long> NumberOf { get; init; }

    /// <summary>Reads after a number, so many items at the most (1 to 1,000).</summary>
    public required Func<long, int, ValueTask<FeedBatch<T>>> ReadAsync { get; init; }

    /// <summary>Tells which items a service is shown, for one reading; null when it is shown all.</summary>
    public required Func<ServicePrincipal, Func<T, ValueTask<bool>>?> SeenBy { get; init; }

    /// <summary>How far the reader has come; 0 for a new one.</summary>
    public required Func<ValueTask<long>> GetCursorAsync { get; init; }

    /// <summary>Keeps how far the reader has come; durable on return. It never moves back.</summary>
    public required Func<long, ValueTask> SetCursorAsync { get; init; }
}
