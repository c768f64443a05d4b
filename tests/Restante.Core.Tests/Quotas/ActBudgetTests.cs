using System.Diagnostics.Metrics;
using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Quotas;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;

namespace Restante.Core.Tests.Quotas;

public sealed class ActBudgetTests : IAsyncDisposable
{
    private const int PerDay = 8;
    private const long DayMs = 24 * 3600 * 1000;

    private readonly TestGateway _test = new(new GatewayLimits { MaxActsPerDayPerScopedPolicy = PerDay });
    private readonly ServicePrincipal _oslo = Of("oslo");

    private ActBudget Acts => _test.Gateway.Acts;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public void A_policy_with_a_scope_does_a_days_acts_at_once_and_then_as_they_come_in_and_others_do_not_notice()
    {
        Assert.Equal(PerDay, Exhaust(_oslo));
        Assert.Equal(PerDay, Exhaust(Of("bergen")));
        Refusal refusal = Acts.Take(_oslo)!;
        Assert.Equal((RefusalKind.Throttled, DayMs / PerDay), (refusal.Kind, refusal.RetryAfterMs));
        Assert.Equal(
            "The policy 'oslo' has done more than its quota of 8 acts in a day. Come back in 10800000 ms.", refusal.Message);
        _test.Time.Advance((DayMs / PerDay) - 1);
        Assert.NotNull(Acts.Take(_oslo));
        _test.Time.Advance(1);
        Assert.Equal(1, Exhaust(_oslo));
        _test.Time.Advance(10 * DayMs);
        Assert.Equal(PerDay, Exhaust(_oslo));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(99_999)]
    public async Task A_day_has_as_many_as_are_said_whatever_the_number(int perDay)
    {
        await using var test = new TestGateway(new GatewayLimits { MaxActsPerDayPerScopedPolicy = perDay });
        Assert.Equal(perDay, test.Gateway.Acts.TakeUpTo(_oslo, int.MaxValue));
        test.Time.Advance(test.Gateway.Acts.Take(_oslo)!.RetryAfterMs!.Value);
        Assert.Null(test.Gateway.Acts.Take(_oslo));
    }

    [Fact]
    public async Task Without_a_scope_there_is_no_bound_and_0_switches_it_off()
    {
        var boss = new ServicePrincipal("boss", Rights.Admin, CredentialSlot.Primary, long.MaxValue);
        Assert.Equal(1_000, Enumerable.Range(0, 1_000).Count(_ => Acts.Take(boss) is null));
        await using var off = new TestGateway(new GatewayLimits { MaxActsPerDayPerScopedPolicy = 0 });
        Assert.Equal(1_000, Enumerable.Range(0, 1_000).Count(_ => off.Gateway.Acts.Take(_oslo) is null));
        Assert.Equal((0, 0), (Acts.Accounts, off.Gateway.Acts.Accounts));
    }

    [Fact]
    public void Who_has_done_nothing_for_a_day_is_forgotten_and_not_before()
    {
        Exhaust(_oslo);
        _test.Time.Advance(DayMs - 1);
        Acts.Sweep();
        Assert.Equal(1, Acts.Accounts);
        _test.Time.Advance(1);
        Acts.Sweep();
        Assert.Equal(0, Acts.Accounts);
    }

    [Fact]
    public async Task Each_device_that_an_import_creates_or_changes_is_an_act_and_what_is_beyond_is_not_done()
    {
        using var refused = new MeterListener();
        long count = 0;
        refused.InstrumentPublished = (instrument, listener) =>
        {
            if (_test.Gateway.Metrics.Owns(instrument) && instrument.Name == "restante.quota.refused")
                listener.EnableMeasurementEvents(instrument);
        };
        refused.SetMeasurementEventCallback<long>((_, value, tags, _) =>
            count += tags[0].Value is "policy-acts" ? value : 0);
        refused.Start();

        ReachedDevices devices = _test.Gateway.Devices.For(_oslo);
        ImportedDevice[] lines = [.. Enumerable.Range(0, 5).Select(i => Line($"d{i}", "1"))];
        Assert.All(await devices.ImportAsync(lines, update: true), static r => Assert.Equal(DeviceLineStatus.Created, r.Status));

        // What is as it was, or is refused for another reason, takes nothing.
        Assert.All(await devices.ImportAsync(lines[..3], update: true), static r => Assert.Equal(DeviceLineStatus.Unchanged, r.Status));
        Assert.All(
            await devices.ImportAsync([new ImportedDevice("a/b"), new ImportedDevice("e")], update: true), static r => Assert.NotNull(r.Refusal));
        ImportResult[] toggled = await devices.ImportAsync([.. lines.Select(l => Line(l.Id, "2"))], update: true);
        Assert.Equal(3, toggled.Count(static r => r.Status == DeviceLineStatus.Changed));
        Assert.All(toggled[3..], static r => Assert.Equal((null, RefusalKind.Throttled), (r.Status, r.Refusal!.Kind)));
        Assert.Contains("Come back in 10800000 ms", toggled[4].Refusal!.Message, StringComparison.Ordinal);
        Assert.Equal(2, count);
        Assert.Contains("\"n\":1", (await _test.Gateway.Devices.FindAsync("d4")).Value!.Tags, StringComparison.Ordinal);
        Assert.NotNull(Acts.Take(_oslo));
    }

    private static ServicePrincipal Of(string name) => new(name, Rights.RegistryWrite, CredentialSlot.Primary, long.MaxValue)
    {
        Scope = PolicyScope.Create("id like 'd%'").Value,
    };

    private static ImportedDevice Line(string id, string number) => new(id) { Tags = $$"""{"n":{{number}}}""" };

    private int Exhaust(ServicePrincipal by)
    {
        int done = 0;
        while (Acts.Take(by) is null)
            done++;
        return done;
    }
}
