namespace Restante.Contracts;

/// <summary>The receipt for a report.</summary>
public sealed record ReportReceipt
{
    /// <summary>The command.</summary>
    public required string Command { get; init; }

    /// <summary>Its place among the reports on that command.</summary>
    public required int Number { get; init; }

    /// <summary>True when it was there already and nothing was changed.</summary>
    public required bool IsDuplicate { get; init; }
}
