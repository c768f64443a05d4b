using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Heads.Amqp.Tests.Peers;

internal sealed class HookedStreams(IStreamStore inner, Hooks hooks) : IStreamStore
{
    public int Partitions => inner.Partitions;

    public ValueTask<long> AppendAsync(StreamAppend item, long nowMs)
    {
        if (item.Stream.IsEvents)
            return hooks.DropsEvents ? ValueTask.FromResult(1L) : inner.AppendAsync(item, nowMs);
        StreamAppend copy = item with { Content = item.Content.ToArray() };
        return hooks.Run("append", () => inner.AppendAsync(copy, nowMs));
    }

    public async ValueTask AppendAsync(ReadOnlyMemory<StreamAppend> items, long nowMs)
    {
        StreamAppend[] copies = [.. items.ToArray().Select(item => item with { Content = item.Content.ToArray() })];
        await hooks.Run("append", async () =>
        {
            await inner.AppendAsync(copies, nowMs);
            return true;
        });
    }

    public ValueTask<StreamBatch> ReadAsync(StreamId stream, long fromSequenceNumber, int maxRecords, int maxBytes) =>
        hooks.Run("read", () => inner.ReadAsync(stream, fromSequenceNumber, maxRecords, maxBytes));

    public ValueTask<long> FindAsync(StreamId stream, StreamStart start) => hooks.Run("find", () => inner.FindAsync(stream, start));

    public StreamInfo GetInfo(StreamId stream) => inner.GetInfo(stream);

    public ValueTask<long> EnforceRetentionAsync(long nowMs) => inner.EnforceRetentionAsync(nowMs);
}
