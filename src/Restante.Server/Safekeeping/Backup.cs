using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;
using Restante.Server.Hosting;
using Restante.Server.Secrets;
using Restante.Storage.Sqlite;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Inspection;
using Restante.Storage.Sqlite.Secrets;
using Restante.Storage.Streams.Inspection;

namespace Restante.Server.Safekeeping;

/// <summary>
/// Writes everything of a data directory into a tar archive, while a gateway runs on it or not. The database is taken first, as it is at
/// one moment, and the stream logs after it: so nothing in the database speaks of records that a log lacks. The last entry holds the
/// checksums of all others, in the form that <c>sha256sum -c</c> reads; without it a backup is not complete.
/// </summary>
internal sealed partial class Backup : IDisposable
{
    /// <summary>The name of the last entry.</summary>
    public const string ChecksumsName = "checksums";

    /// <summary>The directory of the log of telemetry, in the archive and in the data directory.</summary>
    public const string StreamsName = "streams";

    /// <summary>The directory of the log of events, likewise.</summary>
    public const string EventsName = "events";

    /// <summary>The directory of the audit log, likewise.</summary>
    public const string AuditName = "audit";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const string AdminKeyName = "admin.key";
    private const long MaxKeyFileBytes = 1024 * 1024;

    private readonly TarWriter _archive;
    private readonly bool _withKeys;
    private readonly List<string> _leftOut = [];
    private readonly StringBuilder _checksums = new();
    private int _files;
    private long _bytes;
    private bool _hasMasterKey;

    private Backup(Stream target, bool withKeys)
    {
        _archive = new TarWriter(target, TarEntryFormat.Pax, leaveOpen: true);
        _withKeys = withKeys;
    }

