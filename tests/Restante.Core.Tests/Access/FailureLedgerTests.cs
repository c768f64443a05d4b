using Restante.Core.Access;
using Restante.Core.Tests.Support;

namespace Restante.Core.Tests.Access;

public class FailureLedgerTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_name_is_blocked_for_a_source_after_so_many_failures_and_only_there()
    {
        var ledger = new FailureLedger(3, 1_000, _time);
        for (int i = 0; i < 3; i++)
        {
            Assert.False(ledger.IsBlocked("a", "truck"));
            ledger.Record("a", "truck");
        }

        Assert.True(ledger.IsBlocked("a", "truck"));
        Assert.True(ledger.IsBlocked("a", "policy/truck"));
        Assert.False(ledger.IsBlocked("b", "truck"));
        Assert.False(ledger.IsBlocked("a", "turbine"));
        Assert.False(ledger.IsBlocked("a", null));
    }

    [Fact]
    public void A_source_that_changes_names_is_blocked_in_all_after_so_many_more()
    {
        var ledger = new FailureLedger(3, 10, _time);
        for (int i = 0; i < 10; i++)
        {
            Assert.False(ledger.IsBlocked("a", "turbine"));
            ledger.Record("a", $"truck-{i}");
        }

        Assert.True(ledger.IsBlocked("a", "turbine"));
        Assert.False(ledger.IsBlocked("b", "turbine"));
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.2", false)]
    public void A_network_of_64_bits_is_one_source(string one, string two, bool same)
    {
        var ledger = new FailureLedger(1, 1, _time);
        ledger.Record(one, "truck");
        Assert.Equal(same, ledger.IsBlocked(two, "truck"));
        Assert.Equal(same, ledger.IsBlocked(two, "turbine"));
    }

    [Fact]
    public void A_new_minute_begins_at_nought()
    {
        var ledger = new FailureLedger(1, 1_000, _time);
        ledger.Record("a", "truck");
        Assert.True(ledger.IsBlocked("a", "truck"));
        _time.Advance(59_999);
        Assert.True(ledger.IsBlocked("a", "truck"));
        _time.Advance(1);
        Assert.False(ledger.IsBlocked("a", "truck"));
        Assert.Equal(0, ledger.Sources);
    }

    [Fact]
    public void A_clock_that_is_set_back_blocks_nobody_for_long()
    {
        var ledger = new FailureLedger(1, 1_000, _time);
        ledger.Record("a", "truck");
        _time.Step(-3_600_000);
        Assert.False(ledger.IsBlocked("a", "truck"));
    }

    [Fact]
    public void Nought_switches_it_off_and_no_source_is_not_counted()
    {
        var off = new FailureLedger(0, 0, _time);
        off.Record("a", "truck");
        Assert.False(off.IsBlocked("a", "truck"));
        var ledger = new FailureLedger(1, 1_000, _time);
        ledger.Record(null, "truck");
        Assert.False(ledger.IsBlocked(null, "truck"));
        Assert.Equal(0, ledger.Sources);
    }

    [Fact]
    public void Too_many_sources_are_counted_together_and_blocked_together()
    {
        var ledger = new FailureLedger(0, 2, _time);
        for (int i = 0; i < FailureLedger.MaxEntries; i++)
            ledger.Record($"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}", "truck");
        Assert.Equal(FailureLedger.MaxEntries, ledger.Sources);
        ledger.Record("192.0.2.1", "truck");
        Assert.False(ledger.IsBlocked("192.0.2.2", "truck"));
        ledger.Record("192.0.2.2", "truck");
        Assert.True(ledger.IsBlocked("192.0.2.3", "truck"));
        Assert.False(ledger.IsBlocked("10.0.0.1", "truck"));
        ledger.Record("10.0.0.1", "truck");
        Assert.True(ledger.IsBlocked("10.0.0.1", "truck"));
        for (int i = 0; i < 1_000; i++)
            ledger.Record($"198.51.100.{i}", "truck");
        Assert.Equal(FailureLedger.MaxEntries + 1, ledger.Sources);
    }

    [Fact]
    public void Too_many_names_are_counted_by_their_source_only_and_lock_nobody_out()
    {
        var ledger = new FailureLedger(1, 1_000_000, _time);
        for (int i = 0; i < FailureLedger.MaxEntries + 10; i++)
            ledger.Record("192.0.2.1", $"truck-{i}");
        ledger.Record("192.0.2.1", new string('x', 5_000));
        Assert.Equal(FailureLedger.MaxEntries, ledger.Names);
        Assert.True(ledger.IsBlocked("192.0.2.1", "truck-1"));
        Assert.False(ledger.IsBlocked("192.0.2.1", "turbine"));
        Assert.False(ledger.IsBlocked("192.0.2.1", $"truck-{FailureLedger.MaxEntries + 1}"));
    }
}
