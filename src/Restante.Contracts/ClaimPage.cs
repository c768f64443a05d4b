namespace Restante.Contracts;

/// <summary>A page of claims in the order of their numbers.</summary>
public sealed record ClaimPage
{
    /// <summary>The claims.</summary>
    public required IReadOnlyList<ClaimView> Items { get; init; }

    /// <summary>What to give as <c>after</c> for the next page; absent on the last one.</summary>
    public string? Next { get; init; }
}
