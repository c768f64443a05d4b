using System.Text;
using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Storage.Conformance.Streams;

/// <summary>The rules of <see cref="IStreamStore"/>. Every implementation derives from it and must pass all.</summary>
public abstract class StreamStoreConformance
{
    private const long Day = 24L * 3600 * 1000;
    private static readonly StreamId _one = StreamId.Telemetry(0);
    private static readonly StreamId _two = StreamId.Telemetry(1);
    private static readonly StreamLimits _small = new() { Partitions = 4, SegmentBytes = 4096, RetentionMs = Day };

    /// <summary>Whether events have a bound of bytes of their own; else the store is half of one that gives them one.</summary>
    protected virtual bool KeepsEventsApart => false;

    /// <summary>Makes an empty store.</summary>
    protected abstract ValueTask<IStreamStore> CreateAsync(StreamLimits limits);

    /// <summary>Closes a store and opens what it kept.</summary>
    protected abstract ValueTask<IStreamStore> RestartAsync(IStreamStore store, StreamLimits limits);

    [Fact]
    public async Task An_empty_stream_has_its_ends_at_one()
    {
        IStreamStore store = await CreateAsync(_small);
        Assert.Equal(4, store.Partitions);
        Assert.Equal(new StreamInfo(1, 1, -1, 0), store.GetInfo(_one));
        Assert.Equal(new StreamInfo(1, 1, -1, 0), store.GetInfo(StreamId.Events));
        StreamBatch batch = await store.ReadAsync(_one, 1, 10, 1000);
        Assert.Empty(batch.Records);
        Assert.Equal(1, batch.NextSequenceNumber);
        Assert.Equal(0, batch.SkippedByRetention);
    }

    [Fact]
    public async Task Sequence_numbers_of_each_stream_count_from_one()
    {
        IStreamStore store = await CreateAsync(_small);
        for (int i = 1; i <= 20; i++)
        {
            Assert.Equal(i, await store.AppendAsync(Item(_one, i), 1000));
            Assert.Equal(i, await store.AppendAsync(Item(StreamId.Events, i), 1000));
        }

        Assert.Equal(1, await store.AppendAsync(Item(_two, 1), 1000));
        Assert.Equal(21, store.GetInfo(_one).NextSequenceNumber);
    }

    [Fact]
    public async Task A_record_is_read_as_it_was_appended()
    {
        IStreamStore store = await CreateAsync(_small);
        byte[] content = [1, 2, 3, 0, 255];
        await store.AppendAsync(new StreamAppend(StreamId.Events, "gerät-☂", "", content), 12345);
        content[0] = 99;
        await store.AppendAsync(new StreamAppend(StreamId.Events, "b", null, default), 12346);
        await store.AppendAsync(
            new StreamAppend(StreamId.Events, new string('ü', 128), new string('☂', 128), new byte[20_000]), 12347);
        StreamBatch batch = await store.ReadAsync(StreamId.Events, 1, 10, 100_000);
        Assert.Collection(
            batch.Records,
            first =>
            {
                Assert.Equal((1, 12345, "gerät-☂", ""), (first.SequenceNumber, first.EnqueuedAtMs, first.Source, first.Channel));
                Assert.Equal(new byte[] { 1, 2, 3, 0, 255 }, first.Content.ToArray());
            },
            second =>
            {
                Assert.Equal((2, 12346, "b", null), (second.SequenceNumber, second.EnqueuedAtMs, second.Source, second.Channel));
                Assert.Equal(0, second.Content.Length);
            },
            third =>
            {
                Assert.Equal((3, new string('ü', 128), new string('☂', 128)), (third.SequenceNumber, third.Source, third.Channel));
                Assert.Equal(20_000, third.Content.Length);
            });
        Assert.Equal(4, batch.NextSequenceNumber);
    }

    [Fact]
    public async Task Several_records_are_appended_in_order_across_streams()
    {
        IStreamStore store = await CreateAsync(_small);
        await store.AppendAsync(ReadOnlyMemory<StreamAppend>.Empty, 5);
        await store.AppendAsync(new[] { Item(_one, 1), Item(_two, 2), Item(_one, 3), Item(_one, 5) }, 5);
        await store.AppendAsync(new[] { Item(StreamId.Events, 4) }, 5);
        Assert.Equal([1, 3, 5], await ContentsAsync(store, _one));
        Assert.Equal([2], await ContentsAsync(store, _two));
        Assert.Equal([4], await ContentsAsync(store, StreamId.Events));
    }

