using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Restante.Storage.Streams.Segments;

/// <summary>What the log does to the disk. Every change of a file goes through here, so that tests can let each of them fail.</summary>
internal partial class LogMedium
{
    private const int CloseOnExec = 0x80000;
    private const int Interrupted = 4;
    private static readonly byte[] _zeros = new byte[1024 * 1024];

    /// <summary>Writes at a position of a file.</summary>
    public virtual void Write(SafeFileHandle file, IReadOnlyList<ReadOnlyMemory<byte>> buffers, long position)
    {
        if (buffers.Count == 1)
            RandomAccess.Write(file, buffers[0].Span, position);
        else
            RandomAccess.Write(file, buffers, position);
    }

    /// <summary>Returns when everything written to the file is on the medium.</summary>
    public virtual void Sync(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(file);
            return;
        }

        while (FDataSync(file) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
                throw new IOException($"fdatasync failed: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    /// <summary>Makes a file of a length, filled with zeros and on the medium. What had its name is replaced.</summary>
    public virtual SafeFileHandle CreateZeroed(string path, long length)
    {
        SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            Clear(file, 0, length);
            RandomAccess.FlushToDisk(file);
            return file;
        }
        catch
        {
            file.Dispose();
            TryDelete(path);
            throw;
        }
    }

    /// <summary>Overwrites a range with zeros. Not yet on the medium when it returns.</summary>
    public virtual void Clear(SafeFileHandle file, long from, long to)
    {
        while (from < to)
        {
            int part = (int)Math.Min(_zeros.Length, to - from);
            RandomAccess.Write(file, _zeros.AsSpan(0, part), from);
            from += part;
        }
    }

    /// <summary>Writes a small file as a whole, on the medium under its name when the call returns, or not at all.</summary>
    public virtual void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        string unfinished = path + SegmentNames.UnfinishedEnding;
        using (SafeFileHandle file = File.OpenHandle(unfinished, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, bytes, 0);
            RandomAccess.FlushToDisk(file);
        }

        Rename(unfinished, path);
    }

    /// <summary>Gives a file another name, on the medium when the call returns.</summary>
    public virtual void Rename(string from, string to)
    {
        File.Move(from, to, overwrite: true);
        SyncDirectory(Path.GetDirectoryName(to)!);
    }

    /// <summary>Cuts a file to a length.</summary>
    public virtual void Truncate(SafeFileHandle file, long length) => RandomAccess.SetLength(file, length);

    /// <summary>Deletes a file if it is there. On the medium after <see cref="SyncDirectory"/>.</summary>
    public virtual void Delete(string path) => File.Delete(path);

    /// <summary>Returns when created, renamed and deleted names are on the medium. Only Linux needs it and offers it.</summary>
    public virtual void SyncDirectory(string path)
    {
        if (!OperatingSystem.IsLinux())
            return;
        using SafeFileHandle directory = Open(path, CloseOnExec);
        if (directory.IsInvalid || FSync(directory) != 0)
            throw new IOException($"Cannot sync {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException)
        {
            // The error that led here is the one to report; an unfinished file is deleted at the next start.
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);
}
