using SQLitePCL;

namespace Restante.Storage.Sqlite.Database;

/// <summary>A call of SQLite that failed.</summary>
internal sealed class SqliteFailure : Exception
{
    public SqliteFailure(int extendedCode, string message)
        : base($"SQLite answered {extendedCode}: {message}") => ExtendedCode = extendedCode;

    /// <summary>SQLite's extended result code.</summary>
    public int ExtendedCode { get; }

    /// <summary>SQLite's primary result code.</summary>
    public int Code => ExtendedCode & 0xFF;

    /// <summary>True when only the statement at hand is at fault: everything else of the transaction can go on.</summary>
    public bool IsOfTheStatement =>
        Code is raw.SQLITE_CONSTRAINT or raw.SQLITE_TOOBIG or raw.SQLITE_MISMATCH or raw.SQLITE_RANGE or raw.SQLITE_ERROR;

    /// <summary>True when the file is not what a store has written.</summary>
    public bool IsDamage => Code is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    /// <summary>True when the connection had better be opened anew before it is used again.</summary>
    public bool SpoilsConnection =>
        Code is raw.SQLITE_IOERR or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY
            or raw.SQLITE_NOMEM or raw.SQLITE_MISUSE;
}
