namespace Restante.Contracts;

/// <summary>The health of the gateway.</summary>
public sealed record HealthView
{
    /// <summary><c>live</c>, <c>ready</c>, <c>draining</c> or <c>unavailable</c>.</summary>
    public required string Status { get; init; }
}
