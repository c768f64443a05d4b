using Restante.Core.Devices;
using Restante.Core.States;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.States;

/// <summary>State documents of the embedded store: a row for each part that was ever written.</summary>
internal sealed class SqliteStateStore(ReaderPool readers, Writer writer) : IStateStore
{
    /// <summary>The place of a part is twice the device's number, and one more for what is reported.</summary>
    internal const string Tables = """
        CREATE TABLE state_part (
            place INTEGER PRIMARY KEY,
            version INTEGER NOT NULL,
            changed_at INTEGER NOT NULL,
            json BLOB NOT NULL);
        """;

    private const string SelectDevice = "SELECT 1 FROM device WHERE number = ?";
    private const string SelectParts = "SELECT place, version, changed_at, json FROM state_part WHERE place BETWEEN ? AND ?";
    private const string SelectVersion = "SELECT version FROM state_part WHERE place = ?";
    private const string PutPart = "INSERT OR REPLACE INTO state_part (place, version, changed_at, json) VALUES (?, ?, ?, ?)";
    private const string DeleteParts = "DELETE FROM state_part WHERE place BETWEEN ? AND ?";

    public ValueTask<StoredState?> ReadAsync(DeviceNumber device)
    {
        try
        {
            return ValueTask.FromResult(readers.Read(device.Value, Read));
        }
        catch (StoreUnavailableException failure)
        {
            return ValueTask.FromException<StoredState?>(failure);
        }
    }

    public ValueTask<StateWriteResult> WriteAsync(
        DeviceNumber device, StatePart part, ReadOnlyMemory<byte> json, long? ifVersion, long nowMs)
    {
        byte[] copy = json.ToArray();
        long place = PlaceOf(device.Value, part);
        return writer.Submit(new SimpleOperation<StateWriteResult>(
            session => Write(session.Connection, device.Value, place, copy, ifVersion, nowMs), bytes: copy.Length));
    }

    /// <summary>Writes the desired state that a device begins with, within the transaction that creates it.</summary>
    public static void Begin(Connection connection, long device, ReadOnlySpan<byte> desired, long nowMs) => connection.Prepare(PutPart)
        .Bind(1, PlaceOf(device, StatePart.Desired)).Bind(2, 1).Bind(3, nowMs).Bind(4, desired).Run();

    /// <summary>Drops what is kept of a device, within the transaction that removes it.</summary>
    public static void Remove(Connection connection, long device) =>
        connection.Prepare(DeleteParts).Bind(1, PlaceOf(device, StatePart.Desired)).Bind(2, PlaceOf(device, StatePart.Reported)).Run();

    private static long PlaceOf(long device, StatePart part) => (device * 2) + (long)part;

    private static bool Exists(Connection connection, long device)
    {
        Statement select = connection.Prepare(SelectDevice).Bind(1, device);
        bool found = select.Step();
        select.Reset();
        return found;
    }

    private static StoredState? Read(Connection connection, long device)
    {
        StateContent desired = StateContent.Empty;
        StateContent reported = StateContent.Empty;
        long first = PlaceOf(device, StatePart.Desired);
        Statement select = connection.Prepare(SelectParts).Bind(1, first).Bind(2, PlaceOf(device, StatePart.Reported));
        while (select.Step())
        {
            var content = new StateContent(select.Int64(1), select.Int64(2), select.Blob(3).ToArray());
            if (select.Int64(0) == first)
                desired = content;
            else
                reported = content;
        }

        // Looked at last: what was read of a device that is removed meanwhile is not shown.
        return Exists(connection, device) ? new StoredState(desired, reported) : null;
    }

    private static StateWriteResult Write(Connection connection, long device, long place, byte[] json, long? ifVersion, long nowMs)
    {
        if (!Exists(connection, device))
            return new StateWriteResult(StateWriteStatus.NotFound, 0);
        Statement select = connection.Prepare(SelectVersion).Bind(1, place);
        long version = select.Step() ? select.Int64(0) : 0;
        select.Reset();
        if (ifVersion is long expected && expected != version)
            return new StateWriteResult(StateWriteStatus.VersionMismatch, version);
        connection.Prepare(PutPart).Bind(1, place).Bind(2, version + 1).Bind(3, nowMs).Bind(4, json).Run();
        return new StateWriteResult(StateWriteStatus.Written, version + 1);
    }
}
