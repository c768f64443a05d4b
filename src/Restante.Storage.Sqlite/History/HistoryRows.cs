using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Mailboxes;
using Restante.Core.Sessions;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.History;

/// <summary>
/// The table of the history. It has no index: entries are appended, and each knows where the one before it of the same device is.
/// </summary>
internal static class HistoryRows
{
    public const string Tables = """
        CREATE TABLE history (
            place INTEGER PRIMARY KEY,
            device TEXT NOT NULL,
            previous INTEGER NOT NULL,
            at INTEGER NOT NULL,
            event INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            count INTEGER NOT NULL,
            related_at INTEGER NOT NULL,
            protocol TEXT,
            connection INTEGER NOT NULL,
            peer TEXT,
            detail TEXT);
        """;

    private const string InsertEntry = """
        INSERT INTO history (place, device, previous, at, event, sequence, count, related_at, protocol, connection, peer, detail)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """;

    private const string SelectEntry = """
        SELECT device, previous, at, event, sequence, count, related_at, protocol, connection, peer, detail FROM history WHERE place = ?
        """;

    private const string SelectOldest = "SELECT place, at, device FROM history ORDER BY place LIMIT ?";

    public static void Insert(Connection connection, in WaitingEntry waiting)
    {
        HistoryEntry entry = waiting.Entry;
        connection.Prepare(InsertEntry).Bind(1, waiting.Place).Bind(2, entry.Device.Value).Bind(3, waiting.Previous).Bind(4, entry.AtMs)
            .Bind(5, (long)entry.Event).Bind(6, entry.Sequence.Value).Bind(7, entry.Count).Bind(8, entry.RelatedAtMs)
            .Bind(9, entry.Connection.Protocol).Bind(10, entry.Connection.Number).Bind(11, entry.Connection.Peer)
            .Bind(12, entry.Detail).Run();
    }

    /// <summary>
    /// Reads the entries of a device back along its chain. Where a row is missing, the chain has been dropped from there on.
    /// </summary>
    /// <param name="connection">Where to read.</param>
    /// <param name="device">Whose; the chain may hold entries of another device that falls on the same one.</param>
    /// <param name="from">The place to begin at.</param>
    /// <param name="before">Only places below this one.</param>
    /// <param name="max">How many at the most.</param>
    public static List<HistoryRecord> Read(Connection connection, DeviceId device, long from, long before, int max)
    {
        var found = new List<HistoryRecord>();
        Statement select = connection.Prepare(SelectEntry);
        long place = Skip(select, device, from, before);
        while (place != 0 && found.Count < max && select.Bind(1, place).Step())
        {
            if (place < before && select.Text(0) == device.Value)
                found.Add(new HistoryRecord(place, Entry(select, device)));
            place = select.Int64(1);
            select.Reset();
        }

        return found;
    }

    /// <summary>The oldest entries: their place, time and device.</summary>
    public static List<(long Place, long AtMs, string Device)> Oldest(Connection connection, int max)
    {
        var oldest = new List<(long, long, string)>();
        Statement select = connection.Prepare(SelectOldest).Bind(1, max);
        while (select.Step())
            oldest.Add((select.Int64(0), select.Int64(1), select.Text(2)!));
        return oldest;
    }

    public static void DropUpTo(Connection connection, long place) =>
        connection.Prepare("DELETE FROM history WHERE place <= ?").Bind(1, place).Run();

    /// <summary>Tells the buffer of every entry there is.</summary>
    public static void Load(Connection connection, HistoryBuffer buffer)
    {
        Statement select = connection.Prepare("SELECT place, device FROM history ORDER BY place");
        while (select.Step())
            buffer.Stored(select.Int64(0), HistoryBuffer.ChainOf(select.Blob(1)));
    }

    // Whoever pages gives the place of an entry that was shown: the next one is where that one points.
    private static long Skip(Statement select, DeviceId device, long from, long before)
    {
        if (before > from || !select.Bind(1, before).Step())
            return from;
        bool own = select.Text(0) == device.Value;
        long previous = select.Int64(1);
        select.Reset();
        return own ? previous : from;
    }

    private static HistoryEntry Entry(Statement row, DeviceId device) => new()
    {
        Device = device,
        AtMs = row.Int64(2),
        Event = (HistoryEvent)row.Int32(3),
        Sequence = new Sequence(row.Int64(4)),
        Count = row.Int32(5),
        RelatedAtMs = row.Int64(6),
        Connection = row.Text(7) is string protocol ? new ConnectionName(protocol, row.Int64(8), row.Text(9)) : default,
        Detail = row.Text(10),
    };
}
