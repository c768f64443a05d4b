using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Selection;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Registry;

namespace Restante.Storage.Sqlite.Inquiries;

/// <summary>The tables of inquiries, their reads, and the one place that changes a row.</summary>
internal static class InquiryRows
{
    /// <summary>The question stands apart, so that a change of state does not write it again; it goes when the inquiry ends.</summary>
    public const string Tables = """
        CREATE TABLE inquiry (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            device INTEGER NOT NULL,
            device_id TEXT NOT NULL,
            id TEXT NOT NULL,
            subject TEXT NOT NULL,
            asked_at INTEGER NOT NULL,
            deadline INTEGER NOT NULL,
            state INTEGER NOT NULL,
            due INTEGER NOT NULL,
            leased_until INTEGER NOT NULL,
            delivery_count INTEGER NOT NULL,
            handler TEXT,
            handlers TEXT NOT NULL,
            answers INTEGER NOT NULL,
            outcome INTEGER NOT NULL,
            reason TEXT,
            ended_at INTEGER NOT NULL,
            end_number INTEGER NOT NULL,
            UNIQUE (device, id));
        CREATE INDEX inquiry_waiting ON inquiry (subject, number) WHERE state = 0;
        CREATE INDEX inquiry_due ON inquiry (due) WHERE state < 3;
        CREATE INDEX inquiry_ended ON inquiry (ended_at) WHERE state = 3;
        CREATE INDEX inquiry_device ON inquiry (device, state, number);
        CREATE INDEX inquiry_end ON inquiry (subject, end_number) WHERE end_number > 0;
        CREATE TABLE inquiry_content (
            number INTEGER PRIMARY KEY,
            content BLOB NOT NULL);
        CREATE TABLE inquiry_subject (
            subject TEXT PRIMARY KEY,
            waiting INTEGER NOT NULL) WITHOUT ROWID;
        """;

    private const string Columns = """
        SELECT number, device, device_id, id, subject, asked_at, deadline, state, leased_until, delivery_count, handler, handlers,
            answers, outcome, reason, ended_at, end_number FROM inquiry
        """;

    private const string SelectByNumber = Columns + " WHERE number = ?";
    private const string SelectById = Columns + " WHERE device = ? AND id = ?";
    private const string SelectWaiting = Columns + " WHERE subject = ? AND state = 0 AND deadline > ? ORDER BY number LIMIT ?";
    private const string SelectWaitingWithFacts = """
        SELECT i.number, d.id, d.tags, d.member_of FROM inquiry i JOIN device d ON d.number = i.device
        WHERE i.subject = ? AND i.state = 0 AND i.deadline > ? ORDER BY i.number
        """;

    private const string SelectStillWaiting = """
        SELECT i.number, d.id, d.tags, d.member_of FROM inquiry i JOIN device d ON d.number = i.device
        WHERE i.number = ? AND i.state = 0 AND i.deadline > ?
        """;

    private const string SelectDue = Columns + " WHERE state < 3 AND due <= ? ORDER BY due, number LIMIT ?";
    private const string SelectOpenOfDevice = Columns + " WHERE device = ? AND state < 3 ORDER BY number";
    private const string SelectEnds = Columns + " WHERE subject = ? AND end_number > ? ORDER BY end_number LIMIT ?";
    private const string SelectPastRetention = "SELECT number FROM inquiry WHERE state = 3 AND ended_at <= ? ORDER BY ended_at LIMIT ?";
    private const string SelectEndedOfDevice =
        "SELECT number FROM inquiry WHERE device = ? AND state = 3 ORDER BY number DESC LIMIT -1 OFFSET ?";
    private const string CountOpen = "SELECT count(*) FROM inquiry WHERE device = ? AND state < 3";
    private const string CountWaiting = "SELECT waiting FROM inquiry_subject WHERE subject = ?";
    private const string HasWaiting = "SELECT 1 FROM inquiry WHERE subject = ? AND state = 0 AND deadline > ? LIMIT 1";

    private const string InsertInquiry = """
        INSERT INTO inquiry (device, device_id, id, subject, asked_at, deadline, state, due, leased_until, delivery_count, handlers,
            answers, outcome, ended_at, end_number) VALUES (?, ?, ?, ?, ?, ?, 0, ?, 0, 0, ' ', 0, 0, 0, 0)
        """;

    private const string UpdateInquiry = """
        UPDATE inquiry SET state = ?, due = ?, leased_until = ?, delivery_count = ?, handler = ?, handlers = ?, answers = ?,
            outcome = ?, reason = ?, ended_at = ?, end_number = ? WHERE number = ?
        """;

    private const string AddWaiting = """
        INSERT INTO inquiry_subject (subject, waiting) VALUES (?, 1) ON CONFLICT (subject) DO UPDATE SET waiting = waiting + 1
        """;

