using Microsoft.Win32.SafeHandles;

namespace Restante.Storage.Streams.Segments;

/// <summary>A file of zeros that will be a segment, under a name of its own until then.</summary>
internal sealed class BlankSegment : IDisposable
{
    private static long _made;

    private BlankSegment(string path, SafeFileHandle file)
    {
        Path = path;
        File = file;
        Length = RandomAccess.GetLength(file);
    }

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>The open file.</summary>
    public SafeFileHandle File { get; }

    /// <summary>How long it is.</summary>
    public long Length { get; }

    /// <summary>Makes one, on the medium when the call returns.</summary>
    public static BlankSegment Make(LogMedium medium, string directory, long length)
    {
        // Two may be made at the same time, by the writer and by upkeep; so no name is used twice.
        string path = SegmentNames.Unfinished(directory, Interlocked.Increment(ref _made));
        return new BlankSegment(path, medium.CreateZeroed(path, length));
    }

    /// <summary>Closes and deletes it; it will not be a segment.</summary>
    public void Dispose()
    {
        File.Dispose();
        try
        {
            System.IO.File.Delete(Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Unfinished files are deleted at the next start.
        }
    }
}
