using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Reports;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Reports;

/// <summary>
/// The reports of the embedded store. Whose a command is, and how far its reports have come, is read within the transaction that adds one.
/// </summary>
internal sealed class SqliteReportStore(ReaderPool readers, Writer writer) : IReportStore
{
    private const string SelectMessage = """
        SELECT m.device, d.id, m.kind, m.reports_until FROM message m JOIN device d ON d.number = m.device WHERE m.sequence = ?
        """;

    private const string SelectOutcome = "SELECT device_number, device, kind, reports_until, at FROM outcome WHERE sequence = ?";
    private const string SelectLast = "SELECT number, final FROM report WHERE command = ? ORDER BY number DESC LIMIT 1";
    private const string SelectBytes = "SELECT bytes FROM report_bytes WHERE device = ?";

    private const string InsertReport = """
        INSERT INTO report (command, number, final, device, device_number, bytes, at, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """;

    public ValueTask<ReportResult> AppendAsync(ReportItem report, ReportRules rules, long nowMs)
    {
        byte[] content = report.Content.ToArray();
        return writer.Submit(new SimpleOperation<ReportResult>(
            session => Append(session.Connection, report, content, rules, nowMs), bytes: report.Bytes));
    }

    public ValueTask<IReadOnlyList<ReportRecord>> ReadAsync(Sequence command, int from, int max, int maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        return StoreRead.Of<IReadOnlyList<ReportRecord>>(() => readers.Read(
            (command.Value, from, max, maxBytes), static (c, x) => ReportRows.ReadOfCommand(c, x.Value, x.from, x.max, x.maxBytes)));
    }

    public ValueTask<ReportRecord?> FindFinalAsync(Sequence command) => StoreRead.Of(() =>
        readers.Read(command.Value, ReportRows.ReadNewest) is { IsFinal: true } final ? final : null);

    public ValueTask<ReportBatch> ReadFeedAsync(long after, int max) =>
        StoreRead.Of(() => readers.Read((after: Math.Max(after, 0), max), static (c, x) => ReportRows.ReadFeed(c, x.after, x.max)));

    private static ReportResult Append(Connection connection, ReportItem report, byte[] content, ReportRules rules, long nowMs)
    {
        if (FindCommand(connection, report, rules) is not { } command)
            return new ReportResult(ReportStatus.NotOwn, 0, 0, 0);
        (int last, bool final) = FindLast(connection, report.Command.Value);
        ReportResult Answered(ReportStatus status, int number = 0) => new(status, number, last, command.DeadlineMs);
        if (report.Number > 0 && report.Number <= last)
            return Answered(ReportStatus.Duplicate, report.Number);
        if (final)
            return Answered(ReportStatus.AfterFinal);
        if (nowMs >= command.DeadlineMs)
            return Answered(ReportStatus.PastDeadline);
        if (last >= rules.MaxReports)
            return Answered(ReportStatus.TooMany);
        if (BytesOf(connection, report.Device.Value) + report.Bytes > rules.MaxBytes)
            return Answered(ReportStatus.TooManyBytes);
        if (report.Number > last + 1)
            return Answered(ReportStatus.Gap);
        last++;
        connection.Prepare(InsertReport).Bind(1, report.Command.Value).Bind(2, last).Bind(3, report.IsFinal ? 1 : 0)
            .Bind(4, command.Device).Bind(5, report.Device.Value).Bind(6, report.Bytes).Bind(7, nowMs).Bind(8, content).Run();
        return Answered(ReportStatus.Stored, last) with { FeedNumber = connection.LastInsertedRow };
    }

    private static (string Device, long DeadlineMs)? FindCommand(Connection connection, ReportItem report, ReportRules rules)
    {
        Statement message = connection.Prepare(SelectMessage).Bind(1, report.Command.Value);
        if (message.Step())
        {
            long until = message.Int64(3);
            (string, long)? waiting = IsOwn(message, report) ? (message.Text(1)!, until > 0 ? until : long.MaxValue) : null;
            message.Reset();
            return waiting;
        }

        Statement outcome = connection.Prepare(SelectOutcome).Bind(1, report.Command.Value);
        if (!outcome.Step())
            return null;
        long named = outcome.Int64(3);
        (string, long)? ended = IsOwn(outcome, report)
            ? (outcome.Text(1)!, named > 0 ? named : outcome.Int64(4) + rules.DeadlineAfterEndMs)
            : null;
        outcome.Reset();
        return ended;
    }

    private static long BytesOf(Connection connection, long device)
    {
        Statement select = connection.Prepare(SelectBytes).Bind(1, device);
        long bytes = select.Step() ? select.Int64(0) : 0;
        select.Reset();
        return bytes;
    }

    private static bool IsOwn(Statement row, ReportItem report) =>
        row.Int64(0) == report.Device.Value && row.Int32(2) == (int)MessageKind.Command;

    private static (int Last, bool Final) FindLast(Connection connection, long command)
    {
        Statement select = connection.Prepare(SelectLast).Bind(1, command);
        if (!select.Step())
            return (0, false);
        (int, bool) last = (select.Int32(0), select.Int32(1) != 0);
        select.Reset();
        return last;
    }
}
