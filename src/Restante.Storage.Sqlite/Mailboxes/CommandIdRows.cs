using Restante.Core.Messages;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>Reads of the message-ids of commands, from the tables of messages and outcomes.</summary>
internal static class CommandIdRows
{
    private const string SelectMessage = "SELECT device, sender, message_id, enqueued_at FROM message WHERE sequence = ? AND kind = ?";
    private const string SelectOutcome =
        "SELECT device_number, sender, message_id, enqueued_at FROM outcome WHERE sequence = ? AND kind = ?";

    private const string OutcomeColumns = "SELECT at, sequence, device_number, sender, message_id, enqueued_at, kind, origin FROM outcome";

    private static readonly string[] s_newest =
    [
        "SELECT enqueued_at FROM message ORDER BY sequence DESC LIMIT 1",
        "SELECT at FROM outcome WHERE number > 0 ORDER BY number DESC LIMIT 1",
        "SELECT at FROM outcome WHERE number < 0 ORDER BY number LIMIT 1",
    ];

    // Newest first, each with the instant at which the row was written.
    private static readonly string[] s_all =
    [
        "SELECT enqueued_at, sequence, device, sender, message_id, enqueued_at, kind, origin FROM message ORDER BY sequence DESC",
        OutcomeColumns + " WHERE number > 0 ORDER BY number DESC",
        OutcomeColumns + " WHERE number < 0 ORDER BY number",
    ];

    /// <summary>True when a command, ended or not, has this message-id and was accepted after an instant.</summary>
    public static bool Is(Connection connection, long sequence, long device, string sender, string messageId, long afterMs) =>
        Is(connection.Prepare(SelectMessage), sequence, device, sender, messageId, afterMs)
        || Is(connection.Prepare(SelectOutcome), sequence, device, sender, messageId, afterMs);

    /// <summary>When the newest message or outcome was written; 0 when there is none.</summary>
    public static long NewestMs(Connection connection)
    {
        long newest = 0;
        foreach (string statement in s_newest)
        {
            Statement select = connection.Prepare(statement);
            if (!select.Step())
                continue;
            newest = Math.Max(newest, select.Int64(0));
            select.Reset();
        }

        return newest;
    }

    /// <summary>The commands with message-ids that were accepted after an instant.</summary>
    public static List<StoredId> ReadFrom(Connection connection, long afterMs)
    {
        var found = new List<StoredId>();
        foreach (string statement in s_all)
        {
            Statement select = connection.Prepare(statement);
            while (select.Step() && select.Int64(0) > afterMs)
            {
                if (select.Int64(5) <= afterMs || select.Int64(7) != 0 || select.Int32(6) != (int)MessageKind.Command)
                    continue;
                if (select.Text(4) is string messageId)
                    found.Add(new StoredId(select.Int64(1), select.Int64(2), select.Text(3)!, messageId, select.Int64(5)));
            }

            select.Reset();
        }

        return found;
    }

    private static bool Is(Statement select, long sequence, long device, string sender, string messageId, long afterMs)
    {
        if (!select.Bind(1, sequence).Bind(2, (long)MessageKind.Command).Step())
            return false;
        bool same = select.Int64(0) == device && select.Text(1) == sender && select.Text(2) == messageId && select.Int64(3) > afterMs;
        select.Reset();
        return same;
    }
}

/// <summary>A command with a message-id.</summary>
internal readonly record struct StoredId(long Sequence, long Device, string Sender, string MessageId, long AtMs);
