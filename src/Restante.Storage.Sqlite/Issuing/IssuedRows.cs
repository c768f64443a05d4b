using Restante.Core.Devices;
using Restante.Core.Issuing;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Issuing;

/// <summary>The tables of issuers and of what they have issued.</summary>
internal static class IssuedRows
{
    public const string Tables = """
        CREATE TABLE issuer (
            place INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            private_key BLOB NOT NULL);
        CREATE TABLE issued (
            place INTEGER PRIMARY KEY AUTOINCREMENT,
            serial TEXT NOT NULL UNIQUE,
            issuer TEXT NOT NULL,
            device INTEGER NOT NULL,
            device_id TEXT NOT NULL,
            issued_at INTEGER NOT NULL,
            valid_from INTEGER NOT NULL,
            valid_until INTEGER NOT NULL,
            revoked_at INTEGER NOT NULL,
            cause INTEGER NOT NULL);
        CREATE INDEX issued_device ON issued (device, cause, valid_until);
        CREATE INDEX issued_device_id ON issued (device_id, place);
        CREATE INDEX issued_until ON issued (valid_until);
        CREATE INDEX issued_revoked ON issued (issuer, cause, revoked_at) WHERE cause > 0;
        """;

    private const string Columns =
        "SELECT place, serial, issuer, device, device_id, issued_at, valid_from, valid_until, revoked_at, cause FROM issued";

    private const string InsertIssued = """
        INSERT INTO issued (serial, issuer, device, device_id, issued_at, valid_from, valid_until, revoked_at, cause)
        VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)
        """;

    private const string SelectRevoked =
        Columns + " WHERE issuer = ? AND cause > 0 AND valid_until > ? ORDER BY cause, revoked_at DESC, place DESC LIMIT ?";

    private const string CountLive = "SELECT count(*), min(valid_until) FROM issued WHERE device = ? AND cause = 0 AND valid_until > ?";
    private const string CountRevoked = "SELECT count(*) FROM issued WHERE issuer = ? AND cause = 1 AND valid_until > ?";
    private const string RevokeOne = "UPDATE issued SET cause = ?, revoked_at = ? WHERE place = ?";
    private const string RevokeOfDevice = "UPDATE issued SET cause = ?, revoked_at = ? WHERE device = ? AND cause = 0";
    private const string DropEnded =
        "DELETE FROM issued WHERE place IN (SELECT place FROM issued WHERE valid_until <= ? ORDER BY valid_until LIMIT ?)";

    public static void Insert(Connection connection, IssuedCertificate issued) =>
        connection.Prepare(InsertIssued).Bind(1, issued.Serial).Bind(2, issued.Issuer).Bind(3, issued.Number.Value)
            .Bind(4, issued.Device.Value).Bind(5, issued.IssuedAtMs).Bind(6, issued.FromMs).Bind(7, issued.UntilMs).Run();

    public static IssuedCertificate? Find(Connection connection, string serial) =>
        All(connection.Prepare(Columns + " WHERE serial = ?").Bind(1, serial)).FirstOrDefault();

    public static List<IssuedCertificate> Read(Connection connection, string? device, long before, int max) => All(device is null
        ? connection.Prepare(Columns + " WHERE place < ? ORDER BY place DESC LIMIT ?").Bind(1, before).Bind(2, max)
        : connection.Prepare(Columns + " WHERE device_id = ? AND place < ? ORDER BY place DESC LIMIT ?")
            .Bind(1, device).Bind(2, before).Bind(3, max));

    /// <summary>The certificates of a device that are valid: how many, and when the first of them ends.</summary>
    public static (long Count, long FirstEndsAtMs) Live(Connection connection, long device, long nowMs)
    {
        Statement select = connection.Prepare(CountLive).Bind(1, device).Bind(2, nowMs);
        select.Step();
        (long, long) live = (select.Int64(0), select.Int64(1));
        select.Reset();
        return live;
    }

    /// <summary>Revokes for an operator; null when there would be too many.</summary>
    public static List<IssuedCertificate>? Revoke(
        Connection connection, string? serial, long device, long validAtMs, int maxRevoked, long nowMs)
    {
        List<IssuedCertificate> meant = All(serial is null
            ? connection.Prepare(Columns + " WHERE device = ? AND cause = 0 AND valid_until > ? ORDER BY place")
                .Bind(1, device).Bind(2, validAtMs)
            : connection.Prepare(Columns + " WHERE serial = ? AND cause = 0 AND valid_until > ?").Bind(1, serial).Bind(2, validAtMs));
        foreach (IGrouping<string, IssuedCertificate> issuer in meant.GroupBy(i => i.Issuer))
        {
            Statement count = connection.Prepare(CountRevoked).Bind(1, issuer.Key).Bind(2, validAtMs);
            count.Step();
            long already = count.Int64(0);
            count.Reset();
            if (already + issuer.Count() > maxRevoked)
                return null;
        }

        foreach (IssuedCertificate issued in meant)
            connection.Prepare(RevokeOne).Bind(1, (long)RevocationCause.Operator).Bind(2, nowMs).Bind(3, issued.Place).Run();
        return meant.ConvertAll(i => i with { Cause = RevocationCause.Operator, RevokedAtMs = nowMs });
    }

    /// <summary>Revokes what was issued to a device, within the transaction that removes it.</summary>
    public static void RevokeAll(Connection connection, long device, long nowMs) =>
        connection.Prepare(RevokeOfDevice).Bind(1, (long)RevocationCause.DeviceRemoved).Bind(2, nowMs).Bind(3, device).Run();

    public static List<IssuedCertificate> ReadRevoked(Connection connection, string issuer, long validAtMs, int max) =>
        All(connection.Prepare(SelectRevoked).Bind(1, issuer).Bind(2, validAtMs).Bind(3, max));

    public static bool AnyEnded(Connection connection, long endedAtMs)
    {
        Statement select = connection.Prepare("SELECT 1 FROM issued WHERE valid_until <= ? LIMIT 1").Bind(1, endedAtMs);
        bool any = select.Step();
        if (any)
            select.Reset();
        return any;
    }

    public static int Drop(Connection connection, long endedAtMs, int max)
    {
        connection.Prepare(DropEnded).Bind(1, endedAtMs).Bind(2, max).Run();
        return (int)connection.Changes;
    }

    private static List<IssuedCertificate> All(Statement select)
    {
        var rows = new List<IssuedCertificate>();
        while (select.Step())
            rows.Add(Row(select));
        return rows;
    }

    private static IssuedCertificate Row(Statement row) => new()
    {
        Place = row.Int64(0),
        Serial = row.Text(1)!,
        Issuer = row.Text(2)!,
        Number = new DeviceNumber(row.Int64(3)),
        Device = DeviceId.Parse(row.Text(4)!),
        IssuedAtMs = row.Int64(5),
        FromMs = row.Int64(6),
        UntilMs = row.Int64(7),
        RevokedAtMs = row.Int32(9) == 0 ? null : row.Int64(8),
        Cause = (RevocationCause)row.Int32(9),
    };
}
