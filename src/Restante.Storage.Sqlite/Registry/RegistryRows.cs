using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Selection;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Secrets;

namespace Restante.Storage.Sqlite.Registry;

/// <summary>Reads of the tables of the registry, and the form of the credentials in them.</summary>
internal sealed class RegistryRows(SealedCredentials credentials)
{
    // What the credentials are sealed for; see SealedTable.
    private const string DevicePrimary = "device.primary_credential";
    private const string DeviceSecondary = "device.secondary_credential";
    private const string PolicyPrimary = "policy.primary_credential";
    private const string PolicySecondary = "policy.secondary_credential";

    // The groups of a device stand in one text with blanks between them, which their names cannot hold.
    private const string DeviceColumns = """
        SELECT d.number, d.id, d.status, d.primary_credential, d.secondary_credential, d.created_at, d.changed_at, d.version, d.tags,
            d.member_of, g.id
        FROM device d LEFT JOIN device g ON g.number = d.gateway
        """;

    private const string SelectDevice = DeviceColumns + " WHERE d.id = ?";
    private const string SelectMember = DeviceColumns + " WHERE d.number = ?";
    private const string SelectDevices = DeviceColumns + " WHERE d.id > ? ORDER BY d.id LIMIT ?";
    private const string SelectFacts = "SELECT id, tags, member_of FROM device WHERE id > ? ORDER BY id LIMIT ?";
    private const string SelectMemberFacts = "SELECT id, tags, member_of FROM device WHERE number = ?";
    private const string SelectMemberId = "SELECT id FROM device WHERE number = ?";
    private const string SelectPolicies = "SELECT name, rights, primary_credential, secondary_credential, created_at, scope FROM policy";
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

    public DeviceRecord? ReadDevice(Connection connection, DeviceId id)
    {
        Statement select = connection.Prepare(SelectDevice).Bind(1, id.Value);
        if (!select.Step())
            return null;
        DeviceRecord record = Device(select);
        select.Reset();
        return record;
    }

    public List<DeviceRecord> ReadDevices(Connection connection, string after, int max)
    {
        var devices = new List<DeviceRecord>();
        Statement select = connection.Prepare(SelectDevices).Bind(1, after).Bind(2, max);
        while (select.Step())
            devices.Add(Device(select));
        return devices;
    }

    /// <summary>Looks at some devices and keeps those of an audience.</summary>
    /// <param name="connection">Where to read.</param>
    /// <param name="after">The id to go on after.</param>
    /// <param name="look">How many to look at.</param>
    /// <param name="audience">Who is wanted.</param>
    /// <param name="found">Gets who is, up to <paramref name="max"/> in all.</param>
    /// <param name="max">How many are wanted.</param>
    /// <returns>The last id it looked at; null when there is nothing more to look at.</returns>
    public string? ReadDevices(
        Connection connection, string after, int look, AudienceQuery audience, List<DeviceRecord> found, int max)
    {
        int seen = 0;
        Statement select = connection.Prepare(SelectDevices).Bind(1, after).Bind(2, look);
        while (select.Step())
        {
            seen++;
            after = select.Text(1)!;
            if (!audience.Matches(DeviceId.Parse(after), Facts(select, 8)))
                continue;
            found.Add(Device(select));
            if (found.Count == max)
            {
                select.Reset();
                return null;
            }
        }

        return seen == look ? after : null;
    }

    /// <summary>Looks at some devices and counts those of an audience.</summary>
    /// <returns>How many belong to it, and the last id it looked at; null when there is nothing more to look at.</returns>
    public static (int Count, string? Last) CountDevices(Connection connection, string after, int look, AudienceQuery audience)
    {
        int seen = 0;
        int count = 0;
        Statement select = connection.Prepare(SelectFacts).Bind(1, after).Bind(2, look);
        while (select.Step())
        {
            seen++;
            after = select.Text(0)!;
            count += audience.Matches(DeviceId.Parse(after), Facts(select, 1)) ? 1 : 0;
        }

        return (count, seen == look ? after : null);
    }

    /// <summary>Looks at some devices by number, in the order that they are given in, and keeps those of an audience.</summary>
    /// <param name="connection">Where to read.</param>
    /// <param name="members">The numbers.</param>
    /// <param name="at">The first of them to look at.</param>
    /// <param name="look">How many to look at.</param>
    /// <param name="audience">Who is wanted.</param>
    /// <param name="found">Gets who is, up to <paramref name="max"/> in all.</param>
    /// <param name="max">How many are wanted.</param>
    /// <returns>The next one to look at.</returns>
    public int ReadMembers(
        Connection connection, long[] members, int at, int look, AudienceQuery audience, List<DeviceRecord> found, int max)
    {
        Statement select = connection.Prepare(SelectMember);
        for (int end = (int)Math.Min((long)at + look, members.Length); at < end && found.Count < max; at++)
        {
            if (!select.Bind(1, members[at]).Step())
                continue; // It has gone a moment ago.
            if (audience.Matches(DeviceId.Parse(select.Text(1)!), Facts(select, 8)))
                found.Add(Device(select));
            select.Reset();
        }

        return at;
    }

