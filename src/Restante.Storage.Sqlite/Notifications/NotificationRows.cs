using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Notifications;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Mailboxes;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Notifications;

/// <summary>
/// The tables of notifications. A row of <c>notification_device</c> without an outcome says how often the device was handed one it has not
/// settled. Contents stand apart, so that counting an outcome does not write them again.
/// </summary>
internal static class NotificationRows
{
    public const string Tables = """
        CREATE TABLE notification (
            sequence INTEGER PRIMARY KEY,
            audience TEXT NOT NULL,
            sender TEXT NOT NULL,
            message_id TEXT,
            at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            size INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            state INTEGER NOT NULL,
            ended_at INTEGER,
            reason TEXT,
            accepted INTEGER NOT NULL,
            rejected INTEGER NOT NULL,
            undeliverable INTEGER NOT NULL);
        CREATE INDEX notification_message_id ON notification (sender, message_id) WHERE message_id IS NOT NULL;
        CREATE INDEX notification_sender ON notification (sender, sequence);
        CREATE INDEX notification_active ON notification (sequence) WHERE state = 0;
        CREATE INDEX notification_ended ON notification (ended_at) WHERE state <> 0;
        CREATE TABLE notification_content (
            sequence INTEGER PRIMARY KEY,
            content BLOB NOT NULL);
        CREATE TABLE notification_device (
            notification INTEGER NOT NULL,
            device INTEGER NOT NULL,
            id TEXT NOT NULL,
            outcome INTEGER,
            reason TEXT,
            delivery_count INTEGER NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (notification, device)) WITHOUT ROWID;
        """;

    private const string Columns = """
        SELECT n.sequence, n.audience, n.sender, n.message_id, n.at, n.expires_at, n.state, n.ended_at, n.reason,
            n.accepted, n.rejected, n.undeliverable
        """;

    private const string Select =
        Columns + ", c.content FROM notification n JOIN notification_content c ON c.sequence = n.sequence WHERE n.sequence = ?";
    private const string SelectList = Columns + " FROM notification n WHERE n.sequence > ? ORDER BY n.sequence LIMIT ?";
    private const string SelectListOf = Columns
        + " FROM notification n INDEXED BY notification_sender WHERE n.sequence > ? AND n.sender = ? ORDER BY n.sequence LIMIT ?";

    private const string SelectActive =
        "SELECT sequence, audience, expires_at, size, sender FROM notification WHERE state = 0 ORDER BY sequence";

    private const string SelectContent = """
        SELECT n.message_id, n.sender, n.at, n.expires_at, n.checksum, c.content
        FROM notification n JOIN notification_content c ON c.sequence = n.sequence WHERE n.sequence = ?
        """;

    private const string SelectDevices = """
        SELECT id, device, outcome, reason, delivery_count, at FROM notification_device
        WHERE notification = ? AND device > ? AND outcome IS NOT NULL ORDER BY device LIMIT ?
        """;

    private const string SelectOfActive = """
        SELECT d.notification, d.device, d.outcome, d.delivery_count
        FROM notification n JOIN notification_device d ON d.notification = n.sequence WHERE n.state = 0
        """;

    private const string PutOutcome = """
        INSERT INTO notification_device (notification, device, id, outcome, reason, delivery_count, at)
        SELECT n.sequence, d.number, d.id, ?, ?, ?, ? FROM notification n JOIN device d ON d.number = ? WHERE n.sequence = ?
        ON CONFLICT (notification, device) DO UPDATE SET
            outcome = excluded.outcome, reason = excluded.reason, delivery_count = excluded.delivery_count, at = excluded.at
        WHERE outcome IS NULL
        """;

    private const string KeepCount = """
        INSERT INTO notification_device (notification, device, id, delivery_count, at)
        SELECT n.sequence, d.number, d.id, ?, 0 FROM notification n JOIN device d ON d.number = ? WHERE n.sequence = ?
        ON CONFLICT (notification, device) DO UPDATE SET delivery_count = excluded.delivery_count WHERE outcome IS NULL
        """;

    private const string CountOutcome = """
        UPDATE notification SET
            accepted = accepted + (?1 = 0), rejected = rejected + (?1 = 1), undeliverable = undeliverable + (?1 = 2)
        WHERE sequence = ?2
        """;

    /// <summary>Writes how often a device was handed a notification it has not settled.</summary>
    public static void PutCount(Connection connection, in UnwrittenCount count) =>
        connection.Prepare(KeepCount).Bind(1, count.Count).Bind(2, count.Device).Bind(3, count.Notification).Run();

    /// <summary>
    /// Writes how a notification ended for a device, and puts it on the shelf if it belongs there. False when the device had settled it
    /// before, or one of both is gone.
    /// </summary>
    public static bool End(WriteSession session, in Ending ending, long nowMs)
    {
        Connection connection = session.Connection;
        if (ending.Outcome == Outcome.Expired)
            return true; // That it has expired is true of the notification, and needs no row for each device.
        connection.Prepare(PutOutcome).Bind(1, (long)ending.Outcome).Bind(2, ending.Reason).Bind(3, ending.DeliveryCount).Bind(4, nowMs)
            .Bind(5, ending.Device).Bind(6, ending.Sequence).Run();
        if (connection.Changes == 0)
            return false;
        long column = ending.Outcome switch { Outcome.Accepted => 0, Outcome.Rejected => 1, _ => 2 };
        connection.Prepare(CountOutcome).Bind(1, column).Bind(2, ending.Sequence).Run();
        session.ShelveOffered(ending, nowMs);
        return true;
    }

