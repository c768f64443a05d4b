using Microsoft.Win32.SafeHandles;

namespace Restante.Storage.Streams.Segments;

/// <summary>
/// The open files of sealed segments, a bounded number of them. A file may be closed under a reader; the reader then gets an
/// <see cref="ObjectDisposedException"/> and begins again.
/// </summary>
internal sealed class SegmentFiles(int maxOpen) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Queue<Segment> _open = [];
    private bool _closed;

    /// <summary>The file of a segment, opened if need be.</summary>
    public SafeFileHandle Get(Segment segment)
    {
        SafeFileHandle? file = segment.File;
        if (file is { IsClosed: false })
            return file;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (segment.File is { IsClosed: false } other)
                return other;
            file = File.OpenHandle(segment.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            segment.File = file;
            _open.Enqueue(segment);
            while (_open.Count > maxOpen)
                Close(_open.Dequeue());
            return file;
        }
    }

    /// <summary>Closes the file of a segment; a reader of one that is kept opens it again.</summary>
    public void Release(Segment segment)
    {
        lock (_lock)
            Close(segment);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            while (_open.TryDequeue(out Segment? segment))
                Close(segment);
        }
    }

    private static void Close(Segment segment)
    {
        segment.File?.Dispose();
        segment.File = null;
    }
}
