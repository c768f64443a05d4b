using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.States;

namespace Restante.Storage.Sqlite.Registry;

/// <summary>Writes of the table of devices, within a transaction.</summary>
internal sealed class DeviceWrites(RegistryRows rows)
{
    private const string InsertDevice = """
        INSERT INTO device (id, status, primary_credential, secondary_credential, created_at, changed_at, version, tags, member_of, gateway)
        VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, (SELECT g.number FROM device g WHERE g.id = ?))
        ON CONFLICT (id) DO NOTHING
        """;

    private const string UpdateDevice = """
        UPDATE device SET status = ?, primary_credential = coalesce(?, primary_credential),
            secondary_credential = coalesce(?, secondary_credential), changed_at = ?, version = ?, tags = ?, member_of = ?,
            gateway = (SELECT g.number FROM device g WHERE g.id = ?)
        WHERE number = ?
        """;

    /// <summary>Creates a device; null when the id exists.</summary>
    public DeviceRecord? Insert(Connection connection, NewDevice device, long nowMs)
    {
        connection.Prepare(InsertDevice).Bind(1, device.Id.Value).Bind(2, (long)device.Status)
            .Bind(3, rows.Write(device.Id, CredentialSlot.Primary, device.Primary))
            .Bind(4, rows.Write(device.Id, CredentialSlot.Secondary, device.Secondary)).Bind(5, nowMs).Bind(6, nowMs).Bind(7, device.Tags)
            .Bind(8, string.Join(' ', device.Groups)).Bind(9, device.Gateway?.Value).Run();
        if (connection.Changes == 0)
            return null;
        long number = connection.LastInsertedRow;
        if (!device.Desired.IsEmpty)
            SqliteStateStore.Begin(connection, number, device.Desired.Span, nowMs);
        return new DeviceRecord
        {
            Id = device.Id,
            Number = new DeviceNumber(number),
            Status = device.Status,
            Primary = device.Primary,
            Secondary = device.Secondary,
            CreatedAtMs = nowMs,
            ChangedAtMs = nowMs,
            Version = 1,
            Tags = device.Tags,
            Groups = device.Groups,
            Gateway = device.Gateway,
        };
    }

    /// <summary>Changes a device.</summary>
    /// <param name="connection">Where to write.</param>
    /// <param name="id">Which.</param>
    /// <param name="update">What changes.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="before">Gets the groups that it was in.</param>
    public DeviceUpdateResult Update(
        Connection connection, DeviceId id, DeviceUpdate update, long nowMs, out IReadOnlyList<string> before)
    {
        before = [];
        if (rows.ReadDevice(connection, id) is not DeviceRecord old)
            return new DeviceUpdateResult(DeviceUpdateStatus.NotFound, null);
        if (update.IfVersion is long expected && expected != old.Version)
            return new DeviceUpdateResult(DeviceUpdateStatus.VersionMismatch, old);
        if (update.Gateway is DeviceId gateway && RegistryRows.ReadNumber(connection, gateway) == 0)
            return new DeviceUpdateResult(DeviceUpdateStatus.GatewayNotFound, old);
        before = old.Groups;
        DeviceRecord changed = old with
        {
            Status = update.Status ?? old.Status,
            Primary = update.Primary ?? old.Primary,
            Secondary = update.Secondary ?? old.Secondary,
            Tags = update.Tags ?? old.Tags,
            Groups = update.Groups ?? old.Groups,
            Gateway = update.RemoveGateway ? null : update.Gateway ?? old.Gateway,
            ChangedAtMs = nowMs,
            Version = old.Version + 1,
        };
        Statement write = connection.Prepare(UpdateDevice).Bind(1, (long)changed.Status);
        BindChanged(write, 2, id, CredentialSlot.Primary, update.Primary);
        BindChanged(write, 3, id, CredentialSlot.Secondary, update.Secondary);
        write.Bind(4, nowMs).Bind(5, changed.Version).Bind(6, changed.Tags)
            .Bind(7, string.Join(' ', changed.Groups)).Bind(8, changed.Gateway?.Value).Bind(9, changed.Number.Value).Run();
        return new DeviceUpdateResult(DeviceUpdateStatus.Updated, changed);
    }

    // A credential that does not change stays as it is written, whether it opens or not.
    private void BindChanged(Statement write, int parameter, DeviceId id, CredentialSlot slot, Credential? credential)
    {
        if (credential is null)
            write.Bind(parameter, (string?)null);
        else
            write.Bind(parameter, rows.Write(id, slot, credential));
    }
}
