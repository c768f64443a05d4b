using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Storage.Conformance.Streams;

namespace Restante.Heads.Mqtt.Tests.Peers;

/// <summary>A stream store whose telemetry appends wait, while held, until they are let go.</summary>
internal sealed class HeldStreams : IStreamStore
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _hold;
    private int _waiting;

    public MemoryStreamStore Inner { get; } = new();

    /// <summary>Appends that wait.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public int Partitions => Inner.Partitions;

    public void Hold()
    {
        lock (_gate)
            _hold ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void LetGo()
    {
        TaskCompletionSource? hold;
        lock (_gate)
            (hold, _hold) = (_hold, null);
        hold?.TrySetResult();
    }

    public ValueTask<long> AppendAsync(StreamAppend item, long nowMs)
    {
        Task? hold;
        lock (_gate)
            hold = item.Stream.IsEvents ? null : _hold?.Task;
        return hold is null ? Inner.AppendAsync(item, nowMs) : AppendAfterAsync(hold, item with { Content = item.Content.ToArray() }, nowMs);
    }

    public ValueTask AppendAsync(ReadOnlyMemory<StreamAppend> items, long nowMs) => Inner.AppendAsync(items, nowMs);

    public ValueTask<StreamBatch> ReadAsync(StreamId stream, long fromSequenceNumber, int maxRecords, int maxBytes) =>
        Inner.ReadAsync(stream, fromSequenceNumber, maxRecords, maxBytes);

    public ValueTask<long> FindAsync(StreamId stream, StreamStart start) => Inner.FindAsync(stream, start);

    public StreamInfo GetInfo(StreamId stream) => Inner.GetInfo(stream);

    public ValueTask<long> EnforceRetentionAsync(long nowMs) => Inner.EnforceRetentionAsync(nowMs);

    private async ValueTask<long> AppendAfterAsync(Task hold, StreamAppend item, long nowMs)
    {
        Interlocked.Increment(ref _waiting);
        await hold;
        Interlocked.Decrement(ref _waiting);
        return await Inner.AppendAsync(item, nowMs);
    }
}
