using System.Diagnostics.Metrics;
using Restante.Core.Access;
using Restante.Core.Inquiries;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Quotas;

public sealed class SendingQuotasTests : IAsyncDisposable
{
    private readonly TestGateway _test = new(new GatewayLimits
    {
        MaxMessagesPerSecondPerDevice = 10,
        MaxBytesPerSecondPerDevice = 100_000,
        MaxMessagesPerSecondPerPolicy = 5,
        QuotaBurstMs = 2_000,
    });

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_device_sends_its_burst_and_then_its_rate_and_a_neighbour_does_not_notice()
    {
        DevicePrincipal truck = await _test.DeviceAsync("truck");
        DevicePrincipal turbine = await _test.DeviceAsync("turbine");
        Assert.Equal(20, await FloodAsync(truck));
        Assert.Equal(20, await FloodAsync(turbine));
        for (int i = 0; i < 5; i++)
        {
            _test.Time.Advance(1_000);
            Assert.Equal(10, await FloodAsync(truck));
        }

        _test.Time.Advance(60_000);
        Assert.Equal(20, await FloodAsync(truck));
    }

    [Fact]
    public async Task The_refusal_says_which_quota_its_rate_and_when_to_come_back_and_that_is_true()
    {
        DevicePrincipal truck = await _test.DeviceAsync("truck");
        await FloodAsync(truck);
        Refusal refusal = (await _test.Gateway.Telemetry.PublishAsync(truck, null, Content("x"))).Refusal!;
        Assert.Equal((RefusalKind.Throttled, 100L), (refusal.Kind, refusal.RetryAfterMs));
        Assert.Contains("10 messages in a second", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("100 ms", refusal.Message, StringComparison.Ordinal);
        _test.Time.Advance(99);
        Refused(RefusalKind.Throttled, await _test.Gateway.Telemetry.PublishAsync(truck, null, Content("x")));
        _test.Time.Advance(1);
        Ok(await _test.Gateway.Telemetry.PublishAsync(truck, null, Content("x")));
    }

    [Fact]
    public async Task Bytes_count_as_well_and_what_is_larger_than_the_rest_is_owed()
    {
        DevicePrincipal truck = await _test.DeviceAsync("truck");
        var large = new byte[150_000];
        Ok(await _test.Gateway.Telemetry.PublishAsync(truck, null, large));
        Ok(await _test.Gateway.Telemetry.PublishAsync(truck, null, large));
        Refusal refusal = (await _test.Gateway.Telemetry.PublishAsync(truck, null, Content("x"))).Refusal!;
        Assert.Contains("100000 bytes in a second", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1_001, refusal.RetryAfterMs);
        _test.Time.Advance(1_001);
        Ok(await _test.Gateway.Telemetry.PublishAsync(truck, null, Content("x")));
    }

    [Fact]
    public async Task Everything_a_device_sends_counts_and_a_batch_as_its_messages()
    {
        DevicePrincipal truck = await _test.DeviceAsync("truck");
        Sequence command = await _test.SendAsync("truck", "x");
        Ok(await _test.Gateway.Telemetry.PublishAsync(truck, null, [.. Enumerable.Repeat<ReadOnlyMemory<byte>>(Content("x"), 17)]));
        Ok(await _test.Gateway.Reports.ReportAsync(truck, command, Content("x"), isFinal: false));
        Ok(await _test.Gateway.Inquiries.AskAsync(truck, "where", "one", Content("x"), null, onlyIfHandled: false));
        Ok(await _test.Gateway.States.PatchReportedAsync(truck, "{}"u8.ToArray()));
        Refused(RefusalKind.Throttled, await _test.Gateway.Telemetry.PublishAsync(truck, null, Content("x")));
        Refused(RefusalKind.Throttled, await _test.Gateway.Telemetry.PublishAsync(truck, null, [Content("x")]));
        Refused(RefusalKind.Throttled, await _test.Gateway.Reports.ReportAsync(truck, command, Content("x"), isFinal: true));
        Refused(
            RefusalKind.Throttled, await _test.Gateway.Inquiries.AskAsync(truck, "where", "two", Content("x"), null, onlyIfHandled: false));
        Refused(RefusalKind.Throttled, await _test.Gateway.States.PatchReportedAsync(truck, "{}"u8.ToArray()));
        Refused(RefusalKind.Throttled, await _test.Gateway.States.PutReportedAsync(truck, "{}"u8.ToArray()));
    }

    [Fact]
    public async Task What_services_send_counts_by_policy()
    {
        DevicePrincipal truck = await _test.DeviceAsync("truck");
        AskedInquiry asked = Ok(await _test.Gateway.Inquiries.AskAsync(truck, "where", "one", Content("x"), null, onlyIfHandled: false));
        for (int i = 0; i < 10; i++)
            Ok(await _test.Gateway.Mailboxes.SendCommandAsync(_test.Service, "truck", Content("x")));
        Refusal refusal = (await _test.Gateway.Mailboxes.SendCommandAsync(_test.Service, "truck", Content("x"))).Refusal!;
        Assert.Equal((RefusalKind.Throttled, 200L), (refusal.Kind, refusal.RetryAfterMs));
        Refused(
            RefusalKind.Throttled,
            await _test.Gateway.Inquiries.AnswerAsync(_test.Service, asked.Inquiry.Number, Content("x"), isFinal: true));
        Refused(RefusalKind.Throttled, await _test.Gateway.Notifications.NotifyAsync(_test.Service, "true", Content("x")));
        var other = new ServicePrincipal("other", Rights.Send, CredentialSlot.Primary, long.MaxValue);
        Ok(await _test.Gateway.Mailboxes.SendCommandAsync(other, "truck", Content("x")));
    }

    [Fact]
    public async Task Whose_head_slows_it_down_is_never_refused_but_waits_for_all_it_owes()
    {
        DevicePrincipal truck = await _test.DeviceAsync("truck");
        truck.IsPaced = true;
        Assert.Equal(0, _test.Gateway.Quotas.WaitMs(truck));
        for (int i = 0; i < 20; i++)
            Ok(await _test.Gateway.Telemetry.PublishAsync(truck, null, Content("x")));
        Assert.Equal(100, _test.Gateway.Quotas.WaitMs(truck));
        for (int i = 0; i < 10; i++)
            Ok(await _test.Gateway.Telemetry.PublishAsync(truck, null, Content("x")));
        Assert.Equal(1_100, _test.Gateway.Quotas.WaitMs(truck));
        _test.Time.Advance(1_100);
        Assert.Equal(0, _test.Gateway.Quotas.WaitMs(truck));
        Assert.Equal(0, _test.Gateway.Quotas.WaitMs(null));
    }

    [Fact]
    public async Task What_a_field_gateway_sends_for_the_devices_behind_it_is_its_own()
    {
        DevicePrincipal depot = await _test.DeviceAsync("depot");
        Ok(await _test.Gateway.Devices.CreateAsync("sensor"));
        Ok(await _test.Gateway.Devices.ChangeAsync("sensor", new DeviceUpdate { Gateway = depot.Id }));
        DevicePrincipal sensor = Ok(await _test.Gateway.Devices.ActForAsync(depot, "sensor"));
        Assert.Equal(20, await FloodAsync(sensor));
        Assert.Equal(0, await FloodAsync(depot));
    }

    [Fact]
    public async Task All_together_have_a_quota()
    {
        await using var test = new TestGateway(new GatewayLimits
        {
            MaxMessagesPerSecondPerDevice = 0,
            MaxBytesPerSecondPerDevice = 0,
            MaxMessagesPerSecond = 3,
            QuotaBurstMs = 1_000,
        });
        DevicePrincipal truck = await test.DeviceAsync("truck");
        Ok(await test.Gateway.Telemetry.PublishAsync(truck, null, Content("x")));
        await test.SendAsync("truck", "x");
        Ok(await test.Gateway.Telemetry.PublishAsync(await test.DeviceAsync("turbine"), null, Content("x")));
        Refusal refusal = (await test.Gateway.Telemetry.PublishAsync(truck, null, Content("x"))).Refusal!;
        Assert.Contains("3 messages in a second", refusal.Message, StringComparison.Ordinal);
        Refused(RefusalKind.Throttled, await test.Gateway.Mailboxes.SendCommandAsync(test.Service, "truck", Content("x")));
        Assert.Equal((0, 334L), (test.Gateway.Quotas.Accounts, test.Gateway.Quotas.WaitMs(truck)));
    }

    [Fact]
    public async Task Who_has_sent_nothing_lately_is_forgotten()
    {
        DevicePrincipal truck = await _test.DeviceAsync("truck");
        Ok(await _test.Gateway.Telemetry.PublishAsync(truck, null, Content("x")));
        await _test.SendAsync("truck", "x");
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(2, _test.Gateway.Quotas.Accounts);
        _test.Time.Advance(199);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(1, _test.Gateway.Quotas.Accounts);
        _test.Time.Advance(1);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(0, _test.Gateway.Quotas.Accounts);
    }

    [Fact]
    public void Beyond_the_bound_there_are_no_more_accounts()
    {
        var accounts = new Core.Quotas.QuotaAccounts<int>(2);
        Assert.NotNull(accounts.Open(1));
        Assert.NotNull(accounts.Open(2));
        Assert.Null(accounts.Open(3));
        Assert.Same(accounts.Find(1), accounts.Open(1));
        accounts.Sweep(1);
        Assert.Equal(0, accounts.Count);
        Assert.NotNull(accounts.Open(3));
    }

    [Fact]
    public async Task Refusals_and_slowings_are_counted_by_quota()
    {
        var counted = new List<(string, string)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (_test.Gateway.Metrics.Owns(instrument) && instrument.Name.StartsWith("restante.quota.", StringComparison.Ordinal))
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => counted.Add((instrument.Name, (string)tags[0].Value!)));
        listener.Start();
        DevicePrincipal truck = await _test.DeviceAsync("truck");
        await FloodAsync(truck);
        DevicePrincipal turbine = await _test.DeviceAsync("turbine");
        turbine.IsPaced = true;
        for (int i = 0; i < 30; i++)
            Ok(await _test.Gateway.Telemetry.PublishAsync(turbine, null, Content("x")));
        Assert.Equal([("restante.quota.refused", "device-messages"), ("restante.quota.slowed", "device-messages")], counted);
    }

    // How many get through until one is refused.
    private async Task<int> FloodAsync(DevicePrincipal device)
    {
        int sent = 0;
        while ((await _test.Gateway.Telemetry.PublishAsync(device, null, Content("x"))).IsSuccess)
            sent++;
        return sent;
    }
}
