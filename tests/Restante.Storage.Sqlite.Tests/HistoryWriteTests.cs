using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Storage;

namespace Restante.Storage.Sqlite.Tests;

/// <summary>History costs other work nothing: it waits for commits that come anyway, and is dropped before anything waits for it.</summary>
public sealed class HistoryWriteTests : StoreTest
{
    private static readonly DeviceId s_device = DeviceId.Parse("d");

    [Fact]
    public async Task Entries_make_no_commit_but_travel_with_the_next_one()
    {
        await using SqliteGatewayStore store = await OpenAsync();
        await DeviceAsync(store);
        var commits = new List<int>();
        store.Writer.BeforeCommit = commits.Add;
        for (int i = 0; i < 1_000; i++)
            Note(store);
        Assert.Equal(1_000, (await ReadAsync(store)).Count);
        Assert.Empty(commits);
        await SendAsync(store);
        Assert.Equal([1], commits);
        Assert.Equal(default, await store.History.SweepAsync(Now, 100));
        Assert.Equal([1], commits); // There was nothing left for the sweep to write.
        Note(store);
        await store.History.SweepAsync(Now, 100);
        Assert.Equal([1, 1], commits);
        Assert.Equal(1_001, (await ReadAsync(store)).Count);
    }

    [Fact]
    public async Task Entries_of_a_failed_commit_are_kept_for_the_next_one()
    {
        SqliteGatewayStore store = await OpenAsync();
        Note(store);
        store.Writer.BeforeCommit = static _ => throw new IOException("The disk is full.");
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.History.SweepAsync(Now, 100));
        Note(store);
        Assert.Equal([2, 1], (await ReadAsync(store)).Select(r => r.Place));
        store.Writer.BeforeCommit = null;
        await store.DisposeAsync();
        store = await OpenAsync();
        Assert.Equal([2, 1], (await ReadAsync(store)).Select(r => r.Place));
    }

    [Fact]
    public async Task What_does_not_find_room_in_memory_is_dropped()
    {
        await using SqliteGatewayStore store = await OpenAsync(Options with { History = new HistoryLimits { MaxWaiting = 10 } });
        for (int i = 0; i < 15; i++)
            Note(store, $"truck-{i}");
        Assert.Single(await ReadAsync(store, "truck-9"));
        Assert.Empty(await ReadAsync(store, "truck-10"));
        await store.History.SweepAsync(Now, 100);
        Note(store, "truck-10");
        Assert.Equal(11, Assert.Single(await ReadAsync(store, "truck-10")).Place);
    }

    [Fact]
    public async Task Two_that_flood_leave_room_for_the_others()
    {
        await using SqliteGatewayStore store = await OpenAsync(Options with { History = new HistoryLimits { MaxWaiting = 160 } });
        for (int i = 0; i < 1_000; i++)
            Note(store, i % 2 == 0 ? "one" : "two");
        Assert.Equal((40, 40), ((await ReadAsync(store, "one")).Count, (await ReadAsync(store, "two")).Count));
        for (int i = 0; i < 20; i++)
            Note(store, "quiet");
        Assert.Equal(10, (await ReadAsync(store, "quiet")).Count);
        Note(store, "another");
        Assert.Single(await ReadAsync(store, "another"));
        await store.History.SweepAsync(Now, 100);
        for (int i = 0; i < 1_000; i++)
            Note(store, "one");
        Assert.Equal(40 + 80, (await ReadAsync(store, "one")).Count);
    }

    [Fact]
    public async Task Readers_miss_and_double_nothing_while_it_is_written()
    {
        await using SqliteGatewayStore store = await OpenAsync();
        int noted = 0;
        Task writing = Task.Run(async () =>
        {
            for (int round = 0; round < 200; round++)
            {
                Note(store);
                Interlocked.Increment(ref noted);
                await store.History.SweepAsync(Now, 100);
            }
        });
        while (!writing.IsCompleted)
        {
            int least = Volatile.Read(ref noted);
            List<long> places = [.. (await ReadAsync(store)).Select(r => r.Place)];
            Assert.True(places.Count >= least);
            Assert.Equal(Enumerable.Range(1, places.Count).Select(i => (long)i).Reverse(), places);
        }

        await writing;
    }

    private static void Note(SqliteGatewayStore store, string? device = null) => store.History.Note(
        new HistoryEntry { Device = device is null ? s_device : DeviceId.Parse(device), AtMs = Now, Event = HistoryEvent.Lapsed });

    private static async Task<IReadOnlyList<HistoryRecord>> ReadAsync(SqliteGatewayStore store, string? device = null) =>
        await store.History.ReadAsync(device is null ? s_device : DeviceId.Parse(device), long.MaxValue, 10_000);
}
