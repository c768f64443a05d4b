namespace Restante.Contracts;

/// <summary>All issuers in the order of their names.</summary>
public sealed record IssuerPage
{
    /// <summary>The issuers.</summary>
    public required IReadOnlyList<IssuerView> Items { get; init; }
}
