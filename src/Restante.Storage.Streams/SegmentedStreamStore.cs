using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Storage.Streams.Commits;
using Restante.Storage.Streams.Reading;
using Restante.Storage.Streams.Segments;

namespace Restante.Storage.Streams;

/// <summary>
/// Streams in an append-only log of segment files. All streams share the log, so that what arrives together, for whichever streams,
/// is one write and one wait for the medium. Everything acknowledged is on the medium. The directory belongs to one process at a time.
/// </summary>
public sealed class SegmentedStreamStore : IStreamStore, IAsyncDisposable
{
    /// <summary>The longest source and channel, in characters.</summary>
    public const int MaxNameLength = 128;

    /// <summary>The largest content of a record, in bytes.</summary>
    public const int MaxContentBytes = 16 * 1024 * 1024;

    /// <summary>The meter that its instruments are on, if no other is named.</summary>
    public const string MeterName = "Restante.Storage";

    private const int SmallestSegment = 4096;

    private readonly LogState _state;
    private readonly SegmentUpkeep _upkeep;
    private readonly SegmentRoller _roller;
    private readonly CommitWriter _writer;
    private readonly LogReader _reader;
    private readonly SegmentRetention _retention;
    private readonly StreamMetrics _metrics;
    private readonly SafeFileHandle _lock;
    private int _disposed;

    private SegmentedStreamStore(LogState state, SafeFileHandle directoryLock)
    {
        _state = state;
        _lock = directoryLock;
        _upkeep = new SegmentUpkeep(state);
        _roller = new SegmentRoller(state, _upkeep.Want);
        _metrics = new StreamMetrics(state.Host.Meter, () => _writer?.PendingBytes ?? 0, () => state.RetainedBytes);
        _writer = new CommitWriter(state, _roller, _metrics);
        _reader = new LogReader(state);
        _retention = new SegmentRetention(state, _writer, _upkeep);
        _upkeep.Start(_roller);
        _upkeep.Want();
        _writer.Start();
    }

    /// <inheritdoc/>
    public int Partitions => _state.Partitions;

    /// <summary>The bytes that wait for the disk, with what their records cost in memory.</summary>
    public long PendingBytes => _writer.PendingBytes;

    /// <summary>The bytes kept on disk: what finished segments hold and the whole of the one being written.</summary>
    public long RetainedBytes => _state.RetainedBytes;

