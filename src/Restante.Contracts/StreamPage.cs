namespace Restante.Contracts;

/// <summary>A piece of telemetry or of the events.</summary>
public sealed record StreamPage
{
    /// <summary>The records; in order within each partition.</summary>
    public required IReadOnlyList<StreamRecordView> Items { get; init; }

    /// <summary>What to give as <c>cursor</c> next. Opaque.</summary>
    public required string Next { get; init; }

    /// <summary>Where retention had passed the reader; absent when nothing was missed.</summary>
    public IReadOnlyList<StreamGap>? Gaps { get; init; }
}
