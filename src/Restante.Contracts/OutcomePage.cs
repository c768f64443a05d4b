namespace Restante.Contracts;

/// <summary>A piece of the feed of outcomes.</summary>
public sealed record OutcomePage
{
    /// <summary>The outcomes in the order of their numbers.</summary>
    public required IReadOnlyList<OutcomeView> Items { get; init; }

    /// <summary>What to give as <c>after</c> next.</summary>
    public required long Next { get; init; }

    /// <summary>How many outcomes after the asked place are no longer kept.</summary>
    public required long Skipped { get; init; }
}
