using System.Globalization;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Abuse;

/// <summary>A file system of a few megabytes in memory, which can be filled to the last byte and emptied again.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _directory;
    private readonly string _balloon;

    private SmallDisk(string directory)
    {
        _directory = directory;
        _balloon = Path.Combine(directory, "balloon");
    }

    /// <summary>Mounts it over a directory that nobody uses at the moment.</summary>
    public static async Task<SmallDisk> MountAsync(string directory, int megabytes)
    {
        (int exit, string output) = await Tool.RunAsync(
            "mount", ["-t", "tmpfs", "-o", $"size={megabytes.ToString(CultureInfo.InvariantCulture)}m,mode=0700", "none", directory]);
        Assert.True(exit == 0, output);
        return new SmallDisk(directory);
    }

    /// <summary>Whether it was filled and not emptied again.</summary>
    public bool IsFull => File.Exists(_balloon);

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        var block = new byte[1024 * 1024];
        using FileStream balloon = new(_balloon, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (int size = block.Length; size > 0;)
        {
            try
            {
                balloon.Write(block, 0, size);
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    /// <summary>Gives it back.</summary>
    public void Free() => File.Delete(_balloon);

    public async ValueTask DisposeAsync()
    {
        (int exit, string output) = await Tool.RunAsync("umount", ["-l", _directory]);
        Assert.True(exit == 0, output);
    }
}