    /// <summary>The place of the first device after an id, among those that stand in the order of their ids.</summary>
    /// <param name="connection">Where to read.</param>
    /// <param name="sorted">The numbers of the devices.</param>
    /// <param name="after">The id.</param>
    /// <returns>The number of them when there is none.</returns>
    public static int PlaceAfter(Connection connection, long[] sorted, string after)
    {
        int low = 0;
        for (int high = after.Length == 0 ? 0 : sorted.Length; low < high;)
        {
            int middle = low + ((high - low) / 2), at = middle;
            string? id = null;
            while (at < high && (id = ReadId(connection, sorted[at])) is null)
                at++; // It has gone a moment ago.
            if (id is not null && string.CompareOrdinal(id, after) <= 0)
                low = at + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Looks up the ids of some devices; those that have gone a moment ago are left out.</summary>
    /// <returns>How many were looked up in all.</returns>
    public static int ReadIds(Connection connection, ReadOnlySpan<long> members, List<(string Id, long Number)> found)
    {
        foreach (long member in members)
        {
            if (ReadId(connection, member) is string id)
                found.Add((id, member));
        }

        return found.Count;
    }

    /// <summary>Looks at some devices by number and counts those of an audience.</summary>
    public static int CountMembers(Connection connection, ReadOnlySpan<long> members, AudienceQuery audience)
    {
        int count = 0;
        Statement select = connection.Prepare(SelectMemberFacts);
        foreach (long member in members)
        {
            if (!select.Bind(1, member).Step())
                continue;
            count += audience.Matches(DeviceId.Parse(select.Text(0)!), Facts(select, 1)) ? 1 : 0;
            select.Reset();
        }

        return count;
    }

    private static string? ReadId(Connection connection, long number)
    {
        Statement select = connection.Prepare(SelectMemberId).Bind(1, number);
        if (!select.Step())
            return null;
        string id = select.Text(0)!;
        select.Reset();
        return id;
    }

    public PolicyRecord? ReadPolicy(Connection connection, string name)
    {
        Statement select = connection.Prepare(SelectPolicy).Bind(1, name);
        if (!select.Step())
            return null;
        PolicyRecord policy = Policy(select);
        select.Reset();
        return policy;
    }

    public List<PolicyRecord> ReadPolicies(Connection connection)
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

    /// <summary>A credential of a device as it is written into its row.</summary>
    public byte[] Write(DeviceId device, CredentialSlot slot, Credential credential) =>
        credentials.Write(slot == CredentialSlot.Primary ? DevicePrimary : DeviceSecondary, device.Value, credential);

    /// <summary>A credential of a policy as it is written into its row.</summary>
    public byte[] Write(string policy, CredentialSlot slot, Credential credential) =>
        credentials.Write(slot == CredentialSlot.Primary ? PolicyPrimary : PolicySecondary, policy, credential);

    private DeviceRecord Device(Statement row) => new()
    {
        Number = new DeviceNumber(row.Int64(0)),
        Id = DeviceId.Parse(row.Text(1)!),
        Status = (DeviceStatus)row.Int32(2),
        Primary = credentials.Read(DevicePrimary, row.Text(1)!, row.Blob(3)),
        Secondary = credentials.Read(DeviceSecondary, row.Text(1)!, row.Blob(4)),
        CreatedAtMs = row.Int64(5),
        ChangedAtMs = row.Int64(6),
        Version = row.Int64(7),
        Tags = row.Text(8)!,
        Groups = Groups(row.Text(9)!),
        Gateway = row.Text(10) is string gateway ? DeviceId.Parse(gateway) : null,
    };

    /// <summary>The facts of a device out of two columns that follow each other.</summary>
    public static DeviceFacts Facts(Statement row, int tags) => DeviceFacts.Of(row.Text(tags)!, Groups(row.Text(tags + 1)!));

    private static string[] Groups(string text) => text.Length == 0 ? [] : text.Split(' ');

    private PolicyRecord Policy(Statement row) => new(
        row.Text(0)!,
        (Rights)row.Int32(1),
        credentials.Read(PolicyPrimary, row.Text(0)!, row.Blob(2)),
        credentials.Read(PolicySecondary, row.Text(0)!, row.Blob(3)),
        row.Int64(4))
    {
        Scope = row.Text(5) is string scope ? PolicyScope.Read(scope) : null,
    };
}
