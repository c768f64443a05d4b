using Restante.Core.Storage;
using Restante.Core.Streams;
using static Restante.Storage.Streams.Tests.StoreDirectory;

namespace Restante.Storage.Streams.Tests;

/// <summary>When the disk fails, appends are refused, nothing acknowledged is lost or doubled, and the store goes on by itself.</summary>
public sealed class FailureTests : IDisposable
{
    private static readonly StreamId _one = StreamId.Telemetry(0);
    private static readonly StreamId _two = StreamId.Telemetry(1);
    private readonly StoreDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(64)]
    [InlineData(100)]
    public async Task A_failed_write_is_cleared_up_and_its_numbers_are_given_again(int bytesLeftBehind)
    {
        await using SegmentedStreamStore store = await _directory.OpenAsync();
        Assert.Equal(1, await store.AppendAsync(Item(_one, 1), 5));
        _directory.Medium.FailWrites = true;
        _directory.Medium.BytesOfFailedWrite = bytesLeftBehind;
        for (int i = 0; i < 3; i++)
            await RefusedAsync(store, 50 + i);
        Assert.Equal(2, store.GetInfo(_one).NextSequenceNumber);
        Assert.Equal([1], await NumbersAsync(store, _one));

        await using (SegmentedStreamStore crashed = await _directory.Copy().OpenAsync())
            Assert.Equal([1], await NumbersAsync(crashed, _one));

        _directory.Medium.FailWrites = false;
        Assert.Equal(2, await store.AppendAsync(Item(_one, 2), 5));
        await using SegmentedStreamStore later = await _directory.Copy().OpenAsync(verify: true);
        Assert.Equal([1, 2], await NumbersAsync(later, _one));
        Assert.Contains(_directory.Logger.Lines, line => line.Contains("commits again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_of_a_failed_write_is_left_behind_a_smaller_one()
    {
        await using SegmentedStreamStore store = await _directory.OpenAsync();
        _directory.Medium.FailWrites = true;
        _directory.Medium.BytesOfFailedWrite = 900;
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.AppendAsync(Item(_one, 50, 1000), 5));
        _directory.Medium.FailWrites = false;
        await store.AppendAsync(Item(_one, 1, 10), 5);
        StoreDirectory copy = _directory.Copy();
        await using SegmentedStreamStore later = await copy.OpenAsync();
        Assert.Equal([1], await NumbersAsync(later, _one));
        Assert.DoesNotContain(copy.Logger.Lines, line => line.Contains("cut off", StringComparison.Ordinal));
    }

    [Fact]
    public async Task After_a_failed_sync_the_segment_is_given_up_and_what_it_may_hold_does_not_come_back()
    {
        await using SegmentedStreamStore store = await _directory.OpenAsync();
        await store.AppendAsync(new[] { Item(_one, 1), Item(_two, 1) }, 5);
        _directory.Medium.FailSyncs = true;
        await RefusedAsync(store, 50);
        await RefusedAsync(store, 51);
        Assert.Equal([1], await NumbersAsync(store, _one));

        _directory.Medium.FailSyncs = false;
        _directory.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, await store.AppendAsync(Item(_one, 2), 5));
        Assert.Equal([1, 2], await NumbersAsync(store, _one));
        Assert.True(_directory.Segments.Length >= 2);

        // The refused record stands whole behind the end of the first segment; it must not be taken for an acknowledged one.
        await using SegmentedStreamStore later = await _directory.Copy().OpenAsync(verify: true);
        Assert.Equal([1, 2], await NumbersAsync(later, _one));
        Assert.Equal([1], await NumbersAsync(later, _two));
        Assert.Equal(3, await later.AppendAsync(Item(_one, 3), 5));
    }

    [Fact]
    public async Task A_full_disk_refuses_when_the_next_segment_cannot_be_made_and_goes_on_when_there_is_room()
    {
        await using SegmentedStreamStore store = await _directory.OpenAsync();
        _directory.Medium.FailCreates = true;
        int good = 0;
        try
        {
            while (good < 1000)
            {
                await store.AppendAsync(Item(_one, good + 1, 200), 5);
                good++;
            }
        }
        catch (StoreUnavailableException)
        {
        }

        Assert.InRange(good, 5, 100);
        _directory.Medium.FailCreates = false;
        await RefusedAsync(store, 51);
        _directory.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(good + 1, await store.AppendAsync(Item(_one, good + 1, 200), 5));
        Assert.Equal(Enumerable.Range(1, good + 1), await NumbersAsync(store, _one));
        await using SegmentedStreamStore later = await _directory.Copy().OpenAsync(verify: true);
        Assert.Equal(Enumerable.Range(1, good + 1), await NumbersAsync(later, _one));
    }

    [Fact]
    public async Task A_full_disk_does_not_stop_retention()
    {
        using var directory = new StoreDirectory { Limits = new() { Partitions = 2, SegmentBytes = 4096, RetentionMs = 1000 } };
        await using SegmentedStreamStore store = await directory.OpenAsync();
        for (int i = 0; i < 60; i++)
            await store.AppendAsync(Item(_one, i, 200), i);
        directory.Medium.FailCreates = true;
        Assert.True(await store.EnforceRetentionAsync(100_000) > 0);
        Assert.InRange(directory.Segments.Length, 1, 2);
    }

    [Fact]
    public async Task A_segment_whose_name_was_not_confirmed_ends_the_one_before_all_the_same()
    {
        await using SegmentedStreamStore store = await _directory.OpenAsync();
        int good = 0;
        _directory.Medium.FailRenames = true;
        try
        {
            while (good < 1000)
            {
                await store.AppendAsync(Item(_one, good + 1, 200), 5);
                good++;
            }
        }
        catch (StoreUnavailableException)
        {
        }

        // The new file has its name already; a small record that would still fit into the old one must not go there.
        _directory.Medium.FailRenames = false;
        _directory.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(good + 1, await store.AppendAsync(Item(_one, good + 1, 4), 5));
        await using SegmentedStreamStore later = await _directory.Copy().OpenAsync(verify: true);
        Assert.Equal(Enumerable.Range(1, good + 1), await NumbersAsync(later, _one));
    }

    [Fact]
    public async Task Waiting_bytes_are_bounded()
    {
        using var directory = new StoreDirectory { Limits = new() { Partitions = 2, SegmentBytes = 65536, MaxPendingBytes = 5000 } };
        await using SegmentedStreamStore store = await directory.OpenAsync();
        directory.Medium.Hold();
        var waiting = new List<Task<long>>();
        StoreUnavailableException? refusal = null;
        while (refusal is null)
        {
            Task<long> task = store.AppendAsync(Item(_one, waiting.Count + 1, 100), 5).AsTask();
            if (task.IsFaulted)
                refusal = await Assert.ThrowsAsync<StoreUnavailableException>(() => task);
            else
                waiting.Add(task);
            Assert.InRange(store.PendingBytes, 0, 5000);
            Assert.InRange(waiting.Count, 1, 40);
        }

        await Assert.ThrowsAsync<ArgumentException>(async () => await store.AppendAsync(new[] { Item(_one, 1, 6000) }, 5));
        directory.Medium.Release();
        long[] numbers = await Task.WhenAll(waiting);
        Assert.Equal(Enumerable.Range(1, waiting.Count).Select(i => (long)i), numbers);
        Assert.Equal(waiting.Count + 1, await store.AppendAsync(Item(_one, 1, 100), 5));
    }

    [Fact]
    public async Task Nothing_is_acknowledged_or_visible_before_the_medium_has_it_and_what_waits_is_committed_together()
    {
        await using SegmentedStreamStore store = await _directory.OpenAsync();
        _directory.Medium.Hold();
        Task<long> first = store.AppendAsync(Item(_one, 1), 5).AsTask();
        Assert.True(await _directory.Medium.Held.WaitAsync(TimeSpan.FromSeconds(30)), "The medium was not asked.");
        Task<long>[] rest = [.. Enumerable.Range(2, 20).Select(i => store.AppendAsync(Item(_one, i, 8), 5).AsTask())];
        Assert.False(first.IsCompleted);
        Assert.Equal(1, store.GetInfo(_one).NextSequenceNumber);
        Assert.Empty((await store.ReadAsync(_one, 1, 10, 1000)).Records);
        int before = _directory.Medium.Syncs;
        _directory.Medium.Release();
        await first;
        await Task.WhenAll(rest);
        Assert.Equal(before + 2, _directory.Medium.Syncs);
    }

    [Fact]
    public async Task Disposing_commits_what_waits_and_refuses_what_comes()
    {
        SegmentedStreamStore store = await _directory.OpenAsync();
        _directory.Medium.Hold();
        Task<long>[] waiting = [.. Enumerable.Range(1, 5).Select(i => store.AppendAsync(Item(_one, i), 5).AsTask())];
        Task disposed = store.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.AppendAsync(Item(_one, 9), 5));
        _directory.Medium.Release();
        await disposed;
        await Task.WhenAll(waiting);
        await using SegmentedStreamStore again = await _directory.OpenAsync();
        Assert.Equal([1, 2, 3, 4, 5], await NumbersAsync(again, _one));
    }

    private static async Task RefusedAsync(SegmentedStreamStore store, int number) =>
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.AppendAsync(Item(_one, number), 5));
}
