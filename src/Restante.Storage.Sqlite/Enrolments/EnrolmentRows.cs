using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Secrets;

namespace Restante.Storage.Sqlite.Enrolments;

/// <summary>The tables of enrolment, and reads and writes of single rows.</summary>
internal sealed class EnrolmentRows(SealedCredentials credentials)
{
    /// <summary>A group counts what it has in the other tables, as they may be large.</summary>
    public const string Tables = """
        CREATE TABLE enrolment_group (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            kind INTEGER NOT NULL,
            id_prefix TEXT NOT NULL,
            tags TEXT NOT NULL,
            member_of TEXT NOT NULL,
            desired_state BLOB NOT NULL,
            enabled INTEGER NOT NULL,
            max_devices INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            authority TEXT,
            primary_key BLOB NOT NULL,
            secondary_key BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            changed_at INTEGER NOT NULL,
            version INTEGER NOT NULL,
            enrolled INTEGER NOT NULL,
            claims INTEGER NOT NULL);
        CREATE TABLE enrolment_claim (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            enrolment INTEGER NOT NULL,
            hash BLOB NOT NULL UNIQUE,
            device TEXT,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL);
        CREATE INDEX enrolment_claim_group ON enrolment_claim (enrolment);
        CREATE INDEX enrolment_claim_expiry ON enrolment_claim (expires_at);
        CREATE TABLE enrolled_device (
            id TEXT PRIMARY KEY,
            device INTEGER NOT NULL,
            enrolment INTEGER NOT NULL,
            enrolment_name TEXT NOT NULL,
            kind INTEGER NOT NULL,
            claim BLOB,
            at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX enrolled_device_group ON enrolled_device (enrolment_name, id);
        """;

    // What the keys are sealed for; see SealedTable.
    private const string Primary = "enrolment_group.primary_key";
    private const string Secondary = "enrolment_group.secondary_key";

    private const string SelectGroups = """
        SELECT number, name, kind, id_prefix, tags, member_of, desired_state, enabled, max_devices, expires_at, authority, primary_key,
            secondary_key, created_at, changed_at, version, enrolled, claims
        FROM enrolment_group
        """;

    private const string InsertGroup = """
        INSERT INTO enrolment_group (name, kind, id_prefix, tags, member_of, desired_state, enabled, max_devices, expires_at, authority,
            primary_key, secondary_key, created_at, changed_at, version, enrolled, claims)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, 0)
        ON CONFLICT (name) DO NOTHING
        """;

    private const string UpdateGroup = """
        UPDATE enrolment_group SET id_prefix = ?, tags = ?, member_of = ?, desired_state = ?, enabled = ?, max_devices = ?, expires_at = ?,
            primary_key = coalesce(?, primary_key), secondary_key = coalesce(?, secondary_key), changed_at = ?, version = ?
        WHERE number = ?
        """;

    private const string SelectClaims = "SELECT number, enrolment, hash, device, created_at, expires_at FROM enrolment_claim";
    private const string SelectEntries = "SELECT id, device, enrolment, enrolment_name, kind, claim, at FROM enrolled_device";

    public EnrolmentGroup? ReadGroup(Connection connection, string name) =>
        One(connection.Prepare(SelectGroups + " WHERE name = ?").Bind(1, name), Group);

    public EnrolmentGroup? ReadGroup(Connection connection, long number) =>
        One(connection.Prepare(SelectGroups + " WHERE number = ?").Bind(1, number), Group);

    public List<EnrolmentGroup> ReadGroups(Connection connection) => All(connection.Prepare(SelectGroups + " ORDER BY name"), Group);

    public static EnrolmentClaim? ReadClaim(Connection connection, ClaimHash hash) =>
        One(connection.Prepare(SelectClaims + " WHERE hash = ?").Bind(1, Convert.FromHexString(hash.Hex)), Claim);

    public static List<EnrolmentClaim> ReadClaims(Connection connection, long group, long after, int max) => All(
        connection.Prepare(SelectClaims + " WHERE enrolment = ? AND number > ? ORDER BY number LIMIT ?")
            .Bind(1, group).Bind(2, after).Bind(3, max),
        Claim);

    public static bool HasEndedClaims(Connection connection, long nowMs) =>
        One(connection.Prepare("SELECT 1 FROM enrolment_claim WHERE expires_at <= ? LIMIT 1").Bind(1, nowMs), static _ => "") is not null;

    public static EnrolledDevice? ReadEntry(Connection connection, DeviceId id) =>
        One(connection.Prepare(SelectEntries + " WHERE id = ?").Bind(1, id.Value), Entry);

    public static List<EnrolledDevice> ReadEntries(Connection connection, string? group, string after, int max) => All(
        group is null
            ? connection.Prepare(SelectEntries + " WHERE id > ? ORDER BY id LIMIT ?").Bind(1, after).Bind(2, max)
            : connection.Prepare(SelectEntries + " WHERE enrolment_name = ? AND id > ? ORDER BY id LIMIT ?")
                .Bind(1, group).Bind(2, after).Bind(3, max),
        Entry);

