namespace Restante.Contracts;

/// <summary>Records that a reader missed because they are no longer kept.</summary>
public sealed record StreamGap
{
    /// <summary>The telemetry partition; absent for events and outcomes.</summary>
    public int? Partition { get; init; }

    /// <summary>How many records were missed.</summary>
    public required long Skipped { get; init; }
}
