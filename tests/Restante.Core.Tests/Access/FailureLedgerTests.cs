using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Tests.Support;

namespace Restante.Core.Tests.Access;

public class FailureLedgerTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_name_is_blocked_for_a_source_after_so_many_failures_and_only_there()
    {
        FailureLedger ledger = Ledger(3, 1_000);
        for (int i = 0; i < 3; i++)
        {
            Assert.False(IsBlocked(ledger, "a", "truck"));
            ledger.Record("a", "truck");
        }

        Assert.True(IsBlocked(ledger, "a", "truck"));
        Assert.True(IsBlocked(ledger, "a", "policy/truck"));
        Assert.False(IsBlocked(ledger, "b", "truck"));
        Assert.False(IsBlocked(ledger, "a", "turbine"));
        Assert.False(IsBlocked(ledger, "a", null));
    }

    [Fact]
    public void A_source_that_changes_names_is_blocked_in_all_after_so_many_more()
    {
        FailureLedger ledger = Ledger(3, 10);
        for (int i = 0; i < 10; i++)
        {
            Assert.False(IsBlocked(ledger, "a", "turbine"));
            ledger.Record("a", $"truck-{i}");
        }

        Assert.True(IsBlocked(ledger, "a", "turbine"));
        Assert.False(IsBlocked(ledger, "b", "turbine"));
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.2", false)]
    public void A_network_of_64_bits_is_one_source(string one, string two, bool same)
    {
        FailureLedger ledger = Ledger(1, 1);
        ledger.Record(one, "truck");
        Assert.Equal(same, IsBlocked(ledger, two, "truck"));
        Assert.Equal(same, IsBlocked(ledger, two, "turbine"));
    }

    [Fact]
    public void A_name_waits_twice_as_long_after_each_failure_up_to_the_longest_wait()
    {
        FailureLedger ledger = Ledger(3, 1_000);
        ledger.Record("a", "truck");
        ledger.Record("a", "truck");
        Assert.Equal(0, ledger.Begin("a", "truck"));
        foreach (long wait in (long[])[1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
        {
            ledger.Record("a", "truck");
            Assert.Equal(wait, ledger.Begin("a", "truck"));
            _time.Advance(wait - 1);
            Assert.Equal(1, ledger.Begin("a", "truck"));
            _time.Advance(1);
            Assert.Equal(0, ledger.Begin("a", "truck"));
        }
    }

    [Fact]
    public void Who_tries_within_the_wait_does_not_prolong_it_and_at_its_end_one_is_let_in_at_a_time()
    {
        FailureLedger ledger = Ledger(1, 1_000);
        ledger.Record("a", "truck");
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(1_000 - (100 * i), ledger.Begin("a", "truck"));
            _time.Advance(100);
        }

        Assert.Equal(0, ledger.Begin("a", "policy/truck", isFollowed: true));
        Assert.Equal(0, ledger.Begin("a", "truck"));
        Assert.Equal(1_000, ledger.Begin("a", "truck"));
        ledger.Record("a", "truck");
        Assert.Equal(2_000, ledger.Begin("a", "truck"));
    }

    [Fact]
    public void A_success_ends_the_wait_of_its_name_only()
    {
        FailureLedger ledger = Ledger(1, 1_000);
        ledger.Record("a", "truck");
        ledger.Record("a", "turbine");
        ledger.Record("b", "truck");
        ledger.Forgive("a", "truck");
        Assert.Equal(0, ledger.Begin("a", "truck"));
        Assert.Equal(0, ledger.Begin("a", "truck"));
        Assert.Equal(1_000, ledger.Begin("a", "turbine"));
        Assert.Equal(1_000, ledger.Begin("b", "truck"));
        ledger.Record("a", "truck");
        Assert.Equal(1_000, ledger.Begin("a", "truck"));
    }

    [Fact]
    public void Quiet_time_after_the_wait_makes_failures_forgotten()
    {
        FailureLedger ledger = Ledger(2, 1_000);
        ledger.Record("a", "truck");
        ledger.Record("a", "truck");
        _time.Advance(1_000 + FailureLedger.QuietMs - 1);
        Assert.Equal(0, ledger.Begin("a", "truck", isFollowed: true));
        ledger.Record("a", "truck");
        Assert.Equal(2_000, ledger.Begin("a", "truck"));
        _time.Advance(2_000 + FailureLedger.QuietMs);
        ledger.Record("a", "truck");
        Assert.Equal((0, 1), (ledger.Begin("a", "truck"), ledger.Names));
        _time.Advance(FailureLedger.QuietMs + 60_000);
        ledger.Record("b", "turbine");
        Assert.Equal(1, ledger.Names);
    }

    [Fact]
    public void A_source_waits_for_the_next_minute_and_begins_at_nought()
    {
        FailureLedger ledger = Ledger(0, 1);
        _time.Advance(10_000);
        ledger.Record("a", "truck");
        Assert.Equal(50_000, ledger.Begin("a", "turbine"));
        _time.Advance(49_999);
        Assert.Equal(1, ledger.Begin("a", "turbine"));
        _time.Advance(1);
        Assert.Equal((0, 0), (ledger.Begin("a", "turbine"), ledger.Sources));
    }

    [Fact]
    public void Steps_of_the_clock_neither_end_a_wait_nor_prolong_it()
    {
        FailureLedger ledger = Ledger(1, 1_000);
        ledger.Record("a", "truck");
        _time.Step(-3_600_000);
        Assert.Equal(1_000, ledger.Begin("a", "truck"));
        _time.Step(7_200_000);
        Assert.Equal(1_000, ledger.Begin("a", "truck"));
    }

    [Fact]
    public void Nought_switches_it_off_and_no_source_is_not_counted()
    {
        FailureLedger off = Ledger(0, 0);
        off.Record("a", "truck");
        Assert.False(IsBlocked(off, "a", "truck"));
        FailureLedger ledger = Ledger(1, 1_000);
        ledger.Record(null, "truck");
        Assert.False(IsBlocked(ledger, null, "truck"));
        Assert.Equal(0, ledger.Sources);
    }

    [Fact]
    public void Too_many_sources_are_counted_together_and_blocked_together()
    {
        FailureLedger ledger = Ledger(0, 2);
        for (int i = 0; i < FailureLedger.MaxEntries; i++)
            ledger.Record($"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}", "truck");
        Assert.Equal(FailureLedger.MaxEntries, ledger.Sources);
        ledger.Record("192.0.2.1", "truck");
        Assert.False(IsBlocked(ledger, "192.0.2.2", "truck"));
        ledger.Record("192.0.2.2", "truck");
        Assert.True(IsBlocked(ledger, "192.0.2.3", "truck"));
        Assert.False(IsBlocked(ledger, "10.0.0.1", "truck"));
        ledger.Record("10.0.0.1", "truck");
        Assert.True(IsBlocked(ledger, "10.0.0.1", "truck"));
        for (int i = 0; i < 1_000; i++)
            ledger.Record($"198.51.100.{i}", "truck");
        Assert.Equal(FailureLedger.MaxEntries + 1, ledger.Sources);
    }

    [Fact]
    public void Too_many_names_are_counted_by_their_source_only_and_lock_nobody_out()
    {
        FailureLedger ledger = Ledger(1, 1_000_000);
        for (int i = 0; i < FailureLedger.MaxEntries + 10; i++)
            ledger.Record("192.0.2.1", $"truck-{i}");
        ledger.Record("192.0.2.1", new string('x', 5_000));
        Assert.Equal(FailureLedger.MaxEntries, ledger.Names);
        Assert.True(IsBlocked(ledger, "192.0.2.1", "truck-1"));
        Assert.False(IsBlocked(ledger, "192.0.2.1", "turbine"));
        Assert.False(IsBlocked(ledger, "192.0.2.1", $"truck-{FailureLedger.MaxEntries + 1}"));
    }

    // Asks without beginning an attempt.
    private static bool IsBlocked(FailureLedger ledger, string? address, string? name) => ledger.Begin(address, name, isFollowed: true) > 0;

    private FailureLedger Ledger(int perName, int perSource) => new(
        new GatewayLimits { MaxAuthenticationFailuresPerMinute = perName, MaxAuthenticationFailuresPerSourcePerMinute = perSource }, _time);
}
