using Restante.Core.Mailboxes;

namespace Restante.Core.Reports;

/// <summary>What came of waiting for the final report on a command.</summary>
/// <param name="Report">The final report; null when there is none (yet).</param>
/// <param name="Outcome">How the command ended, as far as that is known; null when it has not.</param>
public sealed record FinalReport(ReportRecord? Report, OutcomeRecord? Outcome);
