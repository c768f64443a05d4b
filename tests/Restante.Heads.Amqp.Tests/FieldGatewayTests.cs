using Restante.Amqp.Messaging;
using Restante.Core.Devices;
using Restante.Core.Storage;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>A device acts for the devices behind it, and for no others.</summary>
public sealed class FieldGatewayTests
{
    private const string Unauthorized = "amqp:unauthorized-access";

    [Fact]
    public async Task A_gateway_sends_and_receives_with_the_identity_of_each_device_behind_it()
    {
        await using var house = new House();
        Peer hub = await HubAsync(house, "lamp-1", "lamp-2");
        Assert.Same(Accepted.Instance, await (await hub.SenderAsync("devices/lamp-1/telemetry/light")).SendAsync("on"));
        Assert.Same(Accepted.Instance, await (await hub.SenderAsync("telemetry")).SendAsync("own"));
        Assert.Equal(
            [("hub", null), ("lamp-1", "light")],
            (await house.TelemetryAsync()).Select(r => (r.Source, r.Channel)).OrderBy(r => r.Source, StringComparer.Ordinal));

        Line first = await hub.ReceiverAsync("devices/lamp-1/mailbox", 10);
        Line second = await hub.ReceiverAsync("devices/lamp-2/mailbox", 10);
        Line own = await hub.ReceiverAsync("mailbox", 10);
        var one = await house.SendAsync("one", "lamp-1");
        await house.SendAsync("two", "lamp-2");
        await house.SendAsync("hub", "hub");
        Mail mail = await first.MailAsync();
        Assert.Equal(("one", "two", "hub"), (mail.Body, (await second.MailAsync()).Body, (await own.MailAsync()).Body));
        Line reports = await hub.SenderAsync("devices/lamp-1/reports");
        AmqpMessage report = AmqpMessage.FromData("done"u8.ToArray());
        report.Properties = new MessageProperties { CorrelationId = one.ToString() };
        Assert.Same(Accepted.Instance, await reports.SendAsync(report));
        Assert.Equal("lamp-1", (await house.Gateway.Reports.ReadAsync(one, 1, 1)).Value![0].Device.Value);
        Assert.IsType<Rejected>(await (await hub.SenderAsync("devices/lamp-2/reports")).SendAsync(report)); // Not that one's command.

        AmqpMessage settle = AmqpMessage.FromData(ReadOnlyMemory<byte>.Empty);
        settle.Properties = new MessageProperties { Subject = "accept" };
        settle.ApplicationProperties = new() { { "lease", mail.Lease } };
        Assert.Same(Accepted.Instance, await (await hub.SenderAsync("devices/lamp-1/mailbox/settle")).SendAsync(settle));
        Assert.Equal(Restante.Core.Mailboxes.Outcome.Accepted, (await house.OutcomeAsync(one)).Outcome);
        Assert.Equal(200, (await (await hub.RequesterAsync("devices/lamp-1/state")).AskAsync("""{"on":true}""", ("operation", "PATCH"))).Status);
        Assert.Equal("amqp:resource-locked", (await hub.RefusedAsync("devices/lamp-1/mailbox", sends: false)).Condition);
    }

    [Fact]
    public async Task A_gateway_changes_no_credentials_for_a_device_behind_it()
    {
        await using var house = new House();
        Peer hub = await HubAsync(house, "lamp-1");
        DeviceRecord before = (await house.Gateway.Devices.FindAsync("lamp-1")).Value!;
        foreach (string subject in new[] { "$certificate", "$key", "$retire" })
        {
            AmqpMessage question = AmqpMessage.FromData(new byte[32]);
            question.Properties = new MessageProperties { MessageId = subject[1..] };
            Line asking = await hub.SenderAsync($"devices/lamp-1/inquiries/{subject}");
            Assert.Equal(Unauthorized, Assert.IsType<Rejected>(await asking.SendAsync(question)).Error!.Condition.Value);
        }

        Assert.Equal(before, (await house.Gateway.Devices.FindAsync("lamp-1")).Value);
    }

