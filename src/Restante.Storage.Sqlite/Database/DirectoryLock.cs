namespace Restante.Storage.Sqlite.Database;

/// <summary>
/// Keeps a second process (or a second store of this process) out of a data directory, until disposed or the process ends.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <exception cref="StoreOpenException">The directory is in use or cannot be written.</exception>
    public static DirectoryLock Take(string directory)
    {
        string path = Path.Combine(directory, SqliteStoreOptions.LockFileName);
        try
        {
            if (!Directory.Exists(directory))
            {
                if (OperatingSystem.IsWindows())
                    Directory.CreateDirectory(directory);
                else
                    Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            return new DirectoryLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new StoreOpenException(
                $"The data directory '{directory}' cannot be written by this user. Give it to the user, or choose another one.", denied);
        }
        catch (IOException failure) when (File.Exists(path))
        {
            throw new StoreOpenException(
                $"The data directory '{directory}' is in use: another process holds '{path}'. "
                + "Stop that process, or choose another directory.",
                failure);
        }
        catch (IOException failure)
        {
            throw new StoreOpenException($"The data directory '{directory}' cannot be used: {failure.Message}", failure);
        }
    }

    /// <summary>Takes the lock; null when somebody holds it, or when this user may not.</summary>
    public static DirectoryLock? TryTake(string directory)
    {
        try
        {
            return Take(directory);
        }
        catch (StoreOpenException)
        {
            return null;
        }
    }

    public void Dispose() => _file.Dispose();
}
