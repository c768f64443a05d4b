using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Sessions;

namespace Restante.Core.Tests.History;

public sealed class RefusalTallyTests
{
    private static readonly DeviceId s_truck = DeviceId.Parse("truck-17");
    private static readonly ConnectionName s_from = new("amqp", 5, "10.2.3.4");

    private readonly RefusalTally _tally = new();

    [Fact]
    public void The_first_refusal_is_noted_at_once_and_the_others_of_its_minute_together()
    {
        HistoryEntry first = Assert.NotNull(Add(1_000));
        Assert.Equal((1_000L, 1_000L, 1, "wrong", s_from), (first.AtMs, first.RelatedAtMs, first.Count, first.Detail, first.Connection));
        Assert.Equal((HistoryEvent.Refused, s_truck), (first.Event, first.Device));
        for (int i = 1; i <= 13; i++)
            Assert.Null(Add(1_000 + (i * 100)));
        Assert.Empty(_tally.TakeDue(60_999));
        HistoryEntry others = Assert.Single(_tally.TakeDue(61_000));
        Assert.Equal((2_300L, 1_100L, 13), (others.AtMs, others.RelatedAtMs, others.Count));
        Assert.Empty(_tally.TakeDue(61_000));
    }

    [Fact]
    public void Whoever_knocks_without_end_makes_ever_fewer_entries()
    {
        int entries = 0;
        int counted = 0;
        for (long now = 0; now < 24 * 3_600_000; now += 10_000)
        {
            foreach (HistoryEntry entry in Add(now) is HistoryEntry noted ? [noted, .. _tally.TakeDue(now)] : _tally.TakeDue(now))
            {
                entries++;
                counted += entry.Count;
            }
        }

        counted += Assert.Single(_tally.Take(s_truck)).Count;
        Assert.Equal(24 * 360, counted);
        Assert.InRange(entries, 24, 32);
    }

    [Fact]
    public void A_device_that_is_left_alone_is_forgotten_and_begins_anew()
    {
        Add(0);
        Assert.Empty(_tally.TakeDue(60_000));
        Assert.Equal(0, _tally.Counted);
        Assert.NotNull(Add(60_001));
    }

    [Fact]
    public void Causes_are_counted_apart()
    {
        Assert.NotNull(Add(0));
        Assert.NotNull(_tally.Add(s_truck, s_from, "disabled", 1));
        Add(2);
        _tally.Add(s_truck, s_from, "disabled", 3);
        _tally.Add(s_truck, s_from, "disabled", 4);
        Assert.Equal([("wrong", 1), ("disabled", 2)], _tally.Take(s_truck).Select(e => (e.Detail!, e.Count)));
        Assert.Empty(_tally.Take(s_truck));
        Assert.True(_tally.Counts(s_truck, "wrong"));
        Assert.False(_tally.Counts(DeviceId.Parse("other"), "wrong"));
    }

    [Fact]
    public void Only_so_many_are_counted_at_a_time()
    {
        for (int i = 0; i < RefusalTally.MaxCounted; i++)
            Assert.NotNull(_tally.Add(DeviceId.Parse($"d{i}"), s_from, "wrong", 0));
        Assert.Null(Add(1));
        Assert.Equal(RefusalTally.MaxCounted, _tally.Counted);
        Assert.Empty(_tally.Take(s_truck));
        _tally.TakeDue(60_000);
        Assert.NotNull(Add(60_000));
    }

    private HistoryEntry? Add(long nowMs) => _tally.Add(s_truck, s_from, "wrong", nowMs);
}