    private const string TakeWaiting = "UPDATE inquiry_subject SET waiting = waiting - 1 WHERE subject = ?";
    private const string DropSubject = "DELETE FROM inquiry_subject WHERE subject = ? AND waiting <= 0";

    /// <summary>At the start: what was leased in the process before waits again.</summary>
    public static void ForgetLeases(Connection connection)
    {
        if (connection.Number("SELECT count(*) FROM inquiry INDEXED BY inquiry_due WHERE state < 3 AND state = 1") == 0)
            return;
        connection.Execute("""
            BEGIN IMMEDIATE;
            UPDATE inquiry SET state = 0, due = deadline WHERE state = 1;
            DELETE FROM inquiry_subject;
            INSERT INTO inquiry_subject SELECT subject, count(*) FROM inquiry WHERE state = 0 GROUP BY subject;
            COMMIT
            """);
    }

    public static InquiryRow? Find(Connection connection, long number) => First(connection.Prepare(SelectByNumber).Bind(1, number));

    public static InquiryRow? Find(Connection connection, long device, string id) =>
        First(connection.Prepare(SelectById).Bind(1, device).Bind(2, id));

    public static List<InquiryRow> ReadWaiting(Connection connection, string subject, long nowMs, int max) =>
        All(connection.Prepare(SelectWaiting).Bind(1, subject).Bind(2, nowMs).Bind(3, max));

    /// <summary>The waiting ones of the devices of an audience, by their numbers in order; it looks at all of the subject before
    /// them.</summary>
    public static List<long> ReadWaitingOf(Connection connection, string subject, long nowMs, AudienceQuery audience, int max)
    {
        var numbers = new List<long>();
        Statement select = connection.Prepare(SelectWaitingWithFacts).Bind(1, subject).Bind(2, nowMs);
        while (select.Step())
        {
            if (!audience.Matches(DeviceId.Parse(select.Text(1)!), RegistryRows.Facts(select, 2)))
                continue;
            numbers.Add(select.Int64(0));
            if (numbers.Count == max)
            {
                select.Reset();
                break;
            }
        }

        return numbers;
    }

    /// <summary>Those of some that still wait, of devices that still belong to an audience.</summary>
    public static List<InquiryRow> ReadStillWaiting(Connection connection, List<long> numbers, long nowMs, AudienceQuery audience)
    {
        var rows = new List<InquiryRow>(numbers.Count);
        foreach (long number in numbers)
        {
            Statement select = connection.Prepare(SelectStillWaiting).Bind(1, number).Bind(2, nowMs);
            bool waits = select.Step() && audience.Matches(DeviceId.Parse(select.Text(1)!), RegistryRows.Facts(select, 2));
            select.Reset();
            if (waits)
                rows.Add(Find(connection, number)!);
        }

        return rows;
    }

    public static List<InquiryRow> ReadDue(Connection connection, long nowMs, int max) =>
        All(connection.Prepare(SelectDue).Bind(1, nowMs).Bind(2, max));

    public static List<InquiryRow> ReadOpen(Connection connection, long device) =>
        All(connection.Prepare(SelectOpenOfDevice).Bind(1, device));

    public static bool AnyWaiting(Connection connection, string subject, long nowMs) =>
        Number(connection.Prepare(HasWaiting).Bind(1, subject).Bind(2, nowMs)) != 0;

    public static long OpenOf(Connection connection, long device) => Number(connection.Prepare(CountOpen).Bind(1, device));

    public static long WaitingFor(Connection connection, string subject) => Number(connection.Prepare(CountWaiting).Bind(1, subject));

    /// <summary>Those that ended long enough ago, in the order of their ends.</summary>
    public static List<long> ReadPastRetention(Connection connection, long untilMs, int max) =>
        Numbers(connection.Prepare(SelectPastRetention).Bind(1, untilMs).Bind(2, max));

    /// <summary>Drops the ended ones of a device but for the newest ones.</summary>
    public static void MakeRoom(Connection connection, long device, int newest)
    {
        foreach (long old in Numbers(connection.Prepare(SelectEndedOfDevice).Bind(1, device).Bind(2, newest)))
            Drop(connection, old);
    }

    /// <summary>The id of a device; null when there is none of that number.</summary>
    public static string? DeviceOf(Connection connection, long number)
    {
        Statement select = connection.Prepare("SELECT id FROM device WHERE number = ?").Bind(1, number);
        if (!select.Step())
            return null;
        string? id = select.Text(0);
        select.Reset();
        return id;
    }

    public static EndedInquiryBatch ReadEnds(Connection connection, string subject, long after, int max)
    {
        // The counter first: one that ended after it was read appears among the rows, and then the rows tell what was skipped.
        long last = EndedRows.LastNumber(connection, subject);
        List<InquiryRow> rows = All(connection.Prepare(SelectEnds).Bind(1, subject).Bind(2, after).Bind(3, max));
        long to = rows.Count > 0 ? rows[^1].EndNumber : last;
        return new EndedInquiryBatch([.. rows.Select(End)], Math.Max(0, to - after - rows.Count), Math.Max(last, to));
    }

