using Restante.Core.Streams;
using static Restante.Storage.Streams.Tests.StoreDirectory;

namespace Restante.Storage.Streams.Tests;

/// <summary>Producers, readers and retention at the same time.</summary>
public sealed class ConcurrencyTests
{
    [Fact]
    public async Task Readers_follow_many_producers_while_segments_are_dropped_under_them()
    {
        using var directory = new StoreDirectory
        {
            Limits = new() { Partitions = 2, SegmentBytes = 16 * 1024, RetentionBytes = 200 * 1024 },
        };
        await using SegmentedStreamStore store = await directory.OpenAsync();
        StreamId[] streams = [StreamId.Events, StreamId.Telemetry(0), StreamId.Telemetry(1)];
        Task<long>[] readers = [.. streams.SelectMany(stream => new[] { stream, stream }).Select(stream => Task.Run(() => FollowAsync(store, stream)))];
        Task[] producers = [.. Enumerable.Range(0, 30).Select(producer => Task.Run(async () =>
        {
            for (int i = 0; i < 300; i++)
            {
                await store.AppendAsync(Item(streams[(producer + i) % 3], i, 100), i);
                if (producer == 0 && i % 20 == 0)
                    await store.EnforceRetentionAsync(0);
            }
        }))];
        await Task.WhenAll(producers);
        await Task.WhenAll(streams.Select(stream => store.AppendAsync(new StreamAppend(stream, "end", null, default), 999).AsTask()));
        long[] seen = await Task.WhenAll(readers);
        Assert.All(seen, count => Assert.Equal(3001, count));
        Assert.True(store.RetainedBytes <= 300 * 1024);
        Assert.True(store.GetInfo(streams[0]).FirstSequenceNumber > 1);
    }

    [Fact]
    public async Task A_slow_reader_is_told_exactly_what_it_missed()
    {
        using var directory = new StoreDirectory
        {
            Limits = new() { Partitions = 1, SegmentBytes = 4096, RetentionBytes = 20 * 1024 },
        };
        await using SegmentedStreamStore store = await directory.OpenAsync();
        var stream = StreamId.Telemetry(0);
        long at = 1;
        long accounted = 0;
        for (int i = 1; i <= 600; i++)
        {
            await store.AppendAsync(Item(stream, i, 200), i);
            if (i % 50 == 0)
                await store.EnforceRetentionAsync(i);
            if (i % 70 != 0)
                continue;
            StreamBatch batch = await store.ReadAsync(stream, at, 5, int.MaxValue);
            Assert.Equal(at + batch.SkippedByRetention, batch.Records[0].SequenceNumber);
            accounted += batch.SkippedByRetention + batch.Records.Count;
            at = batch.NextSequenceNumber;
            Assert.Equal(at - 1, accounted);
        }

        Assert.True(at > 100);
    }

    private static async Task<long> FollowAsync(SegmentedStreamStore store, StreamId stream)
    {
        long count = 0;
        for (long at = 1; ;)
        {
            StreamBatch batch = await store.ReadAsync(stream, at, 50, 100_000);
            count += batch.SkippedByRetention;
            long expected = at + batch.SkippedByRetention;
            foreach (StreamRecord record in batch.Records)
            {
                Assert.Equal(expected++, record.SequenceNumber);
                count++;
                if (record.Source == "end")
                    return count;
                Assert.True(Item(stream, Number(record), 100).Content.Span.SequenceEqual(record.Content.Span));
            }

            at = batch.NextSequenceNumber;
            if (batch.Records.Count == 0)
                await Task.Yield();
        }
    }
}
