namespace Restante.Contracts;

/// <summary>A page of reports.</summary>
public sealed record ReportPage
{
    /// <summary>The reports in order.</summary>
    public required IReadOnlyList<ReportView> Items { get; init; }

    /// <summary>Where to go on: what to give as <c>from</c> (the reports on a command) or <c>after</c> (the feed) next.</summary>
    public required long Next { get; init; }

    /// <summary>How many reports after the asked place of the feed are no longer kept.</summary>
    public required long Skipped { get; init; }
}
