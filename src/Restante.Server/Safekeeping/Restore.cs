using System.Formats.Tar;
using System.Security.Cryptography;
using Restante.Server.Hosting;
using Restante.Storage.Sqlite.Database;

namespace Restante.Server.Safekeeping;

/// <summary>Makes a data directory from a backup: the whole one with every checksum right, or none.</summary>
internal static class Restore
{
    private const int MaxChecksumBytes = 64 * 1024 * 1024;
    private const int BufferBytes = 1024 * 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads the backup into a directory that is empty or not there.</summary>
    /// <returns>How many files were made.</returns>
    /// <exception cref="BackupException">The directory is in use, or the file is no whole backup.</exception>
    /// <exception cref="IOException">Something cannot be read or written.</exception>
    public static int Read(string file, DataDirectory target)
    {
        if (File.Exists(target.Root) || (Directory.Exists(target.Root) && Directory.EnumerateFileSystemEntries(target.Root).Any()))
            throw new BackupException($"{target.Root} is not empty. Name another directory with --data, or move this one away.");
        string partial = target.Root.TrimEnd(Path.DirectorySeparatorChar) + ".restoring";
        if (Directory.Exists(partial))
            Directory.Delete(partial, recursive: true);
        try
        {
            MakeDirectory(partial);
            MakeDirectory(Path.Combine(partial, Backup.StreamsName));
            MakeDirectory(Path.Combine(partial, Backup.EventsName));
            MakeDirectory(Path.Combine(partial, Backup.AuditName));
            int files = Unpack(file, partial);
            foreach (string directory in Directory.EnumerateDirectories(partial))
                DirectorySync.Sync(directory);
            DirectorySync.Sync(partial);
            if (Directory.Exists(target.Root))
                Directory.Delete(target.Root);
            Directory.Move(partial, target.Root);
            DirectorySync.Sync(Path.GetDirectoryName(target.Root)!);
            return files;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new BackupException($"{file} is damaged or no backup: {e.Message} Use another backup.", isDamage: true);
        }
        finally
        {
            if (Directory.Exists(partial))
                Directory.Delete(partial, recursive: true);
        }
    }

    private static int Unpack(string file, string directory)
    {
        var checksums = new Dictionary<string, string>();
        string? expected = null;
        using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);
        using var archive = new TarReader(source);
        while (archive.GetNextEntry() is TarEntry entry)
        {
            if (expected is not null)
                throw new InvalidDataException($"'{entry.Name}' stands behind the checksums.");
            if (entry.Name == Backup.ChecksumsName)
                expected = ReadChecksums(entry);
            else
                checksums[entry.Name] = Unpack(entry, directory);
        }

        if (expected is null)
            throw new InvalidDataException("its end is missing.");
        Compare(expected, checksums);
        return checksums.Count;
    }

    private static string ReadChecksums(TarEntry entry)
    {
        if (entry.Length > MaxChecksumBytes)
            throw new InvalidDataException("its list of checksums is too long.");
        using var reader = new StreamReader(entry.DataStream ?? Stream.Null);
        return reader.ReadToEnd();
    }

    // A name of the archive goes nowhere but into the directory: one file name, or that of a known folder before it.
    private static string Unpack(TarEntry entry, string directory)
    {
        string[] parts = entry.Name.Split('/');
        bool known = parts.Length == 1
            || (parts.Length == 2 && parts[0] is Backup.StreamsName or Backup.EventsName or Backup.AuditName or "certificates");
        if (!known || entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile)
            || Array.Exists(parts, part => part is "" or "." or ".." || part.AsSpan().ContainsAny('\\', '\0')))
        {
            throw new InvalidDataException($"'{entry.Name}' does not belong into a backup.");
        }

        if (parts.Length == 2)
            MakeDirectory(Path.Combine(directory, parts[0]));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        using var file = new FileStream(Path.Combine([directory, .. parts]), options);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[BufferBytes];
        for (int read; (read = entry.DataStream?.Read(buffer) ?? 0) > 0;)
        {
            hash.AppendData(buffer, 0, read);
            file.Write(buffer, 0, read);
        }

        file.Flush(flushToDisk: true);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Compare(string expected, Dictionary<string, string> checksums)
    {
        string[] lines = expected.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (string line in lines)
        {
            int space = line.IndexOf("  ", StringComparison.Ordinal);
            string name = space < 0 ? line : line[(space + 2)..];
            if (space < 0 || !checksums.TryGetValue(name, out string? found))
                throw new InvalidDataException($"'{name}' is missing.");
            if (found != line[..space])
                throw new InvalidDataException($"'{name}' does not match its checksum.");
        }

        if (lines.Length != checksums.Count)
            throw new InvalidDataException("it holds files without a checksum.");
    }

    private static void MakeDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
    }
}
