using Restante.Core.Devices;
using Restante.Core.Jobs;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Jobs;

/// <summary>The tables of jobs, and single rows of them.</summary>
internal static class JobRows
{
    /// <summary>
    /// Commands and outcomes are found by their job through indexes that hold nothing of those without one. Up to <c>told</c> and down to
    /// <c>untold</c> the outcomes of a job have been counted; those that are told in the feed are numbered upwards, the others downwards.
    /// </summary>
    internal const string Tables = """
        CREATE TABLE job (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            audience TEXT NOT NULL,
            creator TEXT NOT NULL,
            expected INTEGER NOT NULL,
            start_at INTEGER NOT NULL,
            rate INTEGER NOT NULL,
            ttl INTEGER NOT NULL,
            replace_key TEXT,
            wants_outcome INTEGER NOT NULL,
            shelve_expired INTEGER NOT NULL,
            max_failed INTEGER NOT NULL,
            max_failed_percent INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            started_at INTEGER NOT NULL,
            ended_at INTEGER NOT NULL,
            state INTEGER NOT NULL,
            reason TEXT,
            is_sent INTEGER NOT NULL,
            is_closed INTEGER NOT NULL,
            cursor TEXT,
            last_sequence INTEGER NOT NULL,
            sent INTEGER NOT NULL,
            refused INTEGER NOT NULL,
            accepted INTEGER NOT NULL,
            rejected INTEGER NOT NULL,
            expired INTEGER NOT NULL,
            undeliverable INTEGER NOT NULL,
            cancelled INTEGER NOT NULL,
            device_removed INTEGER NOT NULL,
            told INTEGER NOT NULL,
            untold INTEGER NOT NULL);
        CREATE INDEX job_open ON job (number) WHERE is_closed = 0;
        CREATE INDEX job_creator ON job (creator, is_closed, number);
        CREATE TABLE job_content (
            number INTEGER PRIMARY KEY,
            content BLOB NOT NULL);
        CREATE TABLE job_refusal (
            job INTEGER NOT NULL,
            device TEXT NOT NULL,
            reason TEXT NOT NULL,
            PRIMARY KEY (job, device)) WITHOUT ROWID;
        CREATE INDEX message_job ON message (job, sequence) WHERE job > 0;
        CREATE INDEX outcome_job ON outcome (job, number) WHERE job > 0;
        """;

    private const string Columns = """
        SELECT number, audience, creator, expected, start_at, rate, ttl, replace_key, wants_outcome, shelve_expired,
            max_failed, max_failed_percent, created_at, started_at, ended_at, state, reason, is_sent, is_closed, cursor, last_sequence,
            sent, refused, accepted, rejected, expired, undeliverable, cancelled, device_removed, told, untold FROM job
        """;

    private const string SelectJob = Columns + " WHERE number = ?";
    private const string SelectBefore = Columns + " WHERE number < ? ORDER BY number DESC LIMIT ?";
    private const string SelectOpen = Columns + " WHERE is_closed = 0 ORDER BY number";
    private const string SelectWaiting = "SELECT 1 FROM message WHERE job = ? AND job > 0 LIMIT 1";
    private const string SelectTold =
        "SELECT outcome, count(*), max(number) FROM outcome WHERE job = ? AND job > 0 AND number > ? GROUP BY outcome";

    private const string SelectUntold =
        "SELECT outcome, count(*), min(number) FROM outcome WHERE job = ? AND job > 0 AND number < ? GROUP BY outcome";

    private const string InsertJob = """
        INSERT INTO job (audience, creator, expected, start_at, rate, ttl, replace_key, wants_outcome, shelve_expired,
            max_failed, max_failed_percent, created_at, started_at, ended_at, state, reason, is_sent, is_closed, cursor, last_sequence,
            sent, refused, accepted, rejected, expired, undeliverable, cancelled, device_removed, told, untold)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, NULL, 0, 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        """;

    private const string UpdateJob = """
        UPDATE job SET started_at = ?, ended_at = ?, state = ?, reason = ?, is_sent = ?, is_closed = ?, cursor = ?, last_sequence = ?,
            sent = ?, refused = ?, accepted = ?, rejected = ?, expired = ?, undeliverable = ?, cancelled = ?, device_removed = ?,
            told = ?, untold = ? WHERE number = ?
        """;

    public static JobRow? Read(Connection connection, JobNumber number)
    {
        Statement select = connection.Prepare(SelectJob).Bind(1, number.Value);
        if (!select.Step())
            return null;
        JobRow row = Row(select);
        select.Reset();
        return row;
    }

    public static List<JobRecord> ReadBefore(Connection connection, long before, int max) =>
        ReadAll(connection.Prepare(SelectBefore).Bind(1, before).Bind(2, max));

    public static List<JobRecord> ReadOpen(Connection connection) => ReadAll(connection.Prepare(SelectOpen));

