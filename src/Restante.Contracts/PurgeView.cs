namespace Restante.Contracts;

/// <summary>What a purge did.</summary>
public sealed record PurgeView
{
    /// <summary>How many messages ended as <c>cancelled</c>.</summary>
    public required int Cancelled { get; init; }
}
