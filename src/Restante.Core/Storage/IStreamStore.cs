using Restante.Core.Streams;

namespace Restante.Core.Storage;

/// <summary>Append-only streams: telemetry partitions and events. Sequence numbers of a stream start at 1 and have no gaps.</summary>
public interface IStreamStore
{
    /// <summary>How many telemetry partitions there are; fixed when the store was created.</summary>
    int Partitions { get; }

    /// <summary>
    /// Appends one record; durable when the task completes. The content is copied before the call returns.
    /// </summary>
    /// <returns>The record's sequence number.</returns>
    ValueTask<long> AppendAsync(StreamAppend item, long nowMs);

    /// <summary>
    /// Appends several records, all or none; durable when the task completes. Contents are copied before the call returns. Either
    /// all are telemetry or all are events, as a store may keep the two in logs apart.
    /// </summary>
    ValueTask AppendAsync(ReadOnlyMemory<StreamAppend> items, long nowMs);

    /// <summary>Reads from a sequence number on.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="fromSequenceNumber">The first record wanted; when retention has passed it, the read begins later and says so.</param>
    /// <param name="maxRecords">How many at the most.</param>
    /// <param name="maxBytes">Stop after this many bytes of content; at least one record is returned if there is one.</param>
    ValueTask<StreamBatch> ReadAsync(StreamId stream, long fromSequenceNumber, int maxRecords, int maxBytes);

    /// <summary>Finds the sequence number at which a reader with this start begins.</summary>
    ValueTask<long> FindAsync(StreamId stream, StreamStart start);

    /// <summary>The ends of a stream, from memory.</summary>
    StreamInfo GetInfo(StreamId stream);

    /// <summary>
    /// Drops what is older or larger than retention allows; events by a bound of bytes of their own. Returns how many bytes were freed.
    /// </summary>
    ValueTask<long> EnforceRetentionAsync(long nowMs);
}
