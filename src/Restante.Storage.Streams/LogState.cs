using Microsoft.Extensions.Logging;
using Restante.Core.Storage;
using Restante.Storage.Streams.Segments;

namespace Restante.Storage.Streams;

/// <summary>What the writer, the readers, retention and maintenance of one log share.</summary>
internal sealed class LogState : IDisposable
{
    private const long IndexCacheBytes = 16 * 1024 * 1024;
    private const int MaxOpenFiles = 64;

    private readonly Lock _lock = new();
    private Segment[] _segments = [];
    private long _oldest;
    private long _generation;
    private bool _closed;

    /// <summary>Creates the state of a log without segments.</summary>
    public LogState(string directory, StreamLimits limits, Manifest manifest, StreamStoreHost host)
    {
        Path = directory;
        Limits = limits;
        Partitions = manifest.Partitions;
        _generation = manifest.Generation;
        _oldest = manifest.Oldest;
        Logger = host.Logger;
        Time = host.Time;
        Medium = host.Medium;
        Host = host;
        Slots = new SlotState[manifest.Partitions + 1];
    }

    /// <summary>The store's directory.</summary>
    public string Path { get; }

    /// <summary>The limits it was opened with.</summary>
    public StreamLimits Limits { get; }

    /// <summary>How many telemetry partitions it was created with.</summary>
    public int Partitions { get; }

    /// <summary>The store is being disposed of: what is closed stays closed.</summary>
    public bool IsClosed => Volatile.Read(ref _closed);

    /// <summary>What is around it.</summary>
    public StreamStoreHost Host { get; }

    /// <summary>Where reports go.</summary>
    public ILogger Logger { get; }

    /// <summary>The clock of durations and pauses.</summary>
    public TimeProvider Time { get; }

    /// <summary>The disk.</summary>
    public LogMedium Medium { get; }

    /// <summary>The streams by slot.</summary>
    public SlotState[] Slots { get; }

    /// <summary>The number of the next commit. The writer's.</summary>
    public long NextCommit { get; set; }

    /// <summary>Index parts read lately.</summary>
    public IndexCache Indexes { get; } = new(IndexCacheBytes);

    /// <summary>Open files of sealed segments.</summary>
    public SegmentFiles Files { get; } = new(MaxOpenFiles);

    /// <summary>The segments, oldest first; the last is written. A snapshot: never changed, only replaced.</summary>
    public Segment[] Segments => Volatile.Read(ref _segments);

    /// <summary>The segment being written.</summary>
    public Segment Newest => Segments[^1];

    /// <summary>The bytes kept: what sealed segments hold and the whole of the one being written.</summary>
    public long RetainedBytes
    {
        get
        {
            long bytes = 0;
            Segment[] segments = Segments;
            for (int i = 0; i < segments.Length; i++)
                bytes += i == segments.Length - 1 ? segments[i].Capacity : segments[i].End;
            return bytes;
        }
    }

    /// <summary>Takes over the segments found when the store was opened.</summary>
    public void Load(IEnumerable<Segment> segments)
    {
        lock (_lock)
            _segments = [.. segments];
    }

    /// <summary>Writes the manifest, with the oldest segment as known.</summary>
    public void Save(long newest)
    {
        lock (_lock)
            Save(_oldest, newest);
    }

    /// <summary>Makes a segment, which already stands on the medium, the newest: first in the manifest, then for all.</summary>
    public void Add(Segment segment)
    {
        lock (_lock)
        {
            try
            {
                Save(_oldest, segment.Base);
            }
            catch
            {
                segment.File!.Dispose();
                throw;
            }

            Volatile.Write(ref _segments, [.. _segments, segment]);
        }
    }

    /// <summary>Drops the oldest segments: first in the manifest, then for all. The caller deletes the files.</summary>
    public void DropOldest(int count)
    {
        lock (_lock)
        {
            long oldest = _segments[count].Base;
            Save(oldest, _segments[^1].Base);
            _oldest = oldest;
            Volatile.Write(ref _segments, _segments[count..]);
        }
    }

    private void Save(long oldest, long newest) => new Manifest(Partitions, oldest, newest, ++_generation).Save(Medium, Path);

    /// <inheritdoc/>
    public void Dispose()
    {
        Volatile.Write(ref _closed, true);
        Files.Dispose();
        foreach (Segment segment in Segments)
            segment.File?.Dispose();
    }
}
