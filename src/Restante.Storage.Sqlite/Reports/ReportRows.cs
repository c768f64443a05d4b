using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Reports;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Reports;

/// <summary>The table of reports and its reads.</summary>
internal static class ReportRows
{
    /// <summary>
    /// The rows stand in the order of the feed. Whoever drops an outcome drops its reports with it, in the same transaction; so are the
    /// bytes counted that are kept of each device, and devices of which nothing is kept have no row.
    /// </summary>
    public const string Tables = """
        CREATE TABLE report (
            feed INTEGER PRIMARY KEY AUTOINCREMENT,
            command INTEGER NOT NULL,
            number INTEGER NOT NULL,
            final INTEGER NOT NULL,
            device TEXT NOT NULL,
            device_number INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            at INTEGER NOT NULL,
            content BLOB NOT NULL,
            UNIQUE (command, number));
        CREATE TABLE report_bytes (
            device INTEGER PRIMARY KEY,
            bytes INTEGER NOT NULL);
        CREATE TRIGGER report_retention AFTER DELETE ON outcome BEGIN
            DELETE FROM report WHERE command = OLD.sequence;
        END;
        CREATE TRIGGER report_counted AFTER INSERT ON report BEGIN
            INSERT INTO report_bytes (device, bytes) VALUES (NEW.device_number, NEW.bytes)
                ON CONFLICT (device) DO UPDATE SET bytes = bytes + excluded.bytes;
        END;
        CREATE TRIGGER report_uncounted AFTER DELETE ON report BEGIN
            UPDATE report_bytes SET bytes = bytes - OLD.bytes WHERE device = OLD.device_number;
            DELETE FROM report_bytes WHERE device = OLD.device_number AND bytes <= 0;
        END;
        """;

    private const string Columns = "SELECT feed, command, number, final, device, at, content FROM report";
    private const string SelectOfCommand = Columns + " WHERE command = ? AND number >= ? ORDER BY number LIMIT ?";
    private const string SelectNewest = Columns + " WHERE command = ? ORDER BY number DESC LIMIT 1";
    private const string SelectFeed = Columns + " WHERE feed > ? ORDER BY feed LIMIT ?";
    private const string SelectLastOfFeed = "SELECT seq FROM sqlite_sequence WHERE name = 'report'";

    public static List<ReportRecord> ReadOfCommand(Connection connection, long command, int from, int max, int maxBytes)
    {
        var reports = new List<ReportRecord>();
        long bytes = 0;
        Statement select = connection.Prepare(SelectOfCommand).Bind(1, command).Bind(2, from).Bind(3, max);
        while (select.Step())
        {
            bytes += select.Blob(6).Length;
            if (reports.Count > 0 && bytes > maxBytes)
            {
                select.Reset();
                break;
            }

            reports.Add(Report(select));
        }

        return reports;
    }

    /// <summary>The last report on a command, which is the final one if there is a final one.</summary>
    public static ReportRecord? ReadNewest(Connection connection, long command)
    {
        Statement select = connection.Prepare(SelectNewest).Bind(1, command);
        if (!select.Step())
            return null;
        ReportRecord report = Report(select);
        select.Reset();
        return report;
    }

    public static ReportBatch ReadFeed(Connection connection, long after, int max)
    {
        // The counter first: a report written after it has been read appears among the rows, and then the rows tell what was skipped.
        Statement counter = connection.Prepare(SelectLastOfFeed);
        long last = counter.Step() ? counter.Int64(0) : 0;
        counter.Reset();
        var reports = new List<ReportRecord>();
        Statement select = connection.Prepare(SelectFeed).Bind(1, after).Bind(2, max);
        while (select.Step())
            reports.Add(Report(select));
        long to = reports.Count > 0 ? reports[^1].FeedNumber : last;
        return new ReportBatch(reports, Math.Max(0, to - after - reports.Count), Math.Max(last, to));
    }

    private static ReportRecord Report(Statement row) => new()
    {
        FeedNumber = row.Int64(0),
        Command = new Sequence(row.Int64(1)),
        Number = row.Int32(2),
        IsFinal = row.Int32(3) != 0,
        Device = DeviceId.Parse(row.Text(4)!),
        AtMs = row.Int64(5),
        Content = row.Blob(6).ToArray(),
    };
}
