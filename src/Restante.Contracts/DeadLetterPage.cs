namespace Restante.Contracts;

/// <summary>A page of a dead-letter shelf.</summary>
public sealed record DeadLetterPage
{
    /// <summary>The messages in the order of their ids.</summary>
    public required IReadOnlyList<DeadLetterView> Items { get; init; }

    /// <summary>What to give as <c>after</c> for the next page; absent on the last one.</summary>
    public string? Next { get; init; }
}
