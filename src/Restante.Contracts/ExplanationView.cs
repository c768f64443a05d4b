namespace Restante.Contracts;

/// <summary>What happened to a message, and why.</summary>
public sealed record ExplanationView
{
    /// <summary>The message's id.</summary>
    public required string Id { get; init; }

    /// <summary><c>command</c>, <c>notification</c> or <c>answer</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The device whose mailbox it is or was in; absent for a notification as a whole.</summary>
    public string? Device { get; init; }

    /// <summary><c>waiting</c>, <c>leased</c> or <c>ended</c>.</summary>
    public required string State { get; init; }

    /// <summary>How it ended; absent while it has not.</summary>
    public string? Outcome { get; init; }

    /// <summary>Why it is where it is, in one sentence.</summary>
    public required string Sentence { get; init; }

    /// <summary>The facts in the order of time.</summary>
    public required IReadOnlyList<FactView> Facts { get; init; }

    /// <summary>False when older facts were left out, or are no longer kept.</summary>
    public required bool IsComplete { get; init; }
}
