using System.Buffers.Binary;
using System.Globalization;
using Restante.Storage.Sqlite.Authorities;
using Restante.Storage.Sqlite.Checkpoints;
using Restante.Storage.Sqlite.Enrolments;
using Restante.Storage.Sqlite.History;
using Restante.Storage.Sqlite.Inquiries;
using Restante.Storage.Sqlite.Issuing;
using Restante.Storage.Sqlite.Jobs;
using Restante.Storage.Sqlite.Mailboxes;
using Restante.Storage.Sqlite.Notifications;
using Restante.Storage.Sqlite.Reports;
using Restante.Storage.Sqlite.Secrets;
using Restante.Storage.Sqlite.Shelf;
using Restante.Storage.Sqlite.States;

namespace Restante.Storage.Sqlite.Database;

/// <summary>The tables of the store, and the refusal of files that are not such a store.</summary>
internal static class Schema
{
    /// <summary>The form of the tables this code reads and writes, kept in SQLite's <c>user_version</c>.</summary>
    public const int Version = 1;

    private const int ModelCacheBytes = 1024 * 1024;

    /// <summary>SQLite's <c>application_id</c> of a store: "Rest".</summary>
    private const int ApplicationId = 0x52657374;

    private const string BaseTables = """
        CREATE TABLE counters (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            last_sequence INTEGER NOT NULL,
            last_outcome INTEGER NOT NULL,
            last_untold INTEGER NOT NULL);
        INSERT INTO counters VALUES (1, 0, 0, 0);
        CREATE TABLE device (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            status INTEGER NOT NULL,
            primary_credential BLOB NOT NULL,
            secondary_credential BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            changed_at INTEGER NOT NULL,
            version INTEGER NOT NULL,
            tags TEXT NOT NULL,
            member_of TEXT NOT NULL,
            gateway INTEGER);
        CREATE INDEX device_gateway ON device (gateway) WHERE gateway IS NOT NULL;
        CREATE TABLE policy (
            name TEXT PRIMARY KEY,
            rights INTEGER NOT NULL,
            primary_credential BLOB NOT NULL,
            secondary_credential BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            scope TEXT) WITHOUT ROWID;
        CREATE TABLE client_session (
            place INTEGER PRIMARY KEY AUTOINCREMENT,
            device INTEGER NOT NULL,
            name TEXT NOT NULL,
            expires_at INTEGER NOT NULL,
            state BLOB NOT NULL,
            UNIQUE (device, name));
        CREATE INDEX client_session_expiry ON client_session (expires_at) WHERE expires_at < 9223372036854775807;
        """;

    private static readonly string[] s_tables =
    [
        BaseTables,
        MasterKeyRows.Tables,
        MailboxTables.Tables,
        ShelfRows.Tables,
        HistoryRows.Tables,
        NotificationRows.Tables,
        ReportRows.Tables,
        InquiryRows.Tables,
        EndedRows.Tables,
        SqliteStateStore.Tables,
        SqliteCheckpointStore.Tables,
        JobRows.Tables,
        SqliteAuthorityStore.Tables,
        EnrolmentRows.Tables,
        IssuedRows.Tables,
    ];

    /// <summary>
    /// Creates the file if there is none, readable by its owner only. Refuses files as <see cref="CheckFiles"/> does.
    /// </summary>
    /// <returns>The write-ahead log; null when there is none.</returns>
    public static WriteAheadLog? PrepareFile(string path)
    {
        if (File.Exists(path))
            return CheckFiles(path);
        if (new FileInfo(path + "-wal") is { Exists: true, Length: > 0 })
            throw Damaged(path, "it is gone, and its write-ahead log is still there", null);
        var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var created = new FileStream(path, create);
        return null;
    }

