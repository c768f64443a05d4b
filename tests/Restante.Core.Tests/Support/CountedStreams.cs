using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Core.Tests.Support;

/// <summary>Counts how often streams are read.</summary>
internal sealed class CountedStreams(IStreamStore inner) : IStreamStore
{
    /// <summary>How often.</summary>
    public int Reads { get; set; }

    /// <summary>Runs before each read.</summary>
    public Action? Before { get; set; }

    public int Partitions => inner.Partitions;

    public ValueTask<long> AppendAsync(StreamAppend item, long nowMs) => inner.AppendAsync(item, nowMs);

    public ValueTask AppendAsync(ReadOnlyMemory<StreamAppend> items, long nowMs) => inner.AppendAsync(items, nowMs);

    public ValueTask<StreamBatch> ReadAsync(StreamId stream, long fromSequenceNumber, int maxRecords, int maxBytes)
    {
        Reads++;
        Before?.Invoke();
        return inner.ReadAsync(stream, fromSequenceNumber, maxRecords, maxBytes);
    }

    public ValueTask<long> FindAsync(StreamId stream, StreamStart start) => inner.FindAsync(stream, start);

    public StreamInfo GetInfo(StreamId stream) => inner.GetInfo(stream);

    public ValueTask<long> EnforceRetentionAsync(long nowMs) => inner.EnforceRetentionAsync(nowMs);
}
