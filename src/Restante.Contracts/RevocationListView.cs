namespace Restante.Contracts;

/// <summary>What is known of a revocation list.</summary>
public sealed record RevocationListView
{
    /// <summary>When it was made.</summary>
    public required DateTimeOffset ThisUpdate { get; init; }

    /// <summary>When the next one is due; absent when it does not say.</summary>
    public DateTimeOffset? NextUpdate { get; init; }

    /// <summary>How many certificates it names.</summary>
    public required int Count { get; init; }
}
