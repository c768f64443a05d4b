using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Secrets;

namespace Restante.Storage.Sqlite.Inspection;

/// <summary>Says which master keys the store of a data directory needs, also while a gateway runs on it.</summary>
public static class StoreKeys
{
    private const long CacheBytes = 1024 * 1024;

    /// <summary>The ids of the keys that secrets may be sealed with; null when there is no store yet.</summary>
    /// <exception cref="StoreOpenException">It is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<string>? Read(string directory)
    {
        string path = Path.Combine(directory, SqliteStoreOptions.FileName);
        if (new FileInfo(path) is not { Exists: true, Length: > 0 })
            return null;
        try
        {
            using Connection connection = Connection.Open(path, readOnly: true, CacheBytes, 0);
            return MasterKeyRows.Read(connection);
        }
        catch (SqliteFailure failure) when (failure.IsDamage)
        {
            throw Schema.Damaged(path, failure.Message, failure);
        }
        catch (SqliteFailure failure)
        {
            throw new IOException($"{path} cannot be read: {failure.Message}.", failure);
        }
    }
}