    [Fact]
    public async Task Reads_stop_at_the_number_of_records_and_bytes()
    {
        IStreamStore store = await CreateAsync(_small);
        for (int i = 0; i < 10; i++)
            await store.AppendAsync(new StreamAppend(_one, "d", null, new byte[100]), 5);
        StreamBatch three = await store.ReadAsync(_one, 2, 3, 100_000);
        Assert.Equal([2, 3, 4], three.Records.Select(record => record.SequenceNumber));
        Assert.Equal(5, three.NextSequenceNumber);
        StreamBatch bytes = await store.ReadAsync(_one, 5, 100, 250);
        Assert.Equal([5, 6], bytes.Records.Select(record => record.SequenceNumber));
        Assert.Single((await store.ReadAsync(_one, 7, 100, 0)).Records);
        Assert.Single((await store.ReadAsync(_one, 7, 100, 99)).Records);
        Assert.Equal(4, (await store.ReadAsync(_one, 7, int.MaxValue, int.MaxValue)).Records.Count);
    }

    [Fact]
    public async Task Reading_beyond_the_end_stays_there_and_below_the_beginning_starts_at_one()
    {
        IStreamStore store = await CreateAsync(_small);
        await store.AppendAsync(Item(_one, 1), 5);
        StreamBatch beyond = await store.ReadAsync(_one, 50, 10, 1000);
        Assert.Empty(beyond.Records);
        Assert.Equal((50, 0), (beyond.NextSequenceNumber, beyond.SkippedByRetention));
        StreamBatch below = await store.ReadAsync(_one, -7, 10, 1000);
        Assert.Equal((2, 0), (below.NextSequenceNumber, below.SkippedByRetention));
    }

    [Fact]
    public async Task Time_never_falls_along_a_stream_and_offsets_grow()
    {
        IStreamStore store = await CreateAsync(_small);
        foreach (long now in new long[] { 100, 90, 110, 10, 120 })
        {
            await store.AppendAsync(Item(_one, 1), now);
            await store.AppendAsync(new[] { Item(_two, 1), Item(_two, 2) }, now);
        }

        IReadOnlyList<StreamRecord> records = (await store.ReadAsync(_one, 1, 10, 1000)).Records;
        Assert.Equal([100, 100, 110, 110, 120], records.Select(record => record.EnqueuedAtMs));
        IReadOnlyList<StreamRecord> others = (await store.ReadAsync(_two, 1, 10, 1000)).Records;
        Assert.All(records.Zip(records.Skip(1)), pair => Assert.True(pair.First.Offset < pair.Second.Offset));
        Assert.All(others.Zip(others.Skip(1)), pair => Assert.True(pair.First.Offset < pair.Second.Offset));
        Assert.Equal(new StreamInfo(1, 6, records[^1].Offset, 120), store.GetInfo(_one));
    }