    /// <summary>
    /// Opens the store in a directory, which is made if need be. A commit that was being written when the process or the machine
    /// stopped is cut off with a report in the log; it was never acknowledged.
    /// </summary>
    /// <param name="directory">The directory. Nothing else may be in it.</param>
    /// <param name="limits">What to keep. The number of partitions is only read when the directory is empty.</param>
    /// <param name="logger">Where reports go.</param>
    /// <param name="time">The clock of durations and pauses; the system's when null.</param>
    /// <param name="verify">
    /// Whether all segments are read and checked. Otherwise only the newest is; the others are checked block by block when they are read.
    /// </param>
    /// <param name="meter">The meter of its instruments; another log of the same process is to have another one.</param>
    /// <exception cref="StreamLogDamagedException">Acknowledged records cannot be read back; the message says how to mend it.</exception>
    /// <exception cref="StoreUnavailableException">Another process has the directory, or the medium fails.</exception>
    /// <exception cref="ArgumentException">A limit is out of its range.</exception>
    public static Task<SegmentedStreamStore> OpenAsync(
        string directory, StreamLimits limits, ILogger logger, TimeProvider? time = null, bool verify = false, string meter = MeterName)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(logger);
        var host = new StreamStoreHost(logger, time ?? TimeProvider.System, new LogMedium()) { Meter = meter };
        return OpenAsync(directory, limits, host, verify);
    }

    internal static Task<SegmentedStreamStore> OpenAsync(
        string directory, StreamLimits limits, StreamStoreHost host, bool verify = false)
    {
        Check(limits);
        return host.RunAsync(() => Open(Path.GetFullPath(directory), limits, host, verify));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The stream is not there, or a name or the content is too long.</exception>
    public ValueTask<long> AppendAsync(StreamAppend item, long nowMs)
    {
        Check(item);
        return _writer.Append(item, item.Stream.Value + 1, nowMs);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// A stream is not there, a name or a content is too long, or all together could never be taken
    /// (<see cref="StreamLimits.MaxPendingBytes"/>).
    /// </exception>
    public ValueTask AppendAsync(ReadOnlyMemory<StreamAppend> items, long nowMs)
    {
        long bytes = 0;
        foreach (ref readonly StreamAppend item in items.Span)
        {
            Check(item);
            bytes += RecordFormat.SizeOf(item);
        }

        if (bytes + ((long)CommitWriter.RecordCharge * items.Length) > _state.Limits.MaxPendingBytes)
            throw new ArgumentException("The records are more than may ever wait for the disk.", nameof(items));
        return items.IsEmpty ? ValueTask.CompletedTask : _writer.Append(items.Span, bytes, nowMs);
    }

    /// <inheritdoc/>
    /// <exception cref="StreamLogDamagedException">The first record wanted cannot be read back.</exception>
    public ValueTask<StreamBatch> ReadAsync(StreamId stream, long fromSequenceNumber, int maxRecords, int maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRecords);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        int slot = SlotOf(stream);

        // What was written lately is in the memory of the system; what is older may have to be waited for.
        if (fromSequenceNumber >= _state.Slots[slot].Next)
            return ValueTask.FromResult(new StreamBatch([], fromSequenceNumber, 0));
        return _reader.IsRecent(slot, fromSequenceNumber)
            ? ValueTask.FromResult(_reader.Read(slot, fromSequenceNumber, maxRecords, maxBytes))
            : ReadOldAsync(slot, fromSequenceNumber, maxRecords, maxBytes);
    }

    /// <inheritdoc/>
    public ValueTask<long> FindAsync(StreamId stream, StreamStart start)
    {
        int slot = SlotOf(stream);
        long value = start.Inclusive || start.Value == long.MaxValue ? start.Value : start.Value + 1;
        return start.Kind switch
        {
            StreamStartKind.Earliest => ValueTask.FromResult(_reader.First(slot)),
            StreamStartKind.Latest => ValueTask.FromResult(_state.Slots[slot].Next),
            StreamStartKind.SequenceNumber => ValueTask.FromResult(Math.Clamp(value, 1, _state.Slots[slot].Next)),
            StreamStartKind.Offset => new ValueTask<long>(_state.Host.RunAsync(() => _reader.FindOffset(slot, value))),
            StreamStartKind.Time => new ValueTask<long>(_state.Host.RunAsync(() => _reader.FindTime(slot, value))),
            _ => throw new ArgumentOutOfRangeException(nameof(start)),
        };
    }

    /// <inheritdoc/>
    public StreamInfo GetInfo(StreamId stream)
    {
        int slot = SlotOf(stream);
        long first = _reader.First(slot);
        StreamMark mark = _state.Slots[slot].Mark;
        return new StreamInfo(first, mark.Next, mark.LastOffset, mark.LastTimeMs);
    }

    /// <inheritdoc/>
    public async ValueTask<long> EnforceRetentionAsync(long nowMs)
    {
        try
        {
            return await _retention.EnforceAsync(nowMs);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            throw new StoreUnavailableException("The stream store cannot drop old segments.", exception);
        }
    }

    /// <summary>Refuses new appends, commits what waits, and gives the directory free.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _writer.CloseAsync();
        await _upkeep.DisposeAsync();
        _metrics.Dispose();
        _roller.Dispose();
        _retention.Dispose();
        _state.Dispose();
        _lock.Dispose();
    }

    private ValueTask<StreamBatch> ReadOldAsync(int slot, long from, int maxRecords, int maxBytes) =>
        new(_state.Host.RunAsync(() => _reader.Read(slot, from, maxRecords, maxBytes)));

    private static SegmentedStreamStore Open(string directory, StreamLimits limits, StreamStoreHost host, bool verify)
    {
        SafeFileHandle? directoryLock = null;
        try
        {
            Directory.CreateDirectory(directory);
            directoryLock = File.OpenHandle(SegmentNames.Lock(directory), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            LogState state = new Recovery(directory, limits, host).Open(verify);
            Log.Opened(host.Logger, directory, state.Partitions, state.Segments.Length, state.RetainedBytes);
            return new SegmentedStreamStore(state, directoryLock);
        }
        catch (Exception exception)
        {
            directoryLock?.Dispose();
            if (exception is not (IOException or UnauthorizedAccessException))
                throw;
            string why = directoryLock is null ? "another process may be using it" : "the medium fails";
            throw new StoreUnavailableException($"The stream store in {directory} cannot be opened: {why}.", exception);
        }
    }

    private static void Check(StreamLimits limits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.Partitions, 1, nameof(limits));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limits.Partitions, 1024, nameof(limits));
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.SegmentBytes, SmallestSegment, nameof(limits));
        ArgumentOutOfRangeException.ThrowIfNegative(limits.RetentionMs, nameof(limits));
        ArgumentOutOfRangeException.ThrowIfNegative(limits.RetentionBytes, nameof(limits));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limits.MaxPendingBytes, nameof(limits));
    }

    private void Check(in StreamAppend item)
    {
        SlotOf(item.Stream);
        ArgumentException.ThrowIfNullOrEmpty(item.Source, nameof(item));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(item.Source.Length, MaxNameLength, nameof(item));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(item.Channel?.Length ?? 0, MaxNameLength, nameof(item));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(item.Content.Length, MaxContentBytes, nameof(item));
    }

    private int SlotOf(StreamId stream)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(stream.Value, _state.Partitions, nameof(stream));
        return stream.Value + 1;
    }
}
