using System.Diagnostics.Metrics;
using Restante.Core.Storage;
using Restante.Core.Streams;
using static Restante.Storage.Streams.Tests.StoreDirectory;

namespace Restante.Storage.Streams.Tests;

/// <summary>What stands in the directory, and to whom it belongs.</summary>
public sealed class DirectoryTests : IDisposable
{
    private static readonly StreamId _one = StreamId.Telemetry(0);
    private readonly StoreDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_directory_belongs_to_one_store_at_a_time()
    {
        SegmentedStreamStore store = await _directory.OpenAsync();
        StoreUnavailableException refusal = await Assert.ThrowsAsync<StoreUnavailableException>(() => _directory.OpenAsync());
        Assert.Contains(_directory.Path, refusal.Message, StringComparison.Ordinal);
        await store.DisposeAsync();
        await store.DisposeAsync();
        await (await _directory.OpenAsync()).DisposeAsync();
    }

    [Fact]
    public async Task Segments_are_filled_in_advance_and_sealed_ones_cut_to_their_data()
    {
        await using (SegmentedStreamStore store = await _directory.OpenAsync())
        {
            Assert.Equal(4096, new FileInfo(Assert.Single(_directory.Segments)).Length);
            for (int i = 0; i < 60; i++)
                await store.AppendAsync(Item(_one, i, 200), 5);
            Assert.Equal(4096, new FileInfo(_directory.Segments[^1]).Length);
        }

        // Opening makes good what upkeep did not get to.
        await (await _directory.OpenAsync()).DisposeAsync();
        Assert.Empty(Directory.GetFiles(_directory.Path, "*.tmp"));
        await using SegmentedStreamStore again = await _directory.OpenAsync();
        Assert.InRange(again.RetainedBytes, 60 * 230, (_directory.Segments.Length * 4096) - 1);
    }

    [Fact]
    public async Task A_segment_that_cannot_be_read_keeps_no_other_from_being_cut_and_indexed()
    {
        await using (SegmentedStreamStore store = await _directory.OpenAsync())
        {
            for (int i = 0; i < 60; i++)
                await store.AppendAsync(Item(_one, i, 200), 5);
        }

        string[] segments = _directory.Segments;
        foreach (string index in Directory.GetFiles(_directory.Path, "*.idx"))
            File.Delete(index);
        byte[] bytes = await File.ReadAllBytesAsync(segments[0]);
        bytes[^20] ^= 4;
        await File.WriteAllBytesAsync(segments[0], bytes);
        var beside = new List<Action>();
        var steps = new LogSteps(Write: step => step(), Answer: item => item.Execute(), Beside: beside.Add);
        await using SegmentedStreamStore again = await SegmentedStreamStore.OpenAsync(
            _directory.Path, _directory.Limits, new StreamStoreHost(_directory.Logger, _directory.Time, _directory.Medium, steps));
        Assert.NotEmpty(beside);
        beside[0]();
        Assert.True(segments.Length > 3);
        Assert.Equal(
            segments[1..^1].Select(s => Path.ChangeExtension(s, ".idx")),
            Directory.GetFiles(_directory.Path, "*.idx").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_record_larger_than_a_segment_gets_a_segment_of_its_own_size()
    {
        await using (SegmentedStreamStore store = await _directory.OpenAsync())
        {
            await store.AppendAsync(Item(_one, 1), 5);
            await store.AppendAsync(Item(_one, 2, 50_000), 5);
            await store.AppendAsync(Item(_one, 3), 5);
        }

        await using SegmentedStreamStore again = await _directory.OpenAsync(verify: true);
        Assert.Equal([1, 2, 3], await NumbersAsync(again, _one));
    }

    [Fact]
    public async Task Limits_out_of_range_are_refused()
    {
        StreamLimits[] wrong =
        [
            new() { Partitions = 0 }, new() { Partitions = 1025 }, new() { SegmentBytes = 4095 }, new() { MaxPendingBytes = 0 },
            new() { RetentionMs = -1 }, new() { RetentionBytes = -1 },
        ];
        foreach (StreamLimits limits in wrong)
        {
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
                () => SegmentedStreamStore.OpenAsync(_directory.Path, limits, _directory.Logger));
        }

        await using SegmentedStreamStore store = await _directory.OpenAsync();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await store.AppendAsync(Item(_one, 1, SegmentedStreamStore.MaxContentBytes + 1), 5));
    }

    [Fact]
    public async Task The_largest_number_of_partitions_works()
    {
        using var directory = new StoreDirectory { Limits = new() { Partitions = 1024, SegmentBytes = 4096 } };
        StreamAppend[] items = [.. Enumerable.Range(0, 1024).Select(i => Item(StreamId.Telemetry(i), i))];
        await using (SegmentedStreamStore store = await directory.OpenAsync())
        {
            await store.AppendAsync(items, 5);
            await store.AppendAsync(items, 5);
        }

        await using SegmentedStreamStore again = await directory.OpenAsync(verify: true);
        for (int i = 0; i < 1024; i++)
            Assert.Equal([i, i], await NumbersAsync(again, StreamId.Telemetry(i)));
    }

    [Fact]
    public async Task Commits_are_measured()
    {
        long records = 0;
        long failures = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "Restante.Storage" && instrument.Name is "restante.streams.appends" or "restante.streams.failures")
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
            Interlocked.Add(ref instrument.Name == "restante.streams.appends" ? ref records : ref failures, value));
        listener.Start();
        await using SegmentedStreamStore store = await _directory.OpenAsync();
        await store.AppendAsync(new[] { Item(_one, 1), Item(_one, 2), Item(StreamId.Events, 2) }, 5);
        _directory.Medium.FailWrites = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.AppendAsync(Item(_one, 3), 5));

        // Other tests may run beside this one on meters of the same name.
        Assert.True(Volatile.Read(ref records) >= 3);
        Assert.True(Volatile.Read(ref failures) >= 1);
    }
}