    /// <summary>Creates or checks the tables.</summary>
    /// <exception cref="StoreOpenException">The file is newer, of another shape, foreign or damaged.</exception>
    public static void Prepare(Connection connection, string path, long fullCheckBytes)
    {
        long version = connection.Number("PRAGMA user_version");
        long tables = connection.Number("SELECT count(*) FROM sqlite_schema");
        if (version > Version)
        {
            throw new StoreOpenException(
                $"The store '{path}' was written by a newer Restante (form {version}; this one knows up to {Version}). "
                + "Start the newer version again, or restore a backup made before the upgrade.");
        }

        if (tables > 0 && connection.Number("PRAGMA application_id") != ApplicationId)
            throw new StoreOpenException($"'{path}' is a database of another application. Choose another data directory.");
        if (new FileInfo(path).Length <= fullCheckBytes && connection.Text("PRAGMA quick_check(1)") is string report and not "ok")
            throw Damaged(path, report.ReplaceLineEndings(" "), null);
        if (tables > 0 && FirstDifference(connection) is string difference)
        {
            throw new StoreOpenException(
                $"The store '{path}' was made by another version of Restante: {difference}. Start that version again, or begin with "
                + "another data directory: export the devices from the one and import them into the other. 'restante doctor' says all "
                + "that differs.");
        }

        connection.Execute("PRAGMA journal_mode = WAL");
        if (tables == 0)
            Create(connection);
    }

    /// <summary>What this version makes, each with its text, by kind and name: <c>table device</c>.</summary>
    public static Dictionary<string, string> Expected()
    {
        using Connection model = Connection.Open(":memory:", readOnly: false, ModelCacheBytes, 0);
        Create(model);
        return Read(model);
    }

    /// <summary>What a database has, likewise.</summary>
    public static Dictionary<string, string> Read(Connection connection)
    {
        var found = new Dictionary<string, string>();
        Statement select = connection.Prepare("SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema");
        while (select.Step())
            found[select.Text(0)!] = select.Text(1)!;
        return found;
    }

    /// <summary>Makes the tables in an empty database.</summary>
    public static void Create(Connection connection)
    {
        connection.Execute("BEGIN IMMEDIATE");
        foreach (string script in s_tables)
            connection.Execute(script);
        connection.Execute(string.Create(
            CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version};"));
        connection.Execute("COMMIT");
    }

    // What others have added does no harm.
    private static string? FirstDifference(Connection connection)
    {
        Dictionary<string, string> found = Read(connection);
        foreach ((string name, string sql) in Expected())
        {
            if (!found.TryGetValue(name, out string? theirs))
                return $"the {name} is missing";
            if (theirs != sql)
                return $"the {name} is not as this version makes it";
        }

        return null;
    }

    /// <summary>Refuses files that lack their end, and logs that hold commits which cannot be read back. Changes nothing.</summary>
    /// <returns>The log; null when there is none.</returns>
    public static WriteAheadLog? CheckFiles(string path)
    {
        string logPath = path + "-wal";
        WriteAheadLog? log = WriteAheadLog.Read(logPath);
        if (log?.DamagedAt is long place)
        {
            throw Damaged(
                path,
                string.Create(CultureInfo.InvariantCulture,
                    $"a commit in its write-ahead log '{logPath}' is damaged at byte {place} although good ones follow it"),
                null);
        }

        if (log is null)
            CheckLength(path);
        return log;
    }

    /// <summary>The refusal of a damaged file.</summary>
    public static StoreOpenException Damaged(string path, string what, Exception? cause)
    {
        string message = $"The store '{path}' is damaged: {what}. It has not been changed. Restore it from a backup, or move it and its "
            + "'-wal' and '-shm' companions away to begin with an empty store.";
        return cause is null ? new StoreOpenException(message) : new StoreOpenException(message, cause);
    }

    private static void CheckLength(string path)
    {
        Span<byte> header = stackalloc byte[100];
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (file.Length == 0)
            return;
        int read = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        int pageSize = BinaryPrimitives.ReadUInt16BigEndian(header[16..]);
        long pages = BinaryPrimitives.ReadUInt32BigEndian(header[28..]);
        if (read < header.Length || pages * (pageSize == 1 ? 65_536 : pageSize) > file.Length)
            throw Damaged(path, "it is shorter than it says, so its end has been lost", null);
    }
}