    [Fact]
    public async Task Another_device_is_refused_exactly_as_one_that_does_not_exist()
    {
        await using var house = new House();
        Peer hub = await HubAsync(house, "lamp-1");
        await house.DeviceAsync("foreign");
        await house.DeviceAsync("disabled");
        await house.Gateway.Devices.ChangeAsync("disabled", new DeviceUpdate { Gateway = DeviceId.Parse("hub"), Status = DeviceStatus.Disabled });
        foreach ((string address, bool sends) in new[] { ("telemetry", true), ("mailbox", false), ("reports", true), ("state", false) })
        {
            Detached unknown = await hub.RefusedAsync($"devices/unknown/{address}", sends);
            Assert.Equal(Unauthorized, unknown.Condition);
            foreach (string id in new[] { "foreign", "disabled", "hub" })
            {
                Detached refused = await hub.RefusedAsync($"devices/{id}/{address}", sends);
                Assert.Equal(unknown with { Text = unknown.Text!.Replace("unknown", id, StringComparison.Ordinal) }, refused);
            }
        }

        Assert.True(hub.IsOpen);
        Assert.Equal(1, house.Gateway.Connections.ConnectedDevices);
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("removed")]
    [InlineData("no gateway")]
    [InlineData("another gateway")]
    public async Task The_links_for_a_device_end_with_it_or_with_the_grant_and_the_others_stay(string what)
    {
        await using var house = new House();
        Peer hub = await HubAsync(house, "lamp-1", "lamp-2");
        await house.DeviceAsync("other");
        Line telemetry = await hub.SenderAsync("devices/lamp-1/telemetry");
        Line mailbox = await hub.ReceiverAsync("devices/lamp-1/mailbox", 1);
        Line stays = await hub.SenderAsync("devices/lamp-2/telemetry");
        await (what switch
        {
            "removed" => house.Gateway.Devices.RemoveAsync("lamp-1").AsTask(),
            "disabled" => house.Gateway.Devices.ChangeAsync("lamp-1", new DeviceUpdate { Status = DeviceStatus.Disabled }).AsTask(),
            "no gateway" => house.Gateway.Devices.ChangeAsync("lamp-1", new DeviceUpdate { RemoveGateway = true }).AsTask(),
            _ => (Task)house.Gateway.Devices.ChangeAsync("lamp-1", new DeviceUpdate { Gateway = DeviceId.Parse("other") }).AsTask(),
        });
        Assert.Equal(Unauthorized, (await telemetry.NextAsync<Detached>()).Condition);
        Assert.Equal(Unauthorized, (await mailbox.NextAsync<Detached>()).Condition);
        Assert.Same(Accepted.Instance, await stays.SendAsync("still"));
        Assert.Equal(Unauthorized, (await hub.RefusedAsync("devices/lamp-1/telemetry", sends: true)).Condition);
        Assert.Equal(0, house.Gateway.Mailboxes.Held);
    }

    [Fact]
    public async Task A_device_that_comes_by_itself_takes_its_mailbox_over_and_the_gateway_stays()
    {
        await using var house = new House();
        Peer hub = await HubAsync(house, "lamp-1");
        Line through = await hub.ReceiverAsync("devices/lamp-1/mailbox", 10);
        Peer lamp = await house.ConnectAsync("lamp-1");
        Line own = await lamp.ReceiverAsync("mailbox", 10);
        Assert.Equal("amqp:link:stolen", (await through.NextAsync<Detached>()).Condition);
        Assert.True(hub.IsOpen);
        await house.SendAsync("one", "lamp-1");
        Assert.Equal("one", (await own.MailAsync()).Body);
    }

    [Fact]
    public async Task Nothing_is_left_when_the_gateway_goes()
    {
        await using var house = new House();
        Peer hub = await HubAsync(house, "lamp-1");
        Line telemetry = await hub.SenderAsync("devices/lamp-1/telemetry");
        await hub.ReceiverAsync("devices/lamp-1/mailbox", 10);
        Assert.Equal(2, house.Gateway.Connections.ConnectedDevices);
        await telemetry.DetachAsync();
        await telemetry.NextAsync<Detached>();
        Assert.Equal(2, house.Gateway.Connections.ConnectedDevices);
        Hooks.Gate find = house.Hooks.HoldResult("find-device");
        await hub.StartAttachAsync("devices/lamp-2/telemetry", sends: true);
        await find.Reached;
        await hub.BreakAsync();
        await house.LeftAsync();
        find.Open();
        await House.UntilAsync(() => house.Gateway.Connections.ConnectedDevices == 0 && house.Gateway.Mailboxes.Held == 0);
    }

    private static async Task<Peer> HubAsync(House house, params string[] behind)
    {
        await house.DeviceAsync("hub");
        foreach (string id in behind.Append("lamp-2").Distinct())
        {
            await house.DeviceAsync(id);
            await house.Gateway.Devices.ChangeAsync(id, new DeviceUpdate { Gateway = DeviceId.Parse("hub") });
        }

        return await house.ConnectAsync("hub");
    }
}
