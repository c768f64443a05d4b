using System.Globalization;
using SQLitePCL;

namespace Restante.Storage.Sqlite.Database;

/// <summary>A connection to the database file. For one thread at a time.</summary>
internal sealed class Connection : IDisposable
{
    private const int BusyTimeoutMs = 5_000;

    private readonly sqlite3 _database;
    private readonly Dictionary<string, Statement> _statements = new(ReferenceEqualityComparer.Instance);

    static Connection() => Batteries_V2.Init();

    private Connection(sqlite3 database) => _database = database;

    /// <summary>True outside a transaction.</summary>
    public bool IsIdle => raw.sqlite3_get_autocommit(_database) != 0;

    /// <summary>How many rows the last statement changed.</summary>
    public int Changes => raw.sqlite3_changes(_database);

    public long LastInsertedRow => raw.sqlite3_last_insert_rowid(_database);

    /// <summary>Opens the file in the mode of the store: write-ahead log, every commit synced, no checkpoints of SQLite's own.</summary>
    public static Connection Open(string path, bool readOnly, long cacheBytes, long logBytes)
    {
        int flags = raw.SQLITE_OPEN_NOMUTEX | (readOnly ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE);
        int result = raw.sqlite3_open_v2(path, out sqlite3 database, flags, null);
        var connection = new Connection(database);
        try
        {
            if (result != raw.SQLITE_OK)
                throw LastFailure(database);
            raw.sqlite3_extended_result_codes(database, 1);
            raw.sqlite3_busy_timeout(database, BusyTimeoutMs);
            connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA cache_size = -{cacheBytes / 1024}"));
            connection.Execute("PRAGMA temp_store = MEMORY");
            if (!readOnly)
            {
                connection.Execute("PRAGMA synchronous = FULL");
                connection.Execute("PRAGMA wal_autocheckpoint = 0");
                connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA journal_size_limit = {logBytes}"));
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static SqliteFailure LastFailure(sqlite3 database) =>
        new(raw.sqlite3_extended_errcode(database), raw.sqlite3_errmsg(database).utf8_to_string());

    /// <summary>
    /// A statement that is kept with the connection. <paramref name="sql"/> is a constant: it is found again by reference.
    /// </summary>
    public Statement Prepare(string sql)
    {
        if (_statements.TryGetValue(sql, out Statement? statement))
            return statement;
        if (raw.sqlite3_prepare_v3(_database, sql, raw.SQLITE_PREPARE_PERSISTENT, out sqlite3_stmt prepared) != raw.SQLITE_OK)
            throw LastFailure(_database);
        statement = new Statement(_database, prepared);
        _statements.Add(sql, statement);
        return statement;
    }

    /// <summary>Ends what the kept statements have begun, after whoever used them was stopped in the midst of a row.</summary>
    public void ResetStatements()
    {
        foreach (Statement statement in _statements.Values)
            statement.Reset();
    }

    public void Execute(string sql)
    {
        if (raw.sqlite3_exec(_database, sql) != raw.SQLITE_OK)
            throw LastFailure(_database);
    }

    /// <summary>The first column of the first row as a number; 0 without a row.</summary>
    public long Number(string sql)
    {
        using Statement statement = PrepareOnce(sql);
        return statement.Step() ? statement.Int64(0) : 0;
    }

    /// <summary>The first column of the first row as text.</summary>
    public string? Text(string sql)
    {
        using Statement statement = PrepareOnce(sql);
        return statement.Step() ? statement.Text(0) : null;
    }

    /// <summary>Copies what it can of the write-ahead log into the database, without waiting for anybody.</summary>
    /// <returns>Pages in the log and how many of them have been copied; -1 when the log could not be looked at.</returns>
    public (int Pages, int Copied) Checkpoint(int mode)
    {
        int result = raw.sqlite3_wal_checkpoint_v2(_database, "main", mode, out int pages, out int copied);
        return result is raw.SQLITE_OK or raw.SQLITE_BUSY ? (pages, copied) : throw LastFailure(_database);
    }

    /// <summary>Copies the whole database, as it is at one moment, into another; what others write meanwhile is not in the copy.</summary>
    public void CopyTo(Connection target)
    {
        using sqlite3_backup copy = raw.sqlite3_backup_init(target._database, "main", _database, "main");
        if (copy.IsInvalid)
            throw LastFailure(target._database);
        const int allPages = -1;
        int result = raw.sqlite3_backup_step(copy, allPages);
        if (result != raw.SQLITE_DONE)
            throw new SqliteFailure(result, "the copy could not be finished");
        if (raw.sqlite3_backup_finish(copy) != raw.SQLITE_OK)
            throw LastFailure(target._database);
    }

    /// <summary>Pages written into the write-ahead log by this connection since it was opened.</summary>
    public long PagesWritten()
    {
        raw.sqlite3_db_status(_database, DbStatusCacheWrite, out int current, out _, 0);
        return (uint)current;
    }

    public void Dispose()
    {
        foreach (Statement statement in _statements.Values)
            statement.Dispose();
        _database.Dispose();
    }

    private const int DbStatusCacheWrite = 9;

    private Statement PrepareOnce(string sql) =>
        raw.sqlite3_prepare_v2(_database, sql, out sqlite3_stmt prepared) == raw.SQLITE_OK
            ? new Statement(_database, prepared)
            : throw LastFailure(_database);
}
