using Restante.Core.Mailboxes;
using Restante.Core.Reports;

namespace Restante.Core.Storage;

/// <summary>
/// What devices report on their commands. Reports on one command are numbered 1, 2, 3 and so on, without gaps. They are kept as long as the
/// command is: while it waits, and then until the retention of its outcome ends.
/// </summary>
public interface IReportStore
{
    /// <summary>
    /// Appends one report to those on a command of the same device, in the same generation; durable on return. Looked at in this order:
    /// whose command it is, whether the number is there already, whether the final report is, the deadline, how many there are, how many
    /// bytes the reports have that are kept of the device, whether the ones before it are there.
    /// </summary>
    ValueTask<ReportResult> AppendAsync(ReportItem report, ReportRules rules, long nowMs);

    /// <summary>Reads the reports on a command, in order.</summary>
    /// <param name="command">The command.</param>
    /// <param name="from">The first number wanted, from 1.</param>
    /// <param name="max">How many at the most; at least 1.</param>
    /// <param name="maxBytes">Stop after this many bytes of content; at least one report is returned if there is one.</param>
    ValueTask<IReadOnlyList<ReportRecord>> ReadAsync(Sequence command, int from, int max, int maxBytes);

    /// <summary>The final report on a command; null when there is none (yet).</summary>
    ValueTask<ReportRecord?> FindFinalAsync(Sequence command);

    /// <summary>Reads the feed of all reports after a place.</summary>
    ValueTask<ReportBatch> ReadFeedAsync(long after, int max);
}
