using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Registry;

/// <summary>Reads of the tables of the registry.</summary>
internal static class RegistryRows
{
    private const string DeviceColumns =
        "SELECT number, id, status, primary_key, secondary_key, created_at, changed_at, version FROM device";

    private const string SelectDevice = DeviceColumns + " WHERE id = ?";
    private const string SelectDevices = DeviceColumns + " WHERE id > ? ORDER BY id LIMIT ?";
    private const string SelectPolicies = "SELECT name, rights, primary_key, secondary_key, created_at FROM policy";
    private const string SelectPolicy = SelectPolicies + " WHERE name = ?";
    private const string ListPolicies = SelectPolicies + " ORDER BY name";
    private const string SelectClientSession = "SELECT state FROM client_session WHERE device = ? AND name = ? AND expires_at > ?";

    public static long ReadNumber(Connection connection, DeviceId id)
    {
        Statement select = connection.Prepare("SELECT number FROM device WHERE id = ?").Bind(1, id.Value);
        if (!select.Step())
            return 0;
        long number = select.Int64(0);
        select.Reset();
        return number;
    }

    public static DeviceRecord? ReadDevice(Connection connection, DeviceId id)
    {
        Statement select = connection.Prepare(SelectDevice).Bind(1, id.Value);
        if (!select.Step())
            return null;
        DeviceRecord record = Device(select);
        select.Reset();
        return record;
    }

    public static List<DeviceRecord> ReadDevices(Connection connection, string after, int max)
    {
        var devices = new List<DeviceRecord>();
        Statement select = connection.Prepare(SelectDevices).Bind(1, after).Bind(2, max);
        while (select.Step())
            devices.Add(Device(select));
        return devices;
    }

    public static PolicyRecord? ReadPolicy(Connection connection, string name)
    {
        Statement select = connection.Prepare(SelectPolicy).Bind(1, name);
        if (!select.Step())
            return null;
        PolicyRecord policy = Policy(select);
        select.Reset();
        return policy;
    }

    public static List<PolicyRecord> ReadPolicies(Connection connection)
    {
        var policies = new List<PolicyRecord>();
        Statement select = connection.Prepare(ListPolicies);
        while (select.Step())
            policies.Add(Policy(select));
        return policies;
    }

    public static byte[]? ReadClientSession(Connection connection, long device, string name, long nowMs)
    {
        Statement select = connection.Prepare(SelectClientSession).Bind(1, device).Bind(2, name).Bind(3, nowMs);
        if (!select.Step())
            return null;
        byte[] state = select.Blob(0).ToArray();
        select.Reset();
        return state;
    }

    private static DeviceRecord Device(Statement row) => new()
    {
        Number = new DeviceNumber(row.Int64(0)),
        Id = DeviceId.Parse(row.Text(1)!),
        Status = (DeviceStatus)row.Int32(2),
        PrimaryKey = SymmetricKey.FromBytes(row.Blob(3)),
        SecondaryKey = SymmetricKey.FromBytes(row.Blob(4)),
        CreatedAtMs = row.Int64(5),
        ChangedAtMs = row.Int64(6),
        Version = row.Int64(7),
    };

    private static PolicyRecord Policy(Statement row) =>
        new(row.Text(0)!, (Rights)row.Int32(1), SymmetricKey.FromBytes(row.Blob(2)), SymmetricKey.FromBytes(row.Blob(3)), row.Int64(4));
}
