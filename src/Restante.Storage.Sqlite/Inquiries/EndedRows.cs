using Restante.Core.Inquiries;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Inquiries;

/// <summary>
/// How the ended inquiries of each subject are numbered, and the cursors of those who read them. Subjects are chosen by devices, so the
/// numbers of those of which nothing is kept are forgotten beyond a limit; a subject begins above all forgotten numbers.
/// </summary>
internal static class EndedRows
{
    internal const string Tables = """
        CREATE TABLE ended_subject (
            subject TEXT PRIMARY KEY,
            last INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE ended_counter (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            forgotten INTEGER NOT NULL,
            subjects INTEGER NOT NULL);
        INSERT INTO ended_counter VALUES (1, 0, 0);
        """;

    private const string Advance = "UPDATE ended_subject SET last = last + 1 WHERE subject = ? RETURNING last";
    private const string Begin = "INSERT INTO ended_subject SELECT ?, forgotten + 1 FROM ended_counter RETURNING last";
    private const string SelectIdle = """
        SELECT e.subject FROM ended_subject e
        WHERE NOT EXISTS (SELECT 1 FROM inquiry i WHERE i.subject = e.subject AND i.end_number > 0)
        ORDER BY e.subject LIMIT (SELECT max(0, min(?2, subjects - ?1)) FROM ended_counter)
        """;

    private const string Forget = "DELETE FROM ended_subject WHERE subject = ? RETURNING last";
    private const string CountForgotten = "UPDATE ended_counter SET subjects = subjects - 1, forgotten = max(forgotten, ?)";
    private const string Readers = "reader >= ?1 AND reader < ?2";
    private const string SelectReaders = $"SELECT count(*), min(at) FROM cursor WHERE {Readers}";
    private const string DropIdleReaders = $"DELETE FROM cursor WHERE {Readers} AND at <= ?3";
    private const string DropReadersBeyond = $"""
        DELETE FROM cursor WHERE reader IN
            (SELECT reader FROM cursor WHERE {Readers} ORDER BY at DESC, reader LIMIT -1 OFFSET ?3)
        """;

    private static readonly string s_readersEnd = InquiryNames.EndedReaders[..^1] + (char)(InquiryNames.EndedReaders[^1] + 1);

    /// <summary>The newest number of a subject; 0 before the first.</summary>
    public static long LastNumber(Connection connection, string subject)
    {
        Statement select = connection.Prepare("SELECT last FROM ended_subject WHERE subject = ?").Bind(1, subject);
        if (!select.Step())
            return 0;
        long last = select.Int64(0);
        select.Reset();
        return last;
    }

    /// <summary>Gives the next number of a subject.</summary>
    public static long NextNumber(Connection connection, string subject)
    {
        if (Returned(connection.Prepare(Advance).Bind(1, subject)) is long next)
            return next;
        long first = Returned(connection.Prepare(Begin).Bind(1, subject))!.Value;
        connection.Prepare("UPDATE ended_counter SET subjects = subjects + 1").Run();
        return first;
    }

    /// <summary>True when <see cref="Trim"/> has something to do.</summary>
    public static bool NeedsTrim(Connection connection, InquiryRules rules, long nowMs)
    {
        Statement readers = connection.Prepare(SelectReaders).Bind(1, InquiryNames.EndedReaders).Bind(2, s_readersEnd);
        readers.Step();
        long count = readers.Int64(0);
        bool due = count > rules.MaxEndedReaders || (count > 0 && readers.Int64(1) <= nowMs - rules.RetentionMs);
        readers.Reset();
        return due || IdleSubjects(connection, rules, 1).Count > 0;
    }

    /// <summary>Drops cursors that have not moved for the time of the retention, and what is beyond the limits.</summary>
    public static void Trim(Connection connection, InquiryRules rules, long nowMs, int max)
    {
        connection.Prepare(DropIdleReaders).Bind(1, InquiryNames.EndedReaders).Bind(2, s_readersEnd)
            .Bind(3, nowMs - rules.RetentionMs).Run();
        connection.Prepare(DropReadersBeyond).Bind(1, InquiryNames.EndedReaders).Bind(2, s_readersEnd)
            .Bind(3, rules.MaxEndedReaders).Run();
        foreach (string subject in IdleSubjects(connection, rules, max))
            connection.Prepare(CountForgotten).Bind(1, Returned(connection.Prepare(Forget).Bind(1, subject))!.Value).Run();
    }

    private static List<string> IdleSubjects(Connection connection, InquiryRules rules, int max)
    {
        var idle = new List<string>();
        Statement select = connection.Prepare(SelectIdle).Bind(1, rules.MaxEndedSubjects).Bind(2, max);
        while (select.Step())
            idle.Add(select.Text(0)!);
        return idle;
    }

    private static long? Returned(Statement statement)
    {
        if (!statement.Step())
            return null;
        long value = statement.Int64(0);
        statement.Step(); // To its end, where the change is made whole.
        return value;
    }
}
