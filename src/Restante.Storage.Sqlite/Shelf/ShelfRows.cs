using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Shelf;

/// <summary>
/// The table of the dead-letter shelves, and reads of it. Places rise in the order in which messages were shelved. A row without content
/// is a notification, whose content stands with the notification and outlives it there as long as a shelf needs it.
/// </summary>
internal static class ShelfRows
{
    internal const string Tables = """
        CREATE TABLE dead_letter (
            place INTEGER PRIMARY KEY,
            device INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            not_before INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            flags INTEGER NOT NULL,
            outcome INTEGER NOT NULL,
            delivery_count INTEGER NOT NULL,
            enqueued_at INTEGER NOT NULL,
            at INTEGER NOT NULL,
            reason TEXT,
            message_id TEXT,
            sender TEXT NOT NULL,
            content BLOB,
            UNIQUE (device, sequence));
        CREATE INDEX dead_letter_notification ON dead_letter (sequence) WHERE content IS NULL;
        CREATE TRIGGER dead_letter_content AFTER DELETE ON dead_letter WHEN OLD.content IS NULL BEGIN
            DELETE FROM notification_content WHERE sequence = OLD.sequence
                AND NOT EXISTS (SELECT 1 FROM notification WHERE sequence = OLD.sequence)
                AND NOT EXISTS (SELECT 1 FROM dead_letter WHERE sequence = OLD.sequence AND content IS NULL);
        END;
        """;

    private const string Columns = """
        SELECT d.sequence, d.device, d.expires_at, d.not_before, d.checksum, d.kind, d.flags, d.outcome, d.delivery_count, d.enqueued_at,
            d.at, d.reason, d.message_id, d.sender, coalesce(d.content, c.content), d.content IS NULL
        FROM dead_letter d LEFT JOIN notification_content c ON d.content IS NULL AND c.sequence = d.sequence
        """;

    private const string Select = Columns + " WHERE d.device = ? AND d.sequence = ?";
    private const string SelectList = Columns + " WHERE d.device = ? AND d.sequence > ? ORDER BY d.sequence LIMIT ?";
    private const string SelectDue = "SELECT place, at FROM dead_letter ORDER BY place LIMIT ?";

    public static (ShelvedMessage Message, bool Intact)? Read(Connection connection, long device, long sequence)
    {
        Statement select = connection.Prepare(Select).Bind(1, device).Bind(2, sequence);
        if (!select.Step())
            return null;
        (ShelvedMessage, bool) row = Row(select);
        select.Reset();
        return row;
    }

    public static List<(ShelvedMessage Message, bool Intact)> List(Connection connection, long device, long after, int max)
    {
        var rows = new List<(ShelvedMessage, bool)>();
        Statement select = connection.Prepare(SelectList).Bind(1, device).Bind(2, after).Bind(3, max);
        while (select.Step())
            rows.Add(Row(select));
        return rows;
    }

    /// <summary>The first place, and how many messages from it on are past their retention.</summary>
    public static (long First, int Count) ReadDue(Connection connection, long untilMs, int max)
    {
        Statement select = connection.Prepare(SelectDue).Bind(1, max);
        long first = 0;
        int count = 0;
        while (select.Step() && select.Int64(1) <= untilMs)
            first = count++ == 0 ? select.Int64(0) : first;
        select.Reset();
        return (first, count);
    }

    private static (ShelvedMessage Message, bool Intact) Row(Statement row)
    {
        byte[] content = row.Blob(14).ToArray();
        var message = new ShelvedMessage
        {
            Sequence = new Sequence(row.Int64(0)),
            Kind = (MessageKind)row.Int32(5),
            Flags = (MessageFlags)row.Int32(6),
            Outcome = (Outcome)row.Int32(7),
            DeliveryCount = row.Int32(8),
            EnqueuedAtMs = row.Int64(9),
            AtMs = row.Int64(10),
            Reason = row.Text(11),
            MessageId = row.Text(12),
            Sender = row.Text(13)!,
            Content = content,
        };
        long device = row.Int32(15) != 0 ? 0 : row.Int64(1);
        return (message, MessageChecksum.Of(row.Int64(0), device, row.Int64(2), row.Int64(3), content) == row.Int64(4));
    }
}
