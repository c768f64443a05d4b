using Restante.Core.Access;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Authorities;

/// <summary>Certificate authorities of the embedded store: one row each.</summary>
internal sealed class SqliteAuthorityStore(ReaderPool readers, Writer writer) : IAuthorityStore
{
    internal const string Tables = """
        CREATE TABLE authority (
            name TEXT PRIMARY KEY,
            certificate BLOB NOT NULL,
            verification_code TEXT NOT NULL,
            verified INTEGER NOT NULL,
            revocation_list BLOB,
            created_at INTEGER NOT NULL,
            changed_at INTEGER NOT NULL);
        """;

    private const string SelectAll = """
        SELECT name, certificate, verification_code, verified, revocation_list, created_at, changed_at,
            EXISTS (SELECT 1 FROM issuer WHERE issuer.name = authority.name) FROM authority
        """;

    private const string SelectOne = SelectAll + " WHERE name = ?";
    private const string ListAll = SelectAll + " ORDER BY name";
    private const string Insert = """
        INSERT INTO authority (name, certificate, verification_code, verified, revocation_list, created_at, changed_at)
        VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING
        """;

    private const string Update = "UPDATE authority SET verified = ?, revocation_list = ?, changed_at = ? WHERE name = ?";

    public ValueTask<bool> AddAsync(AuthorityRecord authority) =>
        writer.Submit(new SimpleOperation<bool>(session => Add(session.Connection, authority), bytes: authority.Certificate.Length));

    public ValueTask<AuthorityRecord?> FindAsync(string name) => StoreRead.Of(() => readers.Read(name, Read));

    public ValueTask<IReadOnlyList<AuthorityRecord>> ListAsync() =>
        StoreRead.Of<IReadOnlyList<AuthorityRecord>>(() => readers.Read(0, static (c, _) =>
        {
            var all = new List<AuthorityRecord>();
            Statement select = c.Prepare(ListAll);
            while (select.Step())
                all.Add(Record(select));
            return all;
        }));

    public ValueTask<AuthorityRecord?> UpdateAsync(string name, string verificationCode, AuthorityUpdate update, long nowMs) =>
        writer.Submit(new SimpleOperation<AuthorityRecord?>(
            session =>
            {
                if (Read(session.Connection, name) is not AuthorityRecord old || old.VerificationCode != verificationCode)
                    return null;
                AuthorityRecord changed = old with
                {
                    IsVerified = old.IsVerified || update.Verifies,
                    RevocationList = update.RevocationList ?? old.RevocationList,
                    ChangedAtMs = nowMs,
                };
                Statement write = session.Connection.Prepare(Update).Bind(1, changed.IsVerified ? 1 : 0);
                BindList(write, 2, changed.RevocationList).Bind(3, nowMs).Bind(4, name).Run();
                return changed;
            },
            bytes: update.RevocationList?.Length ?? 0));

    public ValueTask<bool> RemoveAsync(string name) => writer.Submit(new SimpleOperation<bool>(session =>
    {
        session.Connection.Prepare("DELETE FROM issuer WHERE name = ?").Bind(1, name).Run();
        session.Connection.Prepare("DELETE FROM authority WHERE name = ?").Bind(1, name).Run();
        return session.Connection.Changes > 0;
    }));

    /// <summary>Writes a new authority; false when the name is taken.</summary>
    internal static bool Add(Connection connection, AuthorityRecord authority)
    {
        Statement insert = connection.Prepare(Insert).Bind(1, authority.Name).Bind(2, authority.Certificate)
            .Bind(3, authority.VerificationCode).Bind(4, authority.IsVerified ? 1 : 0);
        BindList(insert, 5, authority.RevocationList).Bind(6, authority.CreatedAtMs).Bind(7, authority.ChangedAtMs).Run();
        return connection.Changes > 0;
    }

    private static Statement BindList(Statement statement, int parameter, byte[]? list) =>
        list is null ? statement.Bind(parameter, (string?)null) : statement.Bind(parameter, list);

    private static AuthorityRecord? Read(Connection connection, string name)
    {
        Statement select = connection.Prepare(SelectOne).Bind(1, name);
        if (!select.Step())
            return null;
        AuthorityRecord record = Record(select);
        select.Reset();
        return record;
    }

    private static AuthorityRecord Record(Statement row) => new()
    {
        Name = row.Text(0)!,
        Certificate = row.Blob(1).ToArray(),
        VerificationCode = row.Text(2)!,
        IsVerified = row.Int32(3) != 0,
        RevocationList = row.Blob(4) is { IsEmpty: false } list ? list.ToArray() : null,
        CreatedAtMs = row.Int64(5),
        ChangedAtMs = row.Int64(6),
        IsOwn = row.Int32(7) != 0,
    };
}
