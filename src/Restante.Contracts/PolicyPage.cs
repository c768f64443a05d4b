namespace Restante.Contracts;

/// <summary>All access policies in the order of their names.</summary>
public sealed record PolicyPage
{
    /// <summary>The policies.</summary>
    public required IReadOnlyList<PolicyView> Items { get; init; }
}
