namespace Restante.Contracts;

/// <summary>A device that a job's command was refused for.</summary>
public sealed record JobRefusalView
{
    /// <summary>The device.</summary>
    public required string Device { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }
}
