using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>Reads of the tables of messages and outcomes.</summary>
internal static class MailboxRows
{
    private const string SelectContent =
        "SELECT device, expires_at, kind, enqueued_at, checksum, message_id, content, sender, not_before FROM message WHERE sequence = ?";

    private const string SelectMessage = """
        SELECT d.id, m.kind, m.message_id, m.sender, m.enqueued_at, m.expires_at, m.content, m.device, m.checksum,
            m.not_before, m.replace_key, m.flags, m.reports_until, m.origin, m.job
        FROM message m JOIN device d ON d.number = m.device WHERE m.sequence = ?
        """;

    private const string OutcomeColumns = """
        SELECT number, sequence, device, kind, outcome, reason, message_id, sender, delivery_count, enqueued_at, at, device_number, flags,
            reports_until, origin, job
        FROM outcome
        """;

    private const string SelectOutcome = OutcomeColumns + " WHERE sequence = ?";
    private const string SelectOutcomes = OutcomeColumns + " WHERE number > ? ORDER BY number LIMIT ?";
    private const string SelectDueOutcomes = "SELECT number, at FROM outcome WHERE number > 0 ORDER BY number LIMIT ?";
    private const string SelectDueUntold = "SELECT number, at FROM outcome WHERE number < 0 ORDER BY number DESC LIMIT ?";
    private const string SelectExpiredClientSession =
        "SELECT 1 FROM client_session WHERE expires_at <= ? AND expires_at < 9223372036854775807 LIMIT 1";

    /// <summary>What is stored of a message; null when there is no such message (any more).</summary>
    /// <param name="connection">Where to read.</param>
    /// <param name="sequence">Which.</param>
    /// <param name="intact">False when the bytes do not match their checksum.</param>
    public static StoredContent? ReadContent(Connection connection, long sequence, out bool intact)
    {
        intact = true;
        Statement select = connection.Prepare(SelectContent).Bind(1, sequence);
        if (!select.Step())
            return null;
        byte[] content = select.Blob(6).ToArray();
        intact = MessageChecksum.Of(sequence, select.Int64(0), select.Int64(1), select.Int64(8), content) == select.Int64(4);
        var stored = new StoredContent((MessageKind)select.Int32(2), select.Text(5), select.Text(7)!, select.Int64(3), content);
        select.Reset();
        return stored;
    }

    /// <summary>What the index will know of a message that this transaction has put into a mailbox.</summary>
    public static Listed ReadListed(Connection connection, long sequence)
    {
        Statement select = connection.Prepare("SELECT device, kind, flags FROM message WHERE sequence = ?").Bind(1, sequence);
        select.Step();
        var listed = new Listed(sequence, select.Int64(0), (MessageKind)select.Int32(1), (MessageFlags)select.Int32(2), 0, null, null);
        select.Reset();
        return listed;
    }

    /// <summary>Whose a message is; 0 when there is no such message (any more).</summary>
    public static long ReadDevice(Connection connection, long sequence)
    {
        Statement select = connection.Prepare("SELECT device FROM message WHERE sequence = ?").Bind(1, sequence);
        if (!select.Step())
            return 0;
        long device = select.Int64(0);
        select.Reset();
        return device;
    }

    /// <summary>A message as the desk shows it, without what only the index knows.</summary>
    public static (BrowsedMessage Message, long Device, bool Intact)? ReadMessage(Connection connection, long sequence)
    {
        Statement select = connection.Prepare(SelectMessage).Bind(1, sequence);
        if (!select.Step())
            return null;
        byte[] content = select.Blob(6).ToArray();
        var message = new BrowsedMessage
        {
            Sequence = new Sequence(sequence),
            Device = DeviceId.Parse(select.Text(0)!),
            Kind = (MessageKind)select.Int32(1),
            MessageId = select.Text(2),
            Sender = select.Text(3)!,
            EnqueuedAtMs = select.Int64(4),
            ExpiresAtMs = select.Int64(5),
            DeliveryCount = 0,
            NotBeforeMs = select.Int64(9),
            ReplaceKey = select.Text(10),
            Flags = (MessageFlags)select.Int32(11),
            ReportsUntilMs = select.Int64(12),
            Origin = new Sequence(select.Int64(13)),
            Job = select.Int64(14),
            Content = content,
        };
        long device = select.Int64(7);
        bool intact = MessageChecksum.Of(sequence, device, message.ExpiresAtMs, message.NotBeforeMs, content) == select.Int64(8);
        select.Reset();
        return (message, device, intact);
    }

    public static OutcomeRecord? ReadOutcome(Connection connection, long sequence)
    {
        Statement select = connection.Prepare(SelectOutcome).Bind(1, sequence);
        if (!select.Step())
            return null;
        OutcomeRecord outcome = Outcome(select);
        select.Reset();
        return outcome;
    }

    public static OutcomeBatch ReadOutcomes(Connection connection, long after, int max)
    {
        // The counter first: an outcome written after it has been read appears among the rows, and then the rows tell what was skipped.
        Statement counters = connection.Prepare("SELECT last_outcome FROM counters");
        counters.Step();
        long last = counters.Int64(0);
        counters.Reset();
        var outcomes = new List<OutcomeRecord>();
        Statement select = connection.Prepare(SelectOutcomes).Bind(1, after).Bind(2, max);
        while (select.Step())
            outcomes.Add(Outcome(select));
        long next = outcomes.Count > 0 ? outcomes[0].Number : last + 1;
        return new OutcomeBatch(outcomes, Math.Max(0, next - after - 1), outcomes.Count > 0 ? Math.Max(last, outcomes[^1].Number) : last);
    }

    /// <summary>
    /// The oldest outcome and how many from it on are past their retention; outcomes are dropped in the order in which they were numbered.
    /// </summary>
    public static (long First, int Count) ReadDueOutcomes(Connection connection, bool told, long untilMs, int max)
    {
        Statement select = connection.Prepare(told ? SelectDueOutcomes : SelectDueUntold).Bind(1, max);
        long first = 0;
        int count = 0;
        while (select.Step())
        {
            if (select.Int64(1) > untilMs)
                break;
            first = count == 0 ? select.Int64(0) : first;
            count++;
        }

        select.Reset();
        return (first, count);
    }

    public static bool HasExpiredClientSession(Connection connection, long nowMs)
    {
        Statement select = connection.Prepare(SelectExpiredClientSession).Bind(1, nowMs);
        bool found = select.Step();
        select.Reset();
        return found;
    }

    public static long ReadCursor(Connection connection, string reader)
    {
        Statement select = connection.Prepare("SELECT number FROM cursor WHERE reader = ?").Bind(1, reader);
        if (!select.Step())
            return 0;
        long number = select.Int64(0);
        select.Reset();
        return number;
    }

    private static OutcomeRecord Outcome(Statement row) => new()
    {
        Number = Math.Max(0, row.Int64(0)),
        Sequence = new Sequence(row.Int64(1)),
        Device = DeviceId.Parse(row.Text(2)!),
        Kind = (MessageKind)row.Int32(3),
        Outcome = (Outcome)row.Int32(4),
        Reason = row.Text(5),
        MessageId = row.Text(6),
        Sender = row.Text(7)!,
        DeliveryCount = row.Int32(8),
        EnqueuedAtMs = row.Int64(9),
        AtMs = row.Int64(10),
        DeviceNumber = new DeviceNumber(row.Int64(11)),
        Flags = (MessageFlags)row.Int32(12),
        ReportsUntilMs = row.Int64(13),
        Origin = new Sequence(row.Int64(14)),
        Job = row.Int64(15),
    };
}
