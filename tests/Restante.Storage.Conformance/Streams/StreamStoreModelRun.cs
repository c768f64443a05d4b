using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Storage.Conformance.Streams;

/// <summary>
/// One random history: the same calls go to a store and to the model, and everything that can be seen is compared. Where a store has a
/// freedom (offsets are its own, retention may keep more) its choice is checked and taken over.
/// </summary>
internal sealed class StreamStoreModelRun(int seed, StreamLimits limits, Func<IStreamStore, StreamLimits, ValueTask<IStreamStore>> restart)
{
    private readonly Random _random = new(seed);
    private readonly MemoryStreamStore _model = new(limits);
    private readonly StreamId[] _streams = [StreamId.Events, StreamId.Telemetry(0), StreamId.Telemetry(1), StreamId.Telemetry(2)];
    private long _nowMs = 1_000_000;

    /// <summary>Runs.</summary>
    public async Task RunAsync(IStreamStore store, int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            _nowMs += _random.Next(10) == 0 ? -_random.Next(500) : _random.Next(120);
            switch (_random.Next(100))
            {
                case < 30:
                    await AppendOneAsync(store);
                    break;
                case < 55:
                    await AppendSeveralAsync(store);
                    break;
                case < 75:
                    await ReadAsync(store);
                    break;
                case < 93:
                    await FindAsync(store);
                    break;
                case < 97:
                    await RetainAsync(store);
                    break;
                default:
                    store = await restart(store, limits);
                    break;
            }

            foreach (StreamId stream in _streams)
                CompareInfo(store, stream);
        }

        foreach (StreamId stream in _streams)
            CompareRecords(await store.ReadAsync(stream, 1, int.MaxValue, int.MaxValue), await _model.ReadAsync(stream, 1, int.MaxValue, int.MaxValue));
    }

    private StreamAppend Item(StreamId stream)
    {
        byte[] content = new byte[_random.Next(20) == 0 ? _random.Next(9000) : _random.Next(300)];
        _random.NextBytes(content);
        string? channel = _random.Next(3) == 0 ? null : "channel-" + _random.Next(3);
        return new StreamAppend(stream, "device-" + _random.Next(5), channel, content);
    }

    private StreamId Stream() => _streams[_random.Next(_streams.Length)];

    private async Task AppendOneAsync(IStreamStore store)
    {
        StreamAppend item = Item(Stream());
        Assert.Equal(await _model.AppendAsync(item, _nowMs), await store.AppendAsync(item, _nowMs));
    }

    private async Task AppendSeveralAsync(IStreamStore store)
    {
        var items = new StreamAppend[_random.Next(12)];
        bool events = _random.Next(4) == 0;
        for (int i = 0; i < items.Length; i++)
            items[i] = Item(events ? StreamId.Events : _streams[_random.Next(1, _streams.Length)]);
        await _model.AppendAsync(items, _nowMs);
        await store.AppendAsync(items, _nowMs);
    }

    private async Task ReadAsync(IStreamStore store)
    {
        StreamId stream = Stream();
        long from = _random.NextInt64(-1, _model.GetInfo(stream).NextSequenceNumber + 3);
        int records = _random.Next(1, 40);
        int bytes = _random.Next(6000);
        StreamBatch actual = await store.ReadAsync(stream, from, records, bytes);
        StreamBatch expected = await _model.ReadAsync(stream, from, records, bytes);
        CompareRecords(actual, expected);
    }

    private async Task FindAsync(IStreamStore store)
    {
        StreamId stream = Stream();
        bool inclusive = _random.Next(2) == 0;
        StreamInfo info = _model.GetInfo(stream);
        StreamStart start = _random.Next(5) switch
        {
            0 => StreamStart.Earliest,
            1 => StreamStart.Latest,
            2 => new StreamStart(StreamStartKind.SequenceNumber, _random.NextInt64(-1, info.NextSequenceNumber + 3), inclusive),
            _ => new StreamStart(StreamStartKind.Time, _nowMs - _random.Next(-100, 15_000), inclusive),
        };
        Assert.Equal((start, await _model.FindAsync(stream, start)), (start, await store.FindAsync(stream, start)));

        // An offset belongs to the store: take one of its records and find it again.
        if (info.FirstSequenceNumber == info.NextSequenceNumber)
            return;
        long wanted = _random.NextInt64(info.FirstSequenceNumber, info.NextSequenceNumber);
        long offset = (await store.ReadAsync(stream, wanted, 1, 1)).Records[0].Offset;
        Assert.Equal(wanted, await store.FindAsync(stream, new StreamStart(StreamStartKind.Offset, offset)));
        Assert.Equal(wanted + 1, await store.FindAsync(stream, new StreamStart(StreamStartKind.Offset, offset, Inclusive: false)));
        Assert.Equal(wanted + 1, await store.FindAsync(stream, new StreamStart(StreamStartKind.Offset, offset + 1)));
    }

    private async Task RetainAsync(IStreamStore store)
    {
        long bytes = 0;
        foreach (StreamId stream in _streams)
            bytes += (await _model.ReadAsync(stream, 1, int.MaxValue, int.MaxValue)).Records.Sum(record => (long)record.Content.Length + 200);
        await store.EnforceRetentionAsync(_nowMs);
        foreach (StreamId stream in _streams)
        {
            long first = store.GetInfo(stream).FirstSequenceNumber;
            StreamInfo before = _model.GetInfo(stream);
            Assert.InRange(first, before.FirstSequenceNumber, before.NextSequenceNumber);
            if (first == before.FirstSequenceNumber)
                continue;
            int dropped = (int)(first - before.FirstSequenceNumber);
            StreamRecord newest = (await _model.ReadAsync(stream, before.FirstSequenceNumber, dropped, int.MaxValue)).Records[^1];
            bool allowed = newest.EnqueuedAtMs < _nowMs - limits.RetentionMs || bytes > limits.RetentionBytes - (2L * limits.SegmentBytes);
            Assert.True(allowed, "A record was dropped that is neither old nor too much.");
            _model.Forget(stream, first);
        }
    }

    private void CompareInfo(IStreamStore store, StreamId stream)
    {
        StreamInfo actual = store.GetInfo(stream);
        StreamInfo expected = _model.GetInfo(stream);
        Assert.Equal(expected with { LastOffset = actual.LastOffset }, actual);
        Assert.Equal(expected.LastOffset < 0, actual.LastOffset < 0);
    }

    private static void CompareRecords(StreamBatch actual, StreamBatch expected)
    {
        Assert.Equal(expected.NextSequenceNumber, actual.NextSequenceNumber);
        Assert.Equal(expected.SkippedByRetention, actual.SkippedByRetention);
        Assert.Equal(expected.Records.Count, actual.Records.Count);
        for (int i = 0; i < expected.Records.Count; i++)
        {
            StreamRecord want = expected.Records[i];
            StreamRecord got = actual.Records[i];
            Assert.Equal(
                (want.SequenceNumber, want.EnqueuedAtMs, want.Source, want.Channel),
                (got.SequenceNumber, got.EnqueuedAtMs, got.Source, got.Channel));
            Assert.True(want.Content.Span.SequenceEqual(got.Content.Span));
        }
    }
}
