using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Secrets;

namespace Restante.Storage.Sqlite.Inspection;

/// <summary>
/// Copies the database of a data directory, also while a gateway writes it: the copy is what was committed at one moment, everything
/// confirmed before the call included. Meanwhile the gateway's write-ahead log grows, as nothing in it may be overwritten. Where no gateway
/// runs none can start meanwhile, and the files are judged as at a start: SQLite passes over commits that it cannot read back.
/// </summary>
public static class StoreCopy
{
    private const long CacheBytes = 4L * 1024 * 1024;

    /// <summary>Makes the copy and checks its structure.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="target">A file that does not exist; made for its owner only.</param>
    /// <returns>The ids of the master keys that its secrets are sealed with.</returns>
    /// <exception cref="StoreOpenException">There is no database, or it is damaged.</exception>
    /// <exception cref="IOException">It cannot be read, or the copy not be written.</exception>
    public static IReadOnlyList<string> Make(string directory, string target)
    {
        string path = Path.Combine(directory, SqliteStoreOptions.FileName);
        if (!File.Exists(path))
            throw new StoreOpenException($"There is no store in '{directory}'. Name the data directory of a gateway.");
        try
        {
            using DirectoryLock? idle = DirectoryLock.TryTake(directory);
            if (idle is not null)
                _ = Schema.CheckFiles(path);
            _ = Schema.PrepareFile(target);
            using Connection copy = Connection.Open(target, readOnly: false, CacheBytes, 0);
            using (Connection source = Connection.Open(path, readOnly: true, CacheBytes, 0))
                source.CopyTo(copy);
            if (copy.Text("PRAGMA quick_check(1)") is string report and not "ok")
                throw Schema.Damaged(path, report.ReplaceLineEndings(" "), null);
            return MasterKeyRows.Read(copy);
        }
        catch (SqliteFailure failure) when (failure.IsDamage)
        {
            throw Schema.Damaged(path, failure.Message, failure);
        }
        catch (SqliteFailure failure)
        {
            throw new IOException($"{path} cannot be copied to {target}: {failure.Message}.", failure);
        }
    }
}
