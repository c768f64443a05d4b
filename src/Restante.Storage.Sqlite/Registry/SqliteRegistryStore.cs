using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Selection;
using Restante.Core.Sessions;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Inquiries;
using Restante.Storage.Sqlite.Issuing;
using Restante.Storage.Sqlite.Mailboxes;
using Restante.Storage.Sqlite.States;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Registry;

/// <summary>Devices, policies and client sessions of the embedded store.</summary>
internal sealed class SqliteRegistryStore(
    MailboxIndex index,
    SqliteMailboxStore mailboxes,
    DeviceDirectory devices,
    AudienceReads audiences,
    RegistryRows rows,
    DeviceWrites writes,
    ReaderPool readers,
    Writer writer)
    : IRegistryStore
{
    private const int MaxClientSessionBytes = 64 * 1024;
    private const int MaxListed = 1_000;

    private const string LeaveGateway =
        "UPDATE device SET gateway = NULL, changed_at = ?, version = version + 1 WHERE gateway = ? RETURNING id";
    private const string DeleteDevice = "DELETE FROM device WHERE number = ?";
    private const string PutPolicy = """
        INSERT INTO policy (name, rights, primary_credential, secondary_credential, created_at, scope) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET rights = excluded.rights, primary_credential = excluded.primary_credential,
            secondary_credential = excluded.secondary_credential, created_at = excluded.created_at, scope = excluded.scope
        """;

    private const string PutClientSession = "INSERT OR REPLACE INTO client_session (device, name, expires_at, state) VALUES (?, ?, ?, ?)";
    private const string TrimClientSessions = """
        DELETE FROM client_session WHERE place IN
            (SELECT place FROM client_session WHERE device = ? ORDER BY place DESC LIMIT -1 OFFSET ?)
        RETURNING name
        """;

    public ValueTask<DeviceRecord?> CreateDeviceAsync(NewDevice device, long nowMs) => writer.Submit(new SimpleOperation<DeviceRecord?>(
        session => writes.Insert(session.Connection, device, nowMs),
        created =>
        {
            if (created is not null)
                Show(created);
        }));

    public ValueTask<IReadOnlyList<DeviceLineResult>> ImportDevicesAsync(
        IReadOnlyList<DeviceLine> lines, bool update, long nowMs, AudienceQuery? reach = null)
    {
        var import = new ImportOperation(rows, writes, lines, update, nowMs, reach);
        return writer.Submit(new SimpleOperation<IReadOnlyList<DeviceLineResult>>(
            session => import.Execute(session.Connection),
            _ => import.Apply(Show, devices.Updated),
            bytes: import.Bytes));
    }

    public ValueTask<DeviceRecord?> FindDeviceAsync(DeviceId id) => StoreRead.Of(() => devices.Find(id));

    public ValueTask<IReadOnlyList<DeviceRecord>> ListDevicesAsync(
        DeviceId? after, int max, AudienceQuery? audience = null, Looker looker = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, MaxListed);
        string from = after?.Value ?? string.Empty;
        if (audience is not null)
            return audiences.ListAsync(from, max, audience, looker);
        return StoreRead.Of<IReadOnlyList<DeviceRecord>>(
            () => readers.Read((rows, from, max), static (c, x) => x.rows.ReadDevices(c, x.from, x.max)));
    }

    public ValueTask<DeviceSearch> SearchDevicesAsync(
        DeviceId? after, int max, int maxLookedAt, AudienceQuery audience, Looker looker = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, MaxListed);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLookedAt, 1);
        return audiences.SearchAsync(after?.Value ?? string.Empty, max, maxLookedAt, audience, looker);
    }

    public ValueTask<long> CountDevicesAsync(AudienceQuery? audience = null, Looker looker = default) =>
        audience is null ? ValueTask.FromResult(index.Devices) : audiences.CountAsync(audience, looker);

    public ValueTask<IReadOnlyList<DeviceNumber>?> ListMembersAsync(IReadOnlyList<string> groups, int max) =>
        ValueTask.FromResult(audiences.Members(groups, max));

    public ValueTask<DeviceUpdateResult> UpdateDeviceAsync(DeviceId id, DeviceUpdate update, long nowMs)
    {
        IReadOnlyList<string> before = [];
        return writer.Submit(new SimpleOperation<DeviceUpdateResult>(
            session => writes.Update(session.Connection, id, update, nowMs, out before),
            result =>
            {
                if (result is { Status: DeviceUpdateStatus.Updated, Device: DeviceRecord changed })
                    devices.Updated(changed, before);
            }));
    }

    public ValueTask<RemovedDevice?> RemoveDeviceAsync(DeviceId id, long? ifVersion, long nowMs)
    {
        var left = new List<DeviceId>();
        return writer.Submit(new SimpleOperation<RemovedDevice?>(
            session => Remove(session, id, ifVersion, nowMs, left),
            removed =>
            {
                if (removed is not { Status: DeviceUpdateStatus.Updated })
                    return;
                long number = removed.Device.Number.Value;
                index.ShardOf(number).RemoveDevice(number);
                devices.Removed(removed.Device);
                left.ForEach(devices.Forget);
            },
            alone: true));
    }

    public async ValueTask PutPolicyAsync(PolicyRecord policy) => await writer.Submit(new SimpleOperation<bool>(session =>
    {
        session.Connection.Prepare(PutPolicy).Bind(1, policy.Name).Bind(2, (long)policy.Rights)
            .Bind(3, rows.Write(policy.Name, CredentialSlot.Primary, policy.Primary))
            .Bind(4, rows.Write(policy.Name, CredentialSlot.Secondary, policy.Secondary))
            .Bind(5, policy.CreatedAtMs).Bind(6, policy.Scope?.Text).Run();
        return true;
    }));

    public ValueTask<PolicyRecord?> FindPolicyAsync(string name) => StoreRead.Of(() => readers.Read(name, rows.ReadPolicy));

    public ValueTask<IReadOnlyList<PolicyRecord>> ListPoliciesAsync() =>
        StoreRead.Of<IReadOnlyList<PolicyRecord>>(() => readers.Read(rows, static (c, x) => x.ReadPolicies(c)));

    public ValueTask<bool> RemovePolicyAsync(string name) => writer.Submit(new SimpleOperation<bool>(session =>
    {
        session.Connection.Prepare("DELETE FROM policy WHERE name = ?").Bind(1, name).Run();
        return session.Connection.Changes > 0;
    }));

    public async ValueTask<IReadOnlyList<string>> SaveClientSessionAsync(
        DeviceNumber device, string name, ReadOnlyMemory<byte> state, long expiresAtMs)
    {
        if (state.Length > MaxClientSessionBytes)
            throw new ArgumentException("The state of a client session has at most 64 KiB.", nameof(state));
        byte[] copy = state.ToArray();
        return await writer.Submit(new SimpleOperation<IReadOnlyList<string>>(
            session =>
            {
                // The writer's own order decides: a device that is being removed gets no session any more.
                if (!index.ShardOf(device.Value).HasDevice(device.Value))
                    return [];
                session.Connection.Prepare(PutClientSession).Bind(1, device.Value).Bind(2, name).Bind(3, expiresAtMs).Bind(4, copy).Run();
                var dropped = new List<string>();
                Statement trim = session.Connection.Prepare(TrimClientSessions).Bind(1, device.Value).Bind(2, ClientSessions.MaxPerDevice);
                while (trim.Step())
                    dropped.Add(trim.Text(0)!);
                return dropped;
            },
            bytes: copy.Length));
    }

    public ValueTask<byte[]?> LoadClientSessionAsync(DeviceNumber device, string name, long nowMs) => StoreRead.Of(() =>
        readers.Read((device, name, nowMs), static (c, x) => RegistryRows.ReadClientSession(c, x.device.Value, x.name, x.nowMs)));

    public async ValueTask RemoveClientSessionAsync(DeviceNumber device, string name) => await writer.Submit(
        new SimpleOperation<bool>(session =>
        {
            session.Connection.Prepare("DELETE FROM client_session WHERE device = ? AND name = ?")
                .Bind(1, device.Value).Bind(2, name).Run();
            return true;
        }));

    /// <summary>Shows a device in memory, once the transaction that has created it is durable.</summary>
    internal void Show(DeviceRecord created)
    {
        index.ShardOf(created.Number.Value).AddDevice(created.Number.Value);
        devices.Created(created);
    }

    /// <param name="session">Where to write.</param>
    /// <param name="id">Who goes.</param>
    /// <param name="ifVersion">The version the caller has seen.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="left">Gets the devices that have no gateway any more.</param>
    private RemovedDevice? Remove(WriteSession session, DeviceId id, long? ifVersion, long nowMs, List<DeviceId> left)
    {
        left.Clear();
        Connection connection = session.Connection;
        if (rows.ReadDevice(connection, id) is not DeviceRecord device)
            return null;
        if (ifVersion is long expected && expected != device.Version)
            return new RemovedDevice(DeviceUpdateStatus.VersionMismatch, device, []);
        IReadOnlyList<EndedMessage> ended =
            mailboxes.EndAll(session, device.Number.Value, Outcome.DeviceRemoved, null, nowMs);
        connection.Prepare("DELETE FROM client_session WHERE device = ?").Bind(1, device.Number.Value).Run();
        SqliteStateStore.Remove(connection, device.Number.Value);
        SqliteInquiryStore.EndAll(connection, device.Number.Value, nowMs);
        IssuedRows.RevokeAll(connection, device.Number.Value, nowMs);
        connection.Prepare("DELETE FROM dead_letter WHERE device = ?").Bind(1, device.Number.Value).Run();
        Statement leave = connection.Prepare(LeaveGateway).Bind(1, nowMs).Bind(2, device.Number.Value);
        while (leave.Step())
            left.Add(DeviceId.Parse(leave.Text(0)!));
        connection.Prepare(DeleteDevice).Bind(1, device.Number.Value).Run();
        return new RemovedDevice(DeviceUpdateStatus.Updated, device, ended);
    }
}
