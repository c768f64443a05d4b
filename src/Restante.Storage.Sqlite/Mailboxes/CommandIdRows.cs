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

    // Newest first.
    private static readonly string[] s_outcomes =
    [
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

    /// <summary>The ended commands with message-ids that were accepted after an instant, in the order of their sequences.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="ids">Who makes the hashes.</param>
    /// <param name="afterMs">The instant.</param>
    /// <param name="max">How many at the most: those with the highest sequences, which were accepted last, whenever they ended.</param>
    public static List<StoredId> ReadEnded(Connection connection, CommandIds ids, long afterMs, int max)
    {
        var found = new PriorityQueue<StoredId, long>();
        foreach (string statement in s_outcomes)
        {
            Statement select = connection.Prepare(statement);
            while (select.Step() && select.Int64(0) > afterMs)
            {
                long sequence = select.Int64(1);
                if (select.Int64(5) <= afterMs || select.Int64(7) != 0 || select.Int32(6) != (int)MessageKind.Command)
                    continue;
                if ((found.Count == max && sequence < found.Peek().Sequence) || select.Text(4) is not string messageId)
                    continue;
                ulong hash = ids.HashOf(select.Int64(2), select.Text(3)!, messageId);
                found.Enqueue(new StoredId(sequence, hash, select.Int64(5)), sequence);
                if (found.Count > max)
                    found.Dequeue();
            }

            select.Reset();
        }

        var inOrder = new List<StoredId>(found.Count);
        while (found.TryDequeue(out StoredId oldest, out _))
            inOrder.Add(oldest);
        return inOrder;
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
internal readonly record struct StoredId(long Sequence, ulong Hash, long AtMs);
