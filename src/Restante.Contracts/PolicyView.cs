namespace Restante.Contracts;

/// <summary>An access policy.</summary>
public sealed record PolicyView
{
    /// <summary>Its name; the user name is <c>policy/</c> and the name.</summary>
    public required string Name { get; init; }

    /// <summary>What it allows.</summary>
    public required IReadOnlyList<string> Rights { get; init; }

    /// <summary>What it reaches; absent when that is everything.</summary>
    public ScopeView? Scope { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Its keys; only in the answer to its creation.</summary>
    public DeviceKeys? Keys { get; init; }
}
