using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Secrets;

/// <summary>
/// The ids of the master keys that rows may be sealed with: the current one, and old ones until all rows are sealed anew.
/// </summary>
internal static class MasterKeyRows
{
    internal const string Tables = "CREATE TABLE master_key (id TEXT PRIMARY KEY) WITHOUT ROWID;";

    private const string SelectIds = "SELECT id FROM master_key ORDER BY id";
    private const string InsertId = "INSERT INTO master_key (id) VALUES (?) ON CONFLICT DO NOTHING";
    private const string DeleteOthers = "DELETE FROM master_key WHERE id <> ?";

    public static List<string> Read(Connection connection)
    {
        var ids = new List<string>();
        Statement select = connection.Prepare(SelectIds);
        while (select.Step())
            ids.Add(select.Text(0)!);
        return ids;
    }

    /// <summary>Writes down that rows may be sealed with a key from now on; before the first one is.</summary>
    public static void Add(Connection connection, string id) => connection.Prepare(InsertId).Bind(1, id).Run();

    /// <summary>Writes down that all rows are sealed with one key.</summary>
    public static void Keep(Connection connection, string id) => connection.Prepare(DeleteOthers).Bind(1, id).Run();

    /// <summary>Refuses a ring that lacks a key which rows may be sealed with, and writes down the current one.</summary>
    /// <returns>How many old keys rows may be sealed with.</returns>
    /// <exception cref="StoreOpenException">A key is missing.</exception>
    public static int Admit(Connection connection, MasterKeyRing ring, string path)
    {
        List<string> ids = Read(connection);
        if (ids.Find(id => ring.Find(id) is null) is string missing)
            throw Missing(path, missing, ring);
        Add(connection, ring.Current.Id);
        return ids.Count(id => id != ring.Current.Id);
    }

    /// <summary>The refusal of a ring that lacks a key.</summary>
    public static StoreOpenException Missing(string path, string id, MasterKeyRing ring) => new(
        $"The store '{path}' holds secrets that are sealed with master key {id}, and the key ring lacks it (it holds {ring}). "
        + "Add the line of that key to the ring, behind the first; without it the secrets are lost, and only a backup with its own "
        + "master key brings them back.");
}
