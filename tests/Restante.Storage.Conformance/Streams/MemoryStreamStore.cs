using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Storage.Conformance.Streams;

/// <summary>
/// The model of a stream store: everything in lists under one lock. It is what the other stores are compared with, and it
/// serves tests which need a store that answers at once. Retention drops record by record.
/// </summary>
public sealed class MemoryStreamStore : IStreamStore
{
    private const int MaxName = 128;
    private const int RecordOverhead = 16;

    private readonly Lock _lock = new();
    private readonly StreamLimits _limits;
    private readonly Kept[] _streams;
    private long _position;

    /// <summary>Creates an empty store.</summary>
    public MemoryStreamStore(StreamLimits? limits = null)
    {
        _limits = limits ?? new StreamLimits();
        ArgumentOutOfRangeException.ThrowIfLessThan(_limits.Partitions, 1, nameof(limits));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_limits.Partitions, 1024, nameof(limits));
        _streams = new Kept[_limits.Partitions + 1];
        for (int i = 0; i < _streams.Length; i++)
            _streams[i] = new Kept();
    }

    /// <summary>While true, every append, read, find and retention run is refused with <see cref="StoreUnavailableException"/>.</summary>
    public bool Unavailable { get; set; }

    /// <summary>Says of a record that it can never be taken, as one with too long a name; null for none.</summary>
    public Predicate<StreamAppend>? Unfit { get; set; }

    /// <inheritdoc/>
    public int Partitions => _limits.Partitions;

    /// <inheritdoc/>
    public ValueTask<long> AppendAsync(StreamAppend item, long nowMs)
    {
        Check(item);
        if (Unavailable)
            return ValueTask.FromException<long>(Refusal());
        lock (_lock)
            return ValueTask.FromResult(Add(item, nowMs));
    }

    /// <inheritdoc/>
    public ValueTask AppendAsync(ReadOnlyMemory<StreamAppend> items, long nowMs)
    {
        foreach (StreamAppend item in items.Span)
            Check(item);
        if (Unavailable)
            return ValueTask.FromException(Refusal());
        lock (_lock)
        {
            foreach (StreamAppend item in items.Span)
                Add(item, nowMs);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<StreamBatch> ReadAsync(StreamId stream, long fromSequenceNumber, int maxRecords, int maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRecords);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        Kept kept = Of(stream);
        if (Unavailable)
            return ValueTask.FromException<StreamBatch>(Refusal());
        lock (_lock)
        {
            long asked = Math.Max(1, fromSequenceNumber);
            long at = Math.Max(asked, kept.First);
            long skipped = at - asked;
            var records = new List<StreamRecord>();
            long bytes = 0;
            for (; at < kept.Next && records.Count < maxRecords; at++)
            {
                StreamRecord record = kept.Records[(int)(at - kept.First)];
                bytes += record.Content.Length;
                if (bytes > maxBytes && records.Count > 0)
                    break;
                records.Add(record);
            }

            return ValueTask.FromResult(new StreamBatch(records, at, skipped));
        }
    }

    /// <inheritdoc/>
    public ValueTask<long> FindAsync(StreamId stream, StreamStart start)
    {
        Kept kept = Of(stream);
        if (Unavailable)
            return ValueTask.FromException<long>(Refusal());
        lock (_lock)
        {
            long value = start.Inclusive || start.Value == long.MaxValue ? start.Value : start.Value + 1;
            return ValueTask.FromResult(start.Kind switch
            {
                StreamStartKind.Earliest => kept.First,
                StreamStartKind.Latest => kept.Next,
                StreamStartKind.SequenceNumber => Math.Clamp(value, 1, kept.Next),
                StreamStartKind.Offset => kept.FirstWhere(record => record.Offset >= value),
                StreamStartKind.Time => kept.FirstWhere(record => record.EnqueuedAtMs >= value),
                _ => throw new ArgumentOutOfRangeException(nameof(start)),
            });
        }
    }

    /// <inheritdoc/>
    public StreamInfo GetInfo(StreamId stream)
    {
        Kept kept = Of(stream);
        lock (_lock)
            return new StreamInfo(kept.First, kept.Next, kept.LastOffset, kept.LastTime);
    }

    /// <inheritdoc/>
    public ValueTask<long> EnforceRetentionAsync(long nowMs)
    {
        if (Unavailable)
            return ValueTask.FromException<long>(Refusal());
        lock (_lock)
        {
            long freed = 0;
            foreach (Kept kept in _streams)
            {
                while (kept.Records.Count > 0 && kept.Records[0].EnqueuedAtMs < nowMs - _limits.RetentionMs)
                    freed += Drop(kept);
            }

            freed += Bound(_streams[..1], _limits.EventRetentionBytes);
            freed += Bound(_streams[1..], _limits.RetentionBytes);
            return ValueTask.FromResult(freed);
        }
    }

    /// <summary>Forgets the records below a sequence number, as if retention had passed them.</summary>
    public void Forget(StreamId stream, long belowSequenceNumber)
    {
        Kept kept = Of(stream);
        lock (_lock)
        {
            while (kept.First < belowSequenceNumber && kept.Records.Count > 0)
                Drop(kept);
        }
    }

    private static StoreUnavailableException Refusal() => new("The store is switched off.");

    private static int SizeOf(StreamRecord record) => RecordOverhead + record.Content.Length + record.Source.Length;

    private long Add(StreamAppend item, long nowMs)
    {
        Kept kept = Of(item.Stream);
        var record = new StreamRecord
        {
            SequenceNumber = kept.Next++,
            Offset = _position++,
            EnqueuedAtMs = Math.Max(nowMs, kept.LastTime),
            Source = item.Source,
            Channel = item.Channel,
            Content = item.Content.ToArray(),
        };
        kept.Records.Add(record);
        kept.LastTime = record.EnqueuedAtMs;
        kept.LastOffset = record.Offset;
        kept.Bytes += SizeOf(record);
        return record.SequenceNumber;
    }

    private static long Bound(Kept[] streams, long bytes)
    {
        long freed = 0;
        while (streams.Sum(kept => kept.Bytes) > bytes)
            freed += Drop(streams.Where(kept => kept.Records.Count > 0).MinBy(kept => kept.Records[0].Offset)!);
        return freed;
    }

    private static long Drop(Kept kept)
    {
        int size = SizeOf(kept.Records[0]);
        kept.Records.RemoveAt(0);
        kept.Bytes -= size;
        return size;
    }

    private Kept Of(StreamId stream)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(stream.Value, _limits.Partitions, nameof(stream));
        return _streams[stream.Value + 1];
    }

    private void Check(StreamAppend item)
    {
        Of(item.Stream);
        ArgumentException.ThrowIfNullOrEmpty(item.Source, nameof(item));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(item.Source.Length, MaxName, nameof(item));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(item.Channel?.Length ?? 0, MaxName, nameof(item));
        if (Unfit?.Invoke(item) == true)
            throw new ArgumentException("It was said that this one can never be taken.", nameof(item));
    }

    private sealed class Kept
    {
        public List<StreamRecord> Records { get; } = [];

        public long Bytes { get; set; }

        public long Next { get; set; } = 1;

        public long First => Next - Records.Count;

        public long LastOffset { get; set; } = -1;

        public long LastTime { get; set; }

        public long FirstWhere(Predicate<StreamRecord> wanted)
        {
            int index = Records.FindIndex(wanted);
            return index < 0 ? Next : First + index;
        }
    }
}