    /// <summary>Writes a new group; false when the name is taken.</summary>
    public bool Insert(Connection connection, EnrolmentGroup group)
    {
        connection.Prepare(InsertGroup).Bind(1, group.Name).Bind(2, (long)group.Kind).Bind(3, group.IdPrefix).Bind(4, group.Tags)
            .Bind(5, string.Join(' ', group.Groups)).Bind(6, group.DesiredState.Span).Bind(7, group.IsEnabled ? 1 : 0)
            .Bind(8, group.MaxDevices).Bind(9, group.ExpiresAtMs).Bind(10, group.Authority)
            .Bind(11, Form(Primary, group.Name, group.PrimaryKey)).Bind(12, Form(Secondary, group.Name, group.SecondaryKey))
            .Bind(13, group.CreatedAtMs).Bind(14, group.ChangedAtMs).Run();
        return connection.Changes > 0;
    }

    /// <summary>Writes a group that has changed, those of its keys that have.</summary>
    public void Update(Connection connection, EnrolmentGroup group, SymmetricKey? primary, SymmetricKey? secondary)
    {
        Statement update = connection.Prepare(UpdateGroup).Bind(1, group.IdPrefix).Bind(2, group.Tags)
            .Bind(3, string.Join(' ', group.Groups)).Bind(4, group.DesiredState.Span).Bind(5, group.IsEnabled ? 1 : 0)
            .Bind(6, group.MaxDevices).Bind(7, group.ExpiresAtMs);
        BindChanged(update, 8, Primary, group.Name, primary);
        BindChanged(update, 9, Secondary, group.Name, secondary);
        update.Bind(10, group.ChangedAtMs).Bind(11, group.Version).Bind(12, group.Number.Value).Run();
    }

    private void BindChanged(Statement statement, int parameter, string purpose, string name, SymmetricKey? key)
    {
        if (key is null)
            statement.Bind(parameter, (string?)null);
        else
            statement.Bind(parameter, Form(purpose, name, key));
    }

    private byte[] Form(string purpose, string name, SymmetricKey? key) => key is null ? [] : credentials.Write(purpose, name, key);

    // One that does not open is none: then the group takes nobody by it.
    private SymmetricKey? Key(Statement row, int column, string purpose) =>
        row.Blob(column) is { IsEmpty: false } form ? credentials.Read(purpose, row.Text(1)!, form) as SymmetricKey : null;

    private EnrolmentGroup Group(Statement row) => new()
    {
        Number = new EnrolmentNumber(row.Int64(0)),
        Name = row.Text(1)!,
        Kind = (EnrolmentKind)row.Int32(2),
        IdPrefix = row.Text(3)!,
        Tags = row.Text(4)!,
        Groups = row.Text(5) is { Length: > 0 } groups ? groups.Split(' ') : [],
        DesiredState = row.Blob(6).ToArray(),
        IsEnabled = row.Int32(7) != 0,
        MaxDevices = row.Int64(8),
        ExpiresAtMs = row.Int64(9),
        Authority = row.Text(10),
        PrimaryKey = Key(row, 11, Primary),
        SecondaryKey = Key(row, 12, Secondary),
        CreatedAtMs = row.Int64(13),
        ChangedAtMs = row.Int64(14),
        Version = row.Int64(15),
        Enrolled = row.Int64(16),
        OpenClaims = row.Int64(17),
    };

    private static EnrolmentClaim Claim(Statement row) => new()
    {
        Number = new ClaimNumber(row.Int64(0)),
        Group = new EnrolmentNumber(row.Int64(1)),
        Hash = new ClaimHash(Convert.ToHexString(row.Blob(2))),
        Device = row.Text(3) is string device ? DeviceId.Parse(device) : null,
        CreatedAtMs = row.Int64(4),
        ExpiresAtMs = row.Int64(5),
    };

    private static EnrolledDevice Entry(Statement row) => new()
    {
        Id = DeviceId.Parse(row.Text(0)!),
        Number = new DeviceNumber(row.Int64(1)),
        Group = new EnrolmentNumber(row.Int64(2)),
        GroupName = row.Text(3)!,
        Kind = (EnrolmentKind)row.Int32(4),
        Claim = row.Blob(5) is { IsEmpty: false } hash ? new ClaimHash(Convert.ToHexString(hash)) : null,
        AtMs = row.Int64(6),
    };

    private static T? One<T>(Statement select, Func<Statement, T> read)
        where T : class
    {
        if (!select.Step())
            return null;
        T found = read(select);
        select.Reset();
        return found;
    }

    private static List<T> All<T>(Statement select, Func<Statement, T> read)
    {
        var all = new List<T>();
        while (select.Step())
            all.Add(read(select));
        return all;
    }
}
