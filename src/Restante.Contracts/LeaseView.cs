namespace Restante.Contracts;

/// <summary>A lease that was renewed.</summary>
public sealed record LeaseView
{
    /// <summary>The lease.</summary>
    public required string Lease { get; init; }

    /// <summary>Until when it holds now.</summary>
    public required DateTimeOffset LeasedUntil { get; init; }
}