    public static byte[] ReadContent(Connection connection, long number)
    {
        Statement select = connection.Prepare("SELECT content FROM inquiry_content WHERE number = ?").Bind(1, number);
        byte[] content = select.Step() ? select.Blob(0).ToArray() : [];
        select.Reset();
        return content;
    }

    /// <summary>Writes a new inquiry and returns its number.</summary>
    public static long Insert(Connection connection, NewInquiry inquiry, string device, byte[] content, long nowMs)
    {
        connection.Prepare(InsertInquiry).Bind(1, inquiry.Device.Value).Bind(2, device).Bind(3, inquiry.Id).Bind(4, inquiry.Subject)
            .Bind(5, nowMs).Bind(6, inquiry.DeadlineMs).Bind(7, inquiry.DeadlineMs).Run();
        long number = connection.LastInsertedRow;
        connection.Prepare("INSERT INTO inquiry_content (number, content) VALUES (?, ?)").Bind(1, number).Bind(2, content).Run();
        connection.Prepare(AddWaiting).Bind(1, inquiry.Subject).Run();
        return number;
    }

    /// <summary>Puts a row in the place of an older one of the same inquiry, with what hangs on it. Returns what was written.</summary>
    public static InquiryRow Change(Connection connection, InquiryRow before, InquiryRow after)
    {
        if (after.HasEnded && !before.HasEnded)
            after = Close(connection, after);
        connection.Prepare(UpdateInquiry).Bind(1, (long)after.State).Bind(2, after.DueMs).Bind(3, after.LeasedUntilMs)
            .Bind(4, after.DeliveryCount).Bind(5, after.Handler).Bind(6, after.Handlers).Bind(7, after.Answers).Bind(8, (long)after.Outcome)
            .Bind(9, after.Reason).Bind(10, after.EndedAtMs).Bind(11, after.EndNumber).Bind(12, after.Number).Run();
        if (before.State != InquiryState.Waiting && after.State == InquiryState.Waiting)
        {
            connection.Prepare(AddWaiting).Bind(1, after.Subject).Run();
        }
        else if (before.State == InquiryState.Waiting && after.State != InquiryState.Waiting)
        {
            connection.Prepare(TakeWaiting).Bind(1, after.Subject).Run();
            connection.Prepare(DropSubject).Bind(1, after.Subject).Run();
        }

        return after;
    }

    /// <summary>Drops an inquiry that has ended.</summary>
    public static void Drop(Connection connection, long number) =>
        connection.Prepare("DELETE FROM inquiry WHERE number = ?").Bind(1, number).Run();

    private static InquiryRow Close(Connection connection, InquiryRow row)
    {
        connection.Prepare("DELETE FROM inquiry_content WHERE number = ?").Bind(1, row.Number).Run();
        if (row.Outcome is InquiryOutcome.Answered or InquiryOutcome.Rejected)
            return row;
        return row with { EndNumber = EndedRows.NextNumber(connection, row.Subject) };
    }

    private static EndedInquiry End(InquiryRow row) => new()
    {
        Number = row.EndNumber,
        Inquiry = new InquiryNumber(row.Number),
        Device = DeviceId.Parse(row.DeviceId),
        Id = row.Id,
        Subject = row.Subject,
        Outcome = row.Outcome,
        Handler = row.Handler,
        Answers = row.Answers,
        AtMs = row.EndedAtMs,
    };

    private static InquiryRow? First(Statement select)
    {
        if (!select.Step())
            return null;
        InquiryRow row = Row(select);
        select.Reset();
        return row;
    }

    private static List<InquiryRow> All(Statement select)
    {
        var rows = new List<InquiryRow>();
        while (select.Step())
            rows.Add(Row(select));
        return rows;
    }

    private static List<long> Numbers(Statement select)
    {
        var numbers = new List<long>();
        while (select.Step())
            numbers.Add(select.Int64(0));
        return numbers;
    }

    private static long Number(Statement select)
    {
        if (!select.Step())
            return 0;
        long number = select.Int64(0);
        select.Reset();
        return number;
    }

    private static InquiryRow Row(Statement row) => new()
    {
        Number = row.Int64(0),
        Device = row.Int64(1),
        DeviceId = row.Text(2)!,
        Id = row.Text(3)!,
        Subject = row.Text(4)!,
        AskedAtMs = row.Int64(5),
        DeadlineMs = row.Int64(6),
        State = (InquiryState)row.Int32(7),
        LeasedUntilMs = row.Int64(8),
        DeliveryCount = row.Int32(9),
        Handler = row.Text(10),
        Handlers = row.Text(11)!,
        Answers = row.Int32(12),
        Outcome = (InquiryOutcome)row.Int32(13),
        Reason = row.Text(14),
        EndedAtMs = row.Int64(15),
        EndNumber = row.Int64(16),
    };
}