    [Fact]
    public async Task A_start_is_found_by_every_kind()
    {
        IStreamStore store = await CreateAsync(_small);
        foreach (long now in new long[] { 100, 200, 200, 300 })
            await store.AppendAsync(Item(_one, 1), now);
        IReadOnlyList<StreamRecord> records = (await store.ReadAsync(_one, 1, 10, 1000)).Records;
        (StreamStart Start, long Expected)[] cases =
        [
            (StreamStart.Earliest, 1),
            (StreamStart.Latest, 5),
            (new(StreamStartKind.SequenceNumber, 3), 3),
            (new(StreamStartKind.SequenceNumber, 3, Inclusive: false), 4),
            (new(StreamStartKind.SequenceNumber, -3), 1),
            (new(StreamStartKind.SequenceNumber, 99), 5),
            (new(StreamStartKind.SequenceNumber, long.MaxValue, Inclusive: false), 5),
            (new(StreamStartKind.Offset, -1, Inclusive: false), 1),
            (new(StreamStartKind.Offset, records[1].Offset), 2),
            (new(StreamStartKind.Offset, records[1].Offset, Inclusive: false), 3),
            (new(StreamStartKind.Offset, records[3].Offset), 4),
            (new(StreamStartKind.Offset, records[3].Offset, Inclusive: false), 5),
            (new(StreamStartKind.Offset, long.MaxValue), 5),
            (new(StreamStartKind.Time, 0), 1),
            (new(StreamStartKind.Time, 100), 1),
            (new(StreamStartKind.Time, 100, Inclusive: false), 2),
            (new(StreamStartKind.Time, 101), 2),
            (new(StreamStartKind.Time, 200), 2),
            (new(StreamStartKind.Time, 200, Inclusive: false), 4),
            (new(StreamStartKind.Time, 300, Inclusive: false), 5),
            (new(StreamStartKind.Time, long.MaxValue, Inclusive: false), 5),
        ];
        foreach ((StreamStart start, long expected) in cases)
            Assert.Equal((start, expected), (start, await store.FindAsync(_one, start)));
        Assert.Equal(1, await store.FindAsync(_two, new StreamStart(StreamStartKind.Time, 200)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await store.FindAsync(_one, new StreamStart((StreamStartKind)77)));
    }

    [Fact]
    public async Task Wrong_arguments_are_refused_and_leave_nothing()
    {
        IStreamStore store = await CreateAsync(_small);
        StreamAppend[] wrong =
        [
            Item(StreamId.Telemetry(4), 1),
            Item(_one, 1) with { Source = "" },
            Item(_one, 1) with { Source = null! },
            Item(_one, 1) with { Source = new string('x', 129) },
            Item(_one, 1) with { Channel = new string('x', 129) },
        ];
        foreach (StreamAppend item in wrong)
        {
            await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.AppendAsync(item, 5));
            await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.AppendAsync(new[] { Item(_one, 1), item }, 5));
        }

        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.ReadAsync(_one, 1, 0, 100));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.ReadAsync(_one, 1, 1, -1));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.ReadAsync(StreamId.Telemetry(4), 1, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => store.GetInfo(StreamId.Telemetry(4)));
        Assert.Equal(1, store.GetInfo(_one).NextSequenceNumber);
    }

    [Fact]
    public async Task Partitions_and_records_outlive_a_restart()
    {
        IStreamStore store = await CreateAsync(_small);
        for (int i = 0; i < 50; i++)
        {
            await store.AppendAsync(Item(_one, i), 1000 + i);
            await store.AppendAsync(Item(StreamId.Events, i), 1000 + i);
        }

        StreamInfo before = store.GetInfo(_one);
        IReadOnlyList<StreamRecord> records = (await store.ReadAsync(_one, 1, 100, 100_000)).Records;
        store = await RestartAsync(store, _small with { Partitions = 9 });
        Assert.Equal(4, store.Partitions);
        Assert.Equal(before, store.GetInfo(_one));
        IReadOnlyList<StreamRecord> after = (await store.ReadAsync(_one, 1, 100, 100_000)).Records;
        Assert.Equal(records.Select(record => (record.SequenceNumber, record.Offset)), after.Select(record => (record.SequenceNumber, record.Offset)));
        Assert.Equal(51, await store.AppendAsync(Item(_one, 1), 5));
        Assert.Equal(1049, store.GetInfo(_one).LastEnqueuedAtMs);
    }

    [Fact]
    public async Task Retention_by_age_drops_everything_old_and_keeps_counting()
    {
        IStreamStore store = await CreateAsync(_small);
        for (int i = 0; i < 30; i++)
        {
            await store.AppendAsync(Item(_one, i), 1000);
            await store.AppendAsync(Item(StreamId.Events, i), 1000);
        }

        Assert.Equal(0, await store.EnforceRetentionAsync(1000 + Day));
        Assert.Equal(1, store.GetInfo(_one).FirstSequenceNumber);
        StreamInfo before = store.GetInfo(_one);
        Assert.True(await store.EnforceRetentionAsync(1001 + Day) > 0);
        Assert.Equal(before with { FirstSequenceNumber = 31 }, store.GetInfo(_one));

        StreamBatch batch = await store.ReadAsync(_one, 11, 10, 1000);
        Assert.Empty(batch.Records);
        Assert.Equal((31, 20), (batch.NextSequenceNumber, batch.SkippedByRetention));
        Assert.Equal(31, await store.FindAsync(_one, StreamStart.Earliest));
        Assert.Equal(31, await store.FindAsync(_one, new StreamStart(StreamStartKind.Offset, 0)));
        Assert.Equal(31, await store.FindAsync(_one, new StreamStart(StreamStartKind.Time, 0)));
        Assert.Equal(11, await store.FindAsync(_one, new StreamStart(StreamStartKind.SequenceNumber, 11)));

        store = await RestartAsync(store, _small);
        Assert.Equal(before with { FirstSequenceNumber = 31 }, store.GetInfo(_one));
        Assert.Equal(31, await store.AppendAsync(Item(_one, 7), 2000 + Day));
        batch = await store.ReadAsync(_one, 11, 10, 1000);
        Assert.Equal((32, 20), (batch.NextSequenceNumber, batch.SkippedByRetention));
        Assert.Equal(31, Assert.Single(batch.Records).SequenceNumber);
    }

    [Fact]
    public async Task Retention_by_size_drops_the_oldest_first()
    {
        IStreamStore store = await CreateAsync(_small with { RetentionBytes = 40_000 });
        for (int i = 0; i < 200; i++)
            await store.AppendAsync(new[] { new StreamAppend(_one, "d", null, new byte[400]), Item(_two, i) }, 1000);
        Assert.True(await store.EnforceRetentionAsync(1000) > 0);
        StreamInfo info = store.GetInfo(_one);
        Assert.InRange(info.FirstSequenceNumber, 101, 190);
        Assert.Equal(201, info.NextSequenceNumber);
        StreamBatch batch = await store.ReadAsync(_one, 1, 1000, int.MaxValue);
        Assert.Equal(info.FirstSequenceNumber - 1, batch.SkippedByRetention);
        Assert.Equal(201 - info.FirstSequenceNumber, batch.Records.Count);
        Assert.InRange(store.GetInfo(_two).FirstSequenceNumber, info.FirstSequenceNumber - 1, info.FirstSequenceNumber + 1);
        Assert.Equal(0, await store.EnforceRetentionAsync(1000));
    }

    [Fact]
    public async Task Telemetry_pushes_no_events_out_and_events_have_a_bound_of_their_own()
    {
        if (!KeepsEventsApart)
            return;
        StreamLimits limits = _small with { RetentionBytes = 40_000, EventRetentionBytes = 20_000 };
        IStreamStore store = await CreateAsync(limits);
        for (int i = 0; i < 20; i++)
            await store.AppendAsync(Item(StreamId.Events, i), 1000);
        for (int i = 0; i < 200; i++)
            await store.AppendAsync(new StreamAppend(_one, "d", null, new byte[1_000]), 1000);
        Assert.True(await store.EnforceRetentionAsync(1000) > 0);
        Assert.True(store.GetInfo(_one).FirstSequenceNumber > 100);
        Assert.Equal(1, store.GetInfo(StreamId.Events).FirstSequenceNumber);
        store = await RestartAsync(store, limits);
        Assert.Equal(Enumerable.Range(0, 20), await ContentsAsync(store, StreamId.Events));
        long first = store.GetInfo(_one).FirstSequenceNumber;
        for (int i = 0; i < 100; i++)
            await store.AppendAsync(new StreamAppend(StreamId.Events, "d", null, new byte[1_000]), 1000);
        Assert.True(await store.EnforceRetentionAsync(1000) > 0);
        Assert.InRange(store.GetInfo(StreamId.Events).FirstSequenceNumber, 90, 119);
        Assert.Equal(first, store.GetInfo(_one).FirstSequenceNumber);
    }

    [Fact]
    public async Task Many_producers_get_every_number_once()
    {
        IStreamStore store = await CreateAsync(_small with { SegmentBytes = 64 * 1024 });
        long[][] numbers = await Task.WhenAll(Enumerable.Range(0, 50).Select(producer => Task.Run(async () =>
        {
            var mine = new long[40];
            for (int i = 0; i < mine.Length; i++)
                mine[i] = await store.AppendAsync(Item(_one, producer), i);
            return mine;
        })));
        Assert.All(numbers, mine => Assert.Equal(mine.Order(), mine));
        Assert.Equal(Enumerable.Range(1, 2000).Select(i => (long)i), numbers.SelectMany(mine => mine).Order());
        IReadOnlyList<StreamRecord> records = (await store.ReadAsync(_one, 1, 5000, int.MaxValue)).Records;
        Assert.Equal(2000, records.Count);
        for (int producer = 0; producer < numbers.Length; producer++)
        {
            foreach (long number in numbers[producer])
                Assert.Equal(producer, Number(records[(int)number - 1]));
        }
    }

    /// <summary>Random histories, the same for every run, compared step by step with the model.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Random_histories_match_the_model(int seed)
    {
        StreamLimits limits = new()
        {
            Partitions = 3,
            SegmentBytes = seed % 2 == 0 ? 4096 : 16 * 1024,
            RetentionMs = 10_000,
            RetentionBytes = 60_000,
            EventRetentionBytes = 60_000,
        };
        await new StreamStoreModelRun(seed, limits, RestartAsync).RunAsync(await CreateAsync(limits), steps: 600);
    }

    private static StreamAppend Item(StreamId stream, int number) =>
        new(stream, "truck-17", "position", Encoding.ASCII.GetBytes(number.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    private static int Number(StreamRecord record) =>
        int.Parse(Encoding.ASCII.GetString(record.Content.Span), System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<IEnumerable<int>> ContentsAsync(IStreamStore store, StreamId stream) =>
        (await store.ReadAsync(stream, 1, 1000, int.MaxValue)).Records.Select(Number);
}
