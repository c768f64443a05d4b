using System.Globalization;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Secrets;

namespace Restante.Storage.Sqlite.Inspection;

/// <summary>
/// Checks the database of a gateway that does not run, and keeps gateways out until disposed. It writes nothing but SQLite's own scratch
/// file, which it takes away again.
/// </summary>
public sealed class StoreInspection : IDisposable
{
    private const long CacheBytes = 64L * 1024 * 1024;
    private const int MaxFindings = 20;
    private const string Restore = "Restore it from a backup.";

    private readonly DirectoryLock _lock;
    private readonly string _path;
    private readonly List<StoreFinding> _findings = [];

    private StoreInspection(DirectoryLock directory, string path)
    {
        _lock = directory;
        _path = path;
    }

    /// <summary>Takes the lock of a data directory.</summary>
    /// <exception cref="StoreOpenException">A gateway runs on it, or this user may not.</exception>
    public static StoreInspection Begin(string directory) =>
        new(DirectoryLock.Take(directory), Path.Combine(directory, SqliteStoreOptions.FileName));

    /// <summary>Reads everything: the structure, the tables, all contents with their checksums, and whether all secrets open.</summary>
    /// <param name="ring">The master keys; null to leave the secrets out.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read a file.</exception>
    public IReadOnlyList<StoreFinding> Inspect(MasterKeyRing? ring)
    {
        if (!File.Exists(_path))
        {
            Fault("there is no database", "Restore it from a backup; the next start would begin with an empty one.");
            return _findings;
        }

        bool hadIndex = File.Exists(_path + "-shm");
        try
        {
            if (Schema.CheckFiles(_path) is { } log && log.TornEnd > log.End)
                Tell(log);
            using Connection connection = Connection.Open(_path, readOnly: true, CacheBytes, 0);
            Read(connection, ring);
        }
        catch (StoreOpenException refusal)
        {
            Fault(refusal.Message.TrimEnd('.'), Restore);
        }
        catch (SqliteFailure failure) when (failure.IsDamage)
        {
            Fault(failure.Message, Restore);
        }
        catch (SqliteFailure failure)
        {
            throw new IOException($"{_path} cannot be read: {failure.Message}.", failure);
        }
        finally
        {
            TakeAway(hadIndex);
        }

        return _findings;
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private void Read(Connection connection, MasterKeyRing? ring)
    {
        long version = connection.Number("PRAGMA user_version");
        if (version != Schema.Version)
        {
            Fault(string.Create(CultureInfo.InvariantCulture, $"it has form {version}, this version knows {Schema.Version}"),
                "Use the version of Restante that wrote it.");
            return;
        }

        int before = _findings.Count;
        Statement check = connection.Prepare("PRAGMA integrity_check(20)");
        while (check.Step())
        {
            if (check.Text(0) is { } report and not "ok")
                Fault(report.ReplaceLineEndings(" "), Restore);
        }

        if (_findings.Exists(finding => finding.IsFault) && _findings.Count > before)
            return; // What would be read now may be anything.
        CompareTables(connection);
        string[] missing = [.. MasterKeyRows.Read(connection).Where(id => ring is not null && ring.Find(id) is null)];
        foreach (string id in missing)
            Fault($"secrets are sealed with master key {id}, which the key ring lacks", "Add its line to the ring, behind the first.");
        bool opens = ring is not null && missing.Length == 0;
        foreach (ContentCheck contents in opens ? [.. ContentCheck.All, SecretCheck.Of(ring!)] : ContentCheck.All)
        {
            long bad = 0;
            foreach (string what in contents.Read(connection))
            {
                if (++bad <= MaxFindings)
                    Fault(what, contents.Mend);
            }

            if (bad > MaxFindings)
                Fault(string.Create(CultureInfo.InvariantCulture, $"{bad - MaxFindings} more like the last"), contents.Mend);
        }
    }

    private void CompareTables(Connection connection)
    {
        Dictionary<string, string> expected = Schema.Expected();
        Dictionary<string, string> found = Schema.Read(connection);
        foreach ((string name, string sql) in found)
        {
            if (!expected.TryGetValue(name, out string? ours))
                Fault($"the {name} is none of ours", "Remove it, if you know who made it; else restore the database from a backup.");
            else if (ours != sql)
                Fault($"the {name} is not as this version makes it", "Use the version of Restante that wrote it, or restore a backup.");
        }

        foreach (string name in expected.Keys.Where(name => !found.ContainsKey(name)))
            Fault($"the {name} is missing", Restore);
    }

    // With the lock held nobody else has the database open, so that what SQLite needed to read it is needed no more.
    private void TakeAway(bool hadIndex)
    {
        if (hadIndex)
            return;
        File.Delete(_path + "-shm");
        if (new FileInfo(_path + "-wal") is { Exists: true, Length: 0 })
            File.Delete(_path + "-wal");
    }

    private void Tell(WriteAheadLog log) => _findings.Add(new StoreFinding(
        false,
        _path + "-wal",
        log.End,
        string.Create(CultureInfo.InvariantCulture, $"{log.TornEnd - log.End} bytes of a commit that was never finished"),
        "Nothing is to be done: it was never acknowledged, and the next start passes over it."));

    private void Fault(string what, string mend) => _findings.Add(new StoreFinding(true, _path, null, what, mend));
}
