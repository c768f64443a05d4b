using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Issuing;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Authorities;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Secrets;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Issuing;

/// <summary>Issuers of the embedded store, their keys sealed, and the records of what they have issued.</summary>
internal sealed class SqliteIssuerStore(SecretSealer sealer, ReaderPool readers, Writer writer) : IIssuerStore
{
    private const string Purpose = "issuer.private_key";
    private const string SelectIssuers =
        "SELECT i.name, a.certificate, i.private_key FROM issuer i JOIN authority a ON a.name = i.name ORDER BY i.place";

    public ValueTask<bool> AddAsync(AuthorityRecord authority, IssuerRecord issuer) => writer.Submit(new SimpleOperation<bool>(
        session =>
        {
            if (!SqliteAuthorityStore.Add(session.Connection, authority))
                return false;
            session.Connection.Prepare("INSERT INTO issuer (name, private_key) VALUES (?, ?)")
                .Bind(1, issuer.Name).Bind(2, sealer.Seal(Purpose, issuer.Name, issuer.PrivateKey)).Run();
            return true;
        },
        bytes: authority.Certificate.Length + issuer.PrivateKey.Length));

    public ValueTask<IReadOnlyList<IssuerRecord>> ListAsync() =>
        StoreRead.Of<IReadOnlyList<IssuerRecord>>(() => readers.Read(sealer, static (c, sealer) =>
        {
            var all = new List<IssuerRecord>();
            Statement row = c.Prepare(SelectIssuers);
            while (row.Step())
            {
                string name = row.Text(0)!;
                byte[] key = Open(sealer, name, row.Blob(2));
                all.Add(new IssuerRecord { Name = name, Certificate = row.Blob(1).ToArray(), PrivateKey = key });
            }

            return all;
        }));

    public ValueTask<IssuedCertificate?> FindIssuedAsync(string serial) => StoreRead.Of(() => readers.Read(serial, IssuedRows.Find));

    public ValueTask<IReadOnlyList<IssuedCertificate>> ListIssuedAsync(DeviceId? device, long before, int max) =>
        StoreRead.Of<IReadOnlyList<IssuedCertificate>>(() =>
            readers.Read((Id: device?.Value, before, max), static (c, x) => IssuedRows.Read(c, x.Id, x.before, x.max)));

    public ValueTask<IReadOnlyList<IssuedCertificate>?> RevokeAsync(
        string? serial, DeviceNumber device, long validAtMs, int maxRevoked, long nowMs) =>
        writer.Submit(new SimpleOperation<IReadOnlyList<IssuedCertificate>?>(
            session => IssuedRows.Revoke(session.Connection, serial, device.Value, validAtMs, maxRevoked, nowMs)));

    public ValueTask<IReadOnlyList<IssuedCertificate>> ReadRevokedAsync(string issuer, long validAtMs, int max) =>
        StoreRead.Of<IReadOnlyList<IssuedCertificate>>(() =>
            readers.Read((issuer, validAtMs, max), static (c, x) => IssuedRows.ReadRevoked(c, x.issuer, x.validAtMs, x.max)));

    public async ValueTask<int> DropIssuedAsync(long endedAtMs, int max) =>
        readers.Read(endedAtMs, IssuedRows.AnyEnded)
            ? await writer.Submit(new SimpleOperation<int>(session => IssuedRows.Drop(session.Connection, endedAtMs, max)))
            : 0;

    private static byte[] Open(SecretSealer sealer, string name, ReadOnlySpan<byte> hidden)
    {
        try
        {
            return sealer.Open(Purpose, name, hidden);
        }
        catch (InvalidDataException)
        {
            return []; // Which is no key; who takes it up finds that out, and the other issuers go on.
        }
    }
}
