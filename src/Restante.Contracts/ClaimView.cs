namespace Restante.Contracts;

/// <summary>A claim that waits to be used.</summary>
public sealed record ClaimView
{
    /// <summary>Its number; tells nothing of its token.</summary>
    public required long Number { get; init; }

    /// <summary>The only device that may use it; absent for any of the group.</summary>
    public string? Device { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ends.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Its secret; only in the answer to its creation.</summary>
    public string? Token { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"claim {Number}";
}
