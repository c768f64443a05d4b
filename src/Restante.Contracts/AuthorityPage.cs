namespace Restante.Contracts;

/// <summary>All certificate authorities in the order of their names.</summary>
public sealed record AuthorityPage
{
    /// <summary>The authorities.</summary>
    public required IReadOnlyList<AuthorityView> Items { get; init; }
}