    /// <summary>Fills the empty index at the start.</summary>
    public static void Load(Connection connection, NotificationIndex index)
    {
        Statement active = connection.Prepare(SelectActive);
        while (active.Step())
            index.Add(active.Int64(0), active.Int64(2), active.Int32(3), active.Text(4)!, null);
        Statement devices = connection.Prepare(SelectOfActive);
        while (devices.Step())
            index.Load(devices.Int64(0), devices.Int64(1), devices.Text(2) is not null, devices.Int32(3));
    }

    public static List<ActiveNotification> ReadActive(Connection connection)
    {
        var found = new List<ActiveNotification>();
        Statement select = connection.Prepare(SelectActive);
        while (select.Step())
            found.Add(new ActiveNotification(new Sequence(select.Int64(0)), select.Text(1)!, select.Int64(2)));
        return found;
    }

    public static NotificationRecord? Read(Connection connection, long sequence, long nowMs)
    {
        Statement select = connection.Prepare(Select).Bind(1, sequence);
        if (!select.Step())
            return null;
        NotificationRecord record = Record(select, nowMs) with { Content = select.Blob(12).ToArray() };
        select.Reset();
        return record;
    }

    public static List<NotificationRecord> ReadList(Connection connection, long after, int max, long nowMs, string? sender)
    {
        var found = new List<NotificationRecord>();
        Statement select = sender is null
            ? connection.Prepare(SelectList).Bind(1, after).Bind(2, max)
            : connection.Prepare(SelectListOf).Bind(1, after).Bind(2, sender).Bind(3, max);
        while (select.Step())
            found.Add(Record(select, nowMs));
        return found;
    }

    public static List<NotificationDevice> ReadDevices(Connection connection, long sequence, long after, int max)
    {
        var found = new List<NotificationDevice>();
        Statement select = connection.Prepare(SelectDevices).Bind(1, sequence).Bind(2, after).Bind(3, max);
        while (select.Step())
        {
            found.Add(new NotificationDevice(
                DeviceId.Parse(select.Text(0)!), new DeviceNumber(select.Int64(1)), (Outcome)select.Int32(2), select.Text(3),
                select.Int32(4), select.Int64(5)));
        }

        return found;
    }

    /// <summary>What a receiver gets of a notification; null when there is no such one (any more).</summary>
    public static StoredContent? ReadContent(Connection connection, long sequence, out bool intact)
    {
        intact = true;
        Statement select = connection.Prepare(SelectContent).Bind(1, sequence);
        if (!select.Step())
            return null;
        byte[] content = select.Blob(5).ToArray();
        intact = MessageChecksum.Of(sequence, 0, select.Int64(3), 0, content) == select.Int64(4);
        var stored = new StoredContent(MessageKind.Notification, select.Text(0), select.Text(1)!, select.Int64(2), content);
        select.Reset();
        return stored;
    }

    /// <summary>A notification that stands in a mailbox, as the desk shows it.</summary>
    public static BrowsedMessage? ReadMessage(Connection connection, in Listed listed)
    {
        Statement name = connection.Prepare("SELECT id FROM device WHERE number = ?").Bind(1, listed.Device);
        if (!name.Step())
            return null;
        DeviceId device = DeviceId.Parse(name.Text(0)!);
        name.Reset();
        return Read(connection, listed.Sequence, long.MinValue) is not NotificationRecord found ? null : new BrowsedMessage
        {
            Sequence = found.Sequence,
            Device = device,
            Kind = MessageKind.Notification,
            MessageId = found.MessageId,
            Sender = found.Sender,
            EnqueuedAtMs = found.AtMs,
            ExpiresAtMs = found.ExpiresAtMs,
            DeliveryCount = listed.DeliveryCount,
            LeasedUntilMs = listed.LeasedUntilMs,
            Content = found.Content,
        };
    }

    private static NotificationRecord Record(Statement row, long nowMs)
    {
        long expiresAtMs = row.Int64(5);
        var state = (NotificationState)row.Int32(6);
        bool isDue = state == NotificationState.Active && nowMs >= expiresAtMs; // The next sweep will write it.
        return new NotificationRecord
        {
            Sequence = new Sequence(row.Int64(0)),
            Audience = row.Text(1)!,
            Sender = row.Text(2)!,
            MessageId = row.Text(3),
            AtMs = row.Int64(4),
            ExpiresAtMs = expiresAtMs,
            State = isDue ? NotificationState.Expired : state,
            EndedAtMs = isDue ? expiresAtMs : state == NotificationState.Active ? null : row.Int64(7),
            Reason = row.Text(8),
            Accepted = row.Int64(9),
            Rejected = row.Int64(10),
            Undeliverable = row.Int64(11),
        };
    }
}
