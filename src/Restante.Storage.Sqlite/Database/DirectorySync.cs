using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Restante.Storage.Sqlite.Database;

/// <summary>Puts names on the medium. Only Linux needs it and offers it.</summary>
public static partial class DirectorySync
{
    private const int CloseOnExec = 0x80000;

    /// <summary>Returns when created and renamed names of a directory are on the medium.</summary>
    /// <exception cref="IOException">It cannot be synced.</exception>
    public static void Sync(string path)
    {
        if (!OperatingSystem.IsLinux())
            return;
        using SafeFileHandle directory = Open(path, CloseOnExec);
        if (directory.IsInvalid || FSync(directory) != 0)
            throw new IOException($"Cannot sync {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);
}
