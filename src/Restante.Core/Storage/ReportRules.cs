namespace Restante.Core.Storage;

/// <summary>What is allowed of reports.</summary>
/// <param name="MaxReports">Reports on one command.</param>
/// <param name="MaxBytes">Bytes of all reports of one device that are kept, each counted as <see cref="ReportItem.Bytes"/>.</param>
/// <param name="DeadlineAfterEndMs">
/// For how long after a command has ended reports on it are taken, when the command names no instant of its own.
/// </param>
public readonly record struct ReportRules(int MaxReports, long MaxBytes, long DeadlineAfterEndMs);
