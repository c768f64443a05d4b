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
            Note(store);
        Assert.Equal(10, (await ReadAsync(store)).Count);
        await store.History.SweepAsync(Now, 100);
        Note(store);
        Assert.Equal([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1], (await ReadAsync(store)).Select(r => r.Place));
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

    private static void Note(SqliteGatewayStore store) =>
        store.History.Note(new HistoryEntry { Device = s_device, AtMs = Now, Event = HistoryEvent.Lapsed });

    private static async Task<IReadOnlyList<HistoryRecord>> ReadAsync(SqliteGatewayStore store) =>
        await store.History.ReadAsync(s_device, long.MaxValue, 10_000);
}