    /// <summary>Makes the backup; under its name there is a whole one or none.</summary>
    /// <param name="data">The data directory.</param>
    /// <param name="target">The file to make.</param>
    /// <param name="withKeys">Whether the master keys in the data directory, if they lie there under whatever name, the administrator's and
    /// the private keys of certificates come along.</param>
    /// <returns>What is in it.</returns>
    /// <exception cref="BackupException">It cannot go where it should.</exception>
    /// <exception cref="StoreOpenException">There is no database, or it is damaged.</exception>
    /// <exception cref="Restante.Storage.Streams.StreamLogDamagedException">The stream log is damaged.</exception>
    /// <exception cref="IOException">Something cannot be read or written.</exception>
    public static BackupSummary Write(DataDirectory data, string target, bool withKeys)
    {
        if (File.Exists(target) || Directory.Exists(target))
            throw new BackupException($"{target} exists already. Name another file, or remove it.");
        if (target.StartsWith(data.Root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new BackupException($"{target} is in the data directory itself. Name a file elsewhere, best on another disk.");
        string partial = target + ".partial";
        string database = target + ".partial-db";
        File.Delete(partial);
        File.Delete(database);
        try
        {
            IReadOnlyList<string> needed = StoreCopy.Make(data.Root, database);
            BackupSummary written;
            using (FileStream file = Create(partial))
            {
                using (var backup = new Backup(file, withKeys))
                    written = backup.Write(data, needed, database);
                file.Flush(flushToDisk: true);
            }

            File.Move(partial, target);
            DirectorySync.Sync(Path.GetDirectoryName(target)!);
            return written;
        }
        finally
        {
            File.Delete(partial);
            File.Delete(database);
            File.Delete(database + "-wal");
            File.Delete(database + "-shm");
        }
    }

    public void Dispose() => _archive.Dispose();

    private BackupSummary Write(DataDirectory data, IReadOnlyList<string> needed, string database)
    {
        Add(SqliteStoreOptions.FileName, database);
        _hasMasterKey = _withKeys && TryAddMasterKey(Path.Combine(data.Root, MasterKeyFile.DefaultName), needed);
        AddFiles(data.Root, string.Empty, needed);
        if (Directory.Exists(data.Certificates))
            AddFiles(data.Certificates, Path.GetFileName(data.Certificates) + "/", needed);
        AddLog(StreamsName, data.Streams);
        AddLog(EventsName, data.Events);
        AddLog(AuditName, data.Audit);
        byte[] checksums = Encoding.UTF8.GetBytes(_checksums.ToString());
        _archive.WriteEntry(Entry(ChecksumsName, new MemoryStream(checksums)));
        return new BackupSummary(_files, _bytes, needed, _hasMasterKey, _leftOut);
    }

    // The database was copied before: a ring that has been pruned since would be of no use to it.
    private bool TryAddMasterKey(string path, IReadOnlyList<string> needed)
    {
        if (!File.Exists(path))
            return false;
        MasterKeyRing ring;
        try
        {
            ring = MasterKeyFile.Read(path);
        }
        catch (FormatException e)
        {
            throw new BackupException(
                $"{path} holds no master keys: {e.Message} Restore the file, or leave it out with --without-master-key.");
        }

        if (needed.FirstOrDefault(id => ring.Find(id) is null) is string missing)
        {
            throw new BackupException(
                $"{path} lacks master key {missing}, which the secrets are sealed with. Try again if the keys were just changed; where the "
                + "gateway takes its keys from elsewhere, leave this file out with --without-master-key.");
        }

        Add(MasterKeyFile.DefaultName, Encoding.UTF8.GetBytes(ring.Reveal()));
        return true;
    }

    private void AddFiles(string directory, string prefix, IReadOnlyList<string> needed)
    {
        foreach (string file in Directory.EnumerateFiles(directory).Where(IsKept).Order(StringComparer.Ordinal))
        {
            string name = prefix + Path.GetFileName(file);
            string text = new FileInfo(file).Length <= MaxKeyFileBytes ? File.ReadAllText(file) : string.Empty;
            if (!_withKeys && HoldsKey(text))
            {
                _leftOut.Add(name);
                continue;
            }

            Add(name, file);
            _hasMasterKey |= needed.Count > 0 && needed.All(id => KeysIn(text).Any(key => key.Id == id));
        }
    }

    // By what is in it, as its owner may have put a key there under any name: that of his own certificate, a ring that the settings name or
    // an old one, a copy of the administrator's. Files with keys that are larger are taken nowhere.
    private static bool HoldsKey(string text) => text.Contains("PRIVATE KEY-----", StringComparison.Ordinal) || KeysIn(text).Any();

    private static IEnumerable<MasterKey> KeysIn(string text)
    {
        // JSON may write two of the characters of base64 in other ways.
        string plain = text.Replace("\\u002B", "+", StringComparison.OrdinalIgnoreCase)
            .Replace("\\u002F", "/", StringComparison.OrdinalIgnoreCase)
            .Replace("\\/", "/", StringComparison.Ordinal);
        foreach (Match match in KeyInBase64().Matches(plain))
        {
            if (MasterKey.TryParse(match.Value + "=", out MasterKey? key))
                yield return key;
        }
    }

    // 32 bytes, wherever they stand: in a line of their own, behind a name and an equals sign, between quotes.
    [GeneratedRegex("(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}(?![A-Za-z0-9+/])")]
    private static partial Regex KeyInBase64();

    // Locks, addresses and what is half written belong to the process that runs; the database and the master keys have been copied.
    private bool IsKept(string path)
    {
        string name = Path.GetFileName(path);
        return name is not (MasterKeyFile.DefaultName or MasterKeyFile.DefaultName + MasterKeyCommands.LockEnding)
            && (_withKeys || name != AdminKeyName)
            && !name.StartsWith(SqliteStoreOptions.FileName, StringComparison.Ordinal) && name != SqliteStoreOptions.LockFileName
            && name is not ("gateway.json" or ".probe") && !name.EndsWith(".new", StringComparison.Ordinal);
    }

    private void AddLog(string directory, string path)
    {
        foreach (StreamLogPart part in StreamLogCopy.Read(path))
        {
            string name = $"{directory}/{part.Name}";
            if (part.File is { } file)
                Add(name, file, part.Length);
            else
                Add(name, part.Bytes.ToArray());
        }
    }

    private void Add(string name, string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Add(name, file, RandomAccess.GetLength(file));
    }

    private void Add(string name, SafeFileHandle file, long length)
    {
        using var slice = new HashingSlice(file, length);
        _archive.WriteEntry(Entry(name, slice));
        Count(name, slice.Sha256(), length);
    }

    private void Add(string name, byte[] bytes)
    {
        _archive.WriteEntry(Entry(name, new MemoryStream(bytes)));
        Count(name, Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length);
    }

    private void Count(string name, string checksum, long length)
    {
        _checksums.Append(checksum).Append("  ").Append(name).Append('\n');
        _files++;
        _bytes += length;
    }

    private static PaxTarEntry Entry(string name, Stream content) =>
        new(TarEntryType.RegularFile, name) { Mode = OwnerOnly, DataStream = content };

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 1024 * 1024 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }
}
