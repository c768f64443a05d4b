namespace Restante.Core.Reports;

/// <summary>The receipt for a report.</summary>
/// <param name="Number">Its place among the reports on its command, from 1.</param>
/// <param name="IsDuplicate">True when it was there already and nothing was changed.</param>
public readonly record struct StoredReport(int Number, bool IsDuplicate);
