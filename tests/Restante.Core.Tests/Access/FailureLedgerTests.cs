using Restante.Core.Access;
using Restante.Core.Tests.Support;

namespace Restante.Core.Tests.Access;

public class FailureLedgerTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_source_is_blocked_after_so_many_failures_and_only_this_source()
    {
        var ledger = new FailureLedger(3, _time);
        for (int i = 0; i < 3; i++)
        {
            Assert.False(ledger.IsBlocked("a"));
            ledger.Record("a");
        }

        Assert.True(ledger.IsBlocked("a"));
        Assert.False(ledger.IsBlocked("b"));
    }

    [Fact]
    public void A_new_minute_begins_at_nought()
    {
        var ledger = new FailureLedger(1, _time);
        ledger.Record("a");
        Assert.True(ledger.IsBlocked("a"));
        _time.Advance(59_999);
        Assert.True(ledger.IsBlocked("a"));
        _time.Advance(1);
        Assert.False(ledger.IsBlocked("a"));
        Assert.Equal(0, ledger.Sources);
    }

    [Fact]
    public void A_clock_that_is_set_back_blocks_nobody_for_long()
    {
        var ledger = new FailureLedger(1, _time);
        ledger.Record("a");
        _time.Step(-3_600_000);
        Assert.False(ledger.IsBlocked("a"));
    }

    [Fact]
    public void Nought_switches_it_off_and_no_source_is_not_counted()
    {
        var off = new FailureLedger(0, _time);
        off.Record("a");
        Assert.False(off.IsBlocked("a"));
        var ledger = new FailureLedger(1, _time);
        ledger.Record(null);
        Assert.False(ledger.IsBlocked(null));
        Assert.Equal(0, ledger.Sources);
    }

    [Fact]
    public void Too_many_sources_are_counted_together_and_blocked_together()
    {
        var ledger = new FailureLedger(2, _time);
        for (int i = 0; i < FailureLedger.MaxSources; i++)
            ledger.Record($"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}");
        Assert.Equal(FailureLedger.MaxSources, ledger.Sources);
        ledger.Record("192.0.2.1");
        Assert.False(ledger.IsBlocked("192.0.2.2"));
        ledger.Record("192.0.2.2");
        Assert.True(ledger.IsBlocked("192.0.2.3"));
        Assert.False(ledger.IsBlocked("10.0.0.1"));
        ledger.Record("10.0.0.1");
        Assert.True(ledger.IsBlocked("10.0.0.1"));
        for (int i = 0; i < 1_000; i++)
            ledger.Record($"198.51.100.{i}");
        Assert.Equal(FailureLedger.MaxSources + 1, ledger.Sources);
    }
}
