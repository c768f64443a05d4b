using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Mailboxes;
using Restante.Core.Sessions;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>What every history does.</summary>
public abstract class HistoryStoreConformance : StoreConformance
{
    private static readonly DeviceId s_truck = DeviceId.Parse("truck-17");

    /// <summary>Limits that the tests reach.</summary>
    protected static HistoryLimits SmallHistory { get; } = new() { MaxEntries = 20, RetentionMs = 10_000, MaxWaiting = 1_000 };

    private IHistoryStore History => Store.History;

    [Fact]
    public async Task An_entry_is_read_back_whole_before_and_after_it_is_written()
    {
        HistoryEntry[] entries =
        [
            new()
            {
                Device = s_truck,
                AtMs = Now,
                Event = HistoryEvent.HandedOut,
                Sequence = new Sequence(42),
                Count = 3,
                RelatedAtMs = Now + 60_000,
                Connection = new ConnectionName("amqp", 118, "10.2.3.4"),
                Detail = "‘door’ blocked",
            },
            new() { Device = s_truck, AtMs = Now + 1, Event = HistoryEvent.Disconnected },
            new() { Device = s_truck, AtMs = Now + 2, Event = HistoryEvent.Connected, Connection = new ConnectionName("https", 0, null) },
        ];
        foreach (HistoryEntry entry in entries)
            History.Note(entry);
        Assert.Equal(entries.Reverse(), await EntriesAsync());
        Assert.Equal(default, await History.SweepAsync(Now, 100));
        Assert.Equal(entries.Reverse(), await EntriesAsync());
        if (!CanRestart)
            return;
        await RestartAsync();
        Assert.Equal(entries.Reverse(), await EntriesAsync());
    }

    [Fact]
    public async Task A_device_has_a_history_of_its_own_and_goes_on_with_it_after_a_restart()
    {
        Note("a", 1);
        Note("b", 2);
        Note("a", 3);
        await History.SweepAsync(Now, 100);
        Note("b", 4);
        Note("a", 5);
        Assert.Equal([5, 3, 1], await CountsAsync("a"));
        Assert.Equal([4, 2], await CountsAsync("b"));
        Assert.Empty(await CountsAsync("c"));
        if (!CanRestart)
            return;
        await RestartAsync();
        Note("a", 6);
        Assert.Equal([6, 5, 3, 1], await CountsAsync("a"));
        Assert.Equal([4, 2], await CountsAsync("b"));
    }

    [Fact]
    public async Task Pages_are_newest_first_and_go_on_where_the_one_before_ended()
    {
        for (int i = 1; i <= 12; i++)
        {
            Note("a", i);
            Note("b", -i);
            if (i == 8)
                await History.SweepAsync(Now, 100);
        }

        var counts = new List<int>();
        long before = long.MaxValue;
        for (int page = 0; page < 4; page++)
        {
            IReadOnlyList<HistoryRecord> read = await History.ReadAsync(DeviceId.Parse("a"), before, 5);
            counts.AddRange(read.Select(r => r.Entry.Count));
            Assert.Equal(page switch { 0 or 1 => 5, 2 => 2, _ => 0 }, read.Count);
            before = read.Count > 0 ? read[^1].Place : before;
        }

        Assert.Equal(Enumerable.Range(1, 12).Reverse(), counts);
        IReadOnlyList<HistoryRecord> all = await History.ReadAsync(DeviceId.Parse("a"), long.MaxValue, 100);
        long foreign = all[6].Place + 1; // An entry of the other device.
        Assert.Equal([6, 5, 4, 3, 2, 1], (await History.ReadAsync(DeviceId.Parse("a"), foreign, 100)).Select(r => r.Entry.Count));
    }

    [Fact]
    public async Task The_oldest_go_when_there_are_too_many()
    {
        Note("gone", 1);
        for (int i = 1; i <= 30; i++)
            Note("a", i);
        Assert.Equal(new HistorySweep(4, true), await History.SweepAsync(Now, 4));
        Assert.Equal(new HistorySweep(4, true), await History.SweepAsync(Now, 4));
        Assert.Equal(new HistorySweep(3, false), await History.SweepAsync(Now, 4));
        Assert.Equal(default, await History.SweepAsync(Now, 4));
        Assert.Equal(Enumerable.Range(11, 20).Reverse(), await CountsAsync("a"));
        Assert.Empty(await CountsAsync("gone"));
        Note("gone", 2);
        Assert.Equal([2], await CountsAsync("gone"));
    }

    [Fact]
    public async Task Entries_go_when_their_time_is_over()
    {
        Note("a", 1);
        Now += 4_000;
        Note("a", 2);
        Note("b", 3);
        await History.SweepAsync(Now, 100);
        Assert.Equal(0, (await History.SweepAsync(Now + 5_999, 100)).Dropped);
        Assert.Equal(1, (await History.SweepAsync(Now + 6_000, 100)).Dropped);
        Assert.Equal([2], await CountsAsync("a"));
        Assert.Equal(2, (await History.SweepAsync(Now + 10_000, 100)).Dropped);
        Assert.Empty(await CountsAsync("a"));
        if (CanRestart)
            await RestartAsync();
        Note("b", 4);
        Assert.Equal([4], await CountsAsync("b"));
    }

    [Fact]
    public async Task A_long_detail_is_cut()
    {
        History.Note(new HistoryEntry { Device = s_truck, AtMs = Now, Event = HistoryEvent.Released, Detail = new string('x', 10_000) });
        Assert.Equal(new string('x', HistoryEntry.MaxDetailLength), Assert.Single(await EntriesAsync()).Detail);
    }

    private void Note(string device, int count) =>
        History.Note(new HistoryEntry { Device = DeviceId.Parse(device), AtMs = Now, Event = HistoryEvent.Lapsed, Count = count });

    private async Task<IEnumerable<HistoryEntry>> EntriesAsync() =>
        (await History.ReadAsync(s_truck, long.MaxValue, 100)).Select(r => r.Entry);

    private async Task<IEnumerable<int>> CountsAsync(string device) =>
        (await History.ReadAsync(DeviceId.Parse(device), long.MaxValue, 100)).Select(r => r.Entry.Count);
}
