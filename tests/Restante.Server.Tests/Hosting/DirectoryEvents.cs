using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Restante.Server.Tests.Hosting;

/// <summary>What happens to the names of a directory, and when the directory itself is opened, as Linux tells it: inotify(7).</summary>
internal sealed partial class DirectoryEvents : IDisposable
{
    private const uint Opened = 0x20;
    private const uint CameByRename = 0x80;
    private const int HeaderBytes = 16;

    private readonly SafeFileHandle _events;
    private readonly string _directory;

    public DirectoryEvents(string directory)
    {
        _directory = directory;
        _events = Begin(0);
        Assert.True(Watch(_events, directory, Opened | CameByRename) >= 0);
    }

    /// <summary>
    /// All since the beginning: the name of each file that came by being renamed, and a dot each time the directory was opened. Once.
    /// </summary>
    public List<string> Read()
    {
        // So that there is something to read, and the end of it is known.
        string last = Path.Combine(_directory, "last");
        File.WriteAllBytes(last + ".new", []);
        File.Move(last + ".new", last);
        List<string> found = [];
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            ReadOnlySpan<byte> events = buffer.AsSpan(0, RandomAccess.Read(_events, buffer, 0));
            while (!events.IsEmpty)
            {
                uint what = BinaryPrimitives.ReadUInt32LittleEndian(events[4..]);
                int length = BinaryPrimitives.ReadInt32LittleEndian(events[12..]);
                string name = Encoding.UTF8.GetString(events.Slice(HeaderBytes, length)).TrimEnd('\0');
                events = events[(HeaderBytes + length)..];
                if (name == "last" && (what & CameByRename) != 0)
                    return found;
                if ((what & CameByRename) != 0)
                    found.Add(name);
                else if (length == 0)
                    found.Add(".");
            }
        }
    }

    public void Dispose() => _events.Dispose();

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    private static partial SafeFileHandle Begin(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Watch(SafeFileHandle events, string path, uint what);
}
