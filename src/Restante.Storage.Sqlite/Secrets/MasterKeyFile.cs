using System.Text;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Secrets;

/// <summary>A file that holds a key ring, readable by its owner only. What is written is on the medium when the call returns.</summary>
public static class MasterKeyFile
{
    /// <summary>The name of the file that a gateway makes in its data directory when it is given no other key.</summary>
    public const string DefaultName = "master.key";

    private const int MaxBytes = 64 * 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads a ring.</summary>
    /// <exception cref="FormatException">It holds none.</exception>
    /// <exception cref="IOException">It is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static MasterKeyRing Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[MaxBytes + 1];
        int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return length <= MaxBytes
            ? MasterKeyRing.Parse(Encoding.UTF8.GetString(bytes, 0, length))
            : throw new FormatException($"It is larger than {MaxBytes} bytes.");
    }

    /// <summary>Makes the file with one new key, unless it is there.</summary>
    /// <returns>What it holds.</returns>
    /// <exception cref="FormatException">It was there and holds no ring.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write it.</exception>
    public static MasterKeyRing ReadOrMake(string path)
    {
        if (!File.Exists(path))
        {
            string made = Write(path, MasterKeyRing.Generate());
            try
            {
                // Of two gateways that begin at once one names its key; the other takes that one.
                File.Move(made, path, overwrite: false);
                DirectorySync.Sync(Path.GetDirectoryName(path)!);
            }
            catch (IOException) when (File.Exists(path))
            {
                File.Delete(made);
            }
        }

        return Read(path);
    }

    /// <summary>Puts a ring in place of what the file holds: either the old or the new is there at any moment.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write it.</exception>
    public static void Replace(string path, MasterKeyRing ring)
    {
        string made = Write(path, ring);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(made, File.GetUnixFileMode(path));
        File.Move(made, path, overwrite: true);
        DirectorySync.Sync(Path.GetDirectoryName(path)!);
    }

    private static string Write(string path, MasterKeyRing ring)
    {
        string made = $"{path}.{Guid.NewGuid():N}.new";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        using var file = new FileStream(made, options);
        file.Write(Encoding.UTF8.GetBytes(ring.Reveal()));
        file.Flush(flushToDisk: true);
        return made;
    }
}