    public static JobRecord Insert(Connection connection, NewJob job, long nowMs)
    {
        JobTerms terms = job.Terms;
        connection.Prepare(InsertJob).Bind(1, job.Audience).Bind(2, job.Creator).Bind(3, job.Expected).Bind(4, terms.StartAtMs)
            .Bind(5, terms.RatePerSecond).Bind(6, terms.TtlMs ?? -1).Bind(7, terms.ReplaceKey).Bind(8, terms.WantsOutcome ? 1 : 0)
            .Bind(9, terms.ShelveExpired ? 1 : 0).Bind(10, terms.MaxFailed ?? -1).Bind(11, terms.MaxFailedPercent ?? -1)
            .Bind(12, nowMs).Run();
        return Read(connection, new JobNumber(connection.LastInsertedRow))!.Value.Record;
    }

    public static void Write(Connection connection, in JobRow row)
    {
        JobRecord job = row.Record;
        JobCounts counts = job.Counts;
        connection.Prepare(UpdateJob).Bind(1, job.StartedAtMs).Bind(2, job.EndedAtMs).Bind(3, (long)job.State).Bind(4, job.Reason)
            .Bind(5, job.IsSent ? 1 : 0).Bind(6, job.IsClosed ? 1 : 0).Bind(7, job.Cursor?.Value).Bind(8, job.LastSequence.Value)
            .Bind(9, counts.Sent).Bind(10, counts.Refused).Bind(11, counts.Accepted).Bind(12, counts.Rejected).Bind(13, counts.Expired)
            .Bind(14, counts.Undeliverable).Bind(15, counts.Cancelled).Bind(16, counts.DeviceRemoved).Bind(17, row.Told)
            .Bind(18, row.Untold).Bind(19, job.Number.Value).Run();
    }

    /// <summary>The row with all outcomes counted, and closed if it is time; the same when there is nothing new.</summary>
    public static JobRow Tally(Connection connection, in JobRow row, long nowMs)
    {
        JobRecord job = row.Record;
        long told = row.Told;
        long untold = row.Untold;
        JobCounts counts = Count(connection.Prepare(SelectTold).Bind(1, job.Number.Value).Bind(2, told), job.Counts, ref told);
        counts = Count(connection.Prepare(SelectUntold).Bind(1, job.Number.Value).Bind(2, untold), counts, ref untold);
        bool mayClose = !job.IsClosed && (!job.IsLive || (job.State == JobState.Running && job.IsSent));
        if (told == row.Told && untold == row.Untold && !mayClose)
            return row;
        job = job with { Counts = counts, IsClosed = job.IsClosed || (mayClose && !HasWaiting(connection, job.Number)) };
        if (job.IsClosed && job.IsLive)
            job = job with { State = JobState.Completed, EndedAtMs = nowMs };
        return new JobRow(job, told, untold);
    }

    private static JobCounts Count(Statement select, JobCounts counts, ref long last)
    {
        while (select.Step())
        {
            counts = counts.With((Outcome)select.Int32(0), select.Int64(1));
            last = Math.Abs(select.Int64(2)) > Math.Abs(last) ? select.Int64(2) : last;
        }

        return counts;
    }

    private static bool HasWaiting(Connection connection, JobNumber number)
    {
        Statement select = connection.Prepare(SelectWaiting).Bind(1, number.Value);
        bool found = select.Step();
        select.Reset();
        return found;
    }

    private static List<JobRecord> ReadAll(Statement select)
    {
        var jobs = new List<JobRecord>();
        while (select.Step())
            jobs.Add(Row(select).Record);
        return jobs;
    }

    private static JobRow Row(Statement row) => new(
        new JobRecord
        {
            Number = new JobNumber(row.Int64(0)),
            Audience = row.Text(1)!,
            Creator = row.Text(2)!,
            Expected = row.Int64(3),
            Terms = new JobTerms
            {
                StartAtMs = row.Int64(4),
                RatePerSecond = row.Int32(5),
                TtlMs = row.Int64(6) < 0 ? null : row.Int64(6),
                ReplaceKey = row.Text(7),
                WantsOutcome = row.Int32(8) != 0,
                ShelveExpired = row.Int32(9) != 0,
                MaxFailed = row.Int32(10) < 0 ? null : row.Int32(10),
                MaxFailedPercent = row.Int32(11) < 0 ? null : row.Int32(11),
            },
            CreatedAtMs = row.Int64(12),
            StartedAtMs = row.Int64(13),
            EndedAtMs = row.Int64(14),
            State = (JobState)row.Int32(15),
            Reason = row.Text(16),
            IsSent = row.Int32(17) != 0,
            IsClosed = row.Int32(18) != 0,
            Cursor = row.Text(19) is string cursor ? DeviceId.Parse(cursor) : null,
            LastSequence = new Sequence(row.Int64(20)),
            Counts = new JobCounts
            {
                Sent = row.Int64(21),
                Refused = row.Int64(22),
                Accepted = row.Int64(23),
                Rejected = row.Int64(24),
                Expired = row.Int64(25),
                Undeliverable = row.Int64(26),
                Cancelled = row.Int64(27),
                DeviceRemoved = row.Int64(28),
            },
        },
        row.Int64(29),
        row.Int64(30));
}

/// <summary>A job as it is kept.</summary>
/// <param name="Record">What others see.</param>
/// <param name="Told">The newest outcome out of the feed that was counted.</param>
/// <param name="Untold">The newest of the others; 0 or less.</param>
internal readonly record struct JobRow(JobRecord Record, long Told, long Untold);
