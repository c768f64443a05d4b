using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Storage.Conformance.Streams;

namespace Restante.Heads.Mqtt.Tests.Peers;

/// <summary>A stream store whose telemetry appends wait, while held, until they are let go.</summary>
internal sealed class HeldStreams : IStreamStore
{
    private readonly Lock _gate = new();
    private readonly Queue<(StreamAppend Item, long NowMs, TaskCompletionSource<long> Done)> _held = new();
    private bool _holding;

    public MemoryStreamStore Inner { get; } = new();

    /// <summary>Appends that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _held.Count;
        }
    }

    /// <summary>Forgets events instead of keeping them.</summary>
    public bool DropEvents { get; set; }

    public int Partitions => Inner.Partitions;

    public void Hold()
    {
        lock (_gate)
            _holding = true;
    }

    public void LetGo()
    {
        while (true)
        {
            TaskCompletionSource<long> done;
            ValueTask<long> stored;
            lock (_gate)
            {
                _holding = false;
                if (!_held.TryDequeue(out (StreamAppend Item, long NowMs, TaskCompletionSource<long> Done) next))
                    return;
                done = next.Done;
                stored = Inner.AppendAsync(next.Item, next.NowMs);
            }

            if (stored.IsCompletedSuccessfully)
                done.SetResult(stored.Result);
            else
                done.SetException(stored.AsTask().Exception!.InnerException!);
        }
    }

    public ValueTask<long> AppendAsync(StreamAppend item, long nowMs)
    {
        if (item.Stream.IsEvents && DropEvents)
            return ValueTask.FromResult(1L);
        lock (_gate)
        {
            if (item.Stream.IsEvents || (!_holding && _held.Count == 0))
                return Inner.AppendAsync(item, nowMs);
            var done = new TaskCompletionSource<long>();
            _held.Enqueue((item with { Content = item.Content.ToArray() }, nowMs, done));
            return new ValueTask<long>(done.Task);
        }
    }

    public ValueTask AppendAsync(ReadOnlyMemory<StreamAppend> items, long nowMs) => Inner.AppendAsync(items, nowMs);

    public ValueTask<StreamBatch> ReadAsync(StreamId stream, long fromSequenceNumber, int maxRecords, int maxBytes) =>
        Inner.ReadAsync(stream, fromSequenceNumber, maxRecords, maxBytes);

    public ValueTask<long> FindAsync(StreamId stream, StreamStart start) => Inner.FindAsync(stream, start);

    public StreamInfo GetInfo(StreamId stream) => Inner.GetInfo(stream);

    public ValueTask<long> EnforceRetentionAsync(long nowMs) => Inner.EnforceRetentionAsync(nowMs);
}
