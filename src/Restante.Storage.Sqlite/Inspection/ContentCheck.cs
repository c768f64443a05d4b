using System.Globalization;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Inspection;

/// <summary>Looks through the contents of one table for what does not match its checksum or belongs to nobody.</summary>
/// <param name="Mend">What to do about what it finds.</param>
/// <param name="Read">Says what is wrong, row by row.</param>
internal sealed record ContentCheck(string Mend, Func<Connection, IEnumerable<string>> Read)
{
    private const string Messages = "SELECT sequence, device, expires_at, not_before, checksum, content FROM message";
    private const string Strays =
        "SELECT sequence FROM message WHERE NOT EXISTS (SELECT 1 FROM device WHERE number = message.device) ORDER BY sequence";

    // A shelved notification has no content of its own; what stands of it is checked with the notification.
    private const string Shelved =
        "SELECT sequence, device, expires_at, not_before, checksum, content FROM dead_letter WHERE content IS NOT NULL";

    private const string ShelvedNotifications = """
        SELECT d.sequence, 0, d.expires_at, d.not_before, d.checksum, c.content
        FROM dead_letter d LEFT JOIN notification_content c ON c.sequence = d.sequence WHERE d.content IS NULL
        """;

    private const string Notifications = """
        SELECT n.sequence, 0, n.expires_at, 0, n.checksum, c.content
        FROM notification n LEFT JOIN notification_content c ON c.sequence = n.sequence
        """;

    private const string Counters = """
        SELECT 1 FROM counters WHERE last_sequence < (SELECT coalesce(max(sequence), 0) FROM message)
            OR last_outcome < (SELECT coalesce(max(number), 0) FROM outcome)
            OR last_untold > (SELECT min(0, coalesce(min(number), 0)) FROM outcome)
        """;

    private const string Enrolments = """
        SELECT g.number FROM enrolment_group g
        WHERE g.enrolled <> (SELECT count(*) FROM enrolled_device e WHERE e.enrolment_name = g.name AND e.enrolment = g.number)
            OR g.claims <> (SELECT count(*) FROM enrolment_claim c WHERE c.enrolment = g.number)
        ORDER BY g.number
        """;

    private const string EndsByItself =
        "The gateway hands it to nobody and ends it as undeliverable; restore the database from a backup to have it back.";
    private const string FromBackup = "Restore the database from a backup.";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ContentCheck> All { get; } =
    [
        new(FromBackup, connection => Named(connection, Strays, "message", "belongs to no device")),
        new(EndsByItself, connection => Sums(connection, Messages, "message")),
        new(EndsByItself, connection => Sums(connection, Shelved, "shelved message")),
        new(EndsByItself, connection => Sums(connection, ShelvedNotifications, "shelved notification")),
        new(EndsByItself, connection => Sums(connection, Notifications, "notification")),
        new(FromBackup, connection => connection.Number(Counters) == 0 ? [] : ["a counter stands before numbers that have been used"]),
        new(
            FromBackup,
            connection => Named(connection, Enrolments, "enrolment group", "does not count what it has enrolled and its claims")),
    ];

    private static IEnumerable<string> Sums(Connection connection, string sql, string name)
    {
        Statement select = connection.Prepare(sql);
        while (select.Step())
        {
            if (MessageChecksum.Of(select.Int64(0), select.Int64(1), select.Int64(2), select.Int64(3), select.Blob(5)) != select.Int64(4))
                yield return Say(name, select.Int64(0), "does not match its checksum");
        }
    }

    private static IEnumerable<string> Named(Connection connection, string sql, string name, string wrong)
    {
        Statement select = connection.Prepare(sql);
        while (select.Step())
            yield return Say(name, select.Int64(0), wrong);
    }

    private static string Say(string name, long sequence, string wrong) =>
        string.Create(CultureInfo.InvariantCulture, $"{name} {sequence} {wrong}");
}
