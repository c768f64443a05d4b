using Restante.Core.Access;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>Every address for every kind of principal: granted, or why not.</summary>
public sealed class AddressTests
{
    private const string Granted = "granted";
    private const string Unauthorized = "amqp:unauthorized-access";
    private const string NotFound = "amqp:not-found";

    public static TheoryData<string, bool, string, string, string, string> Table { get; } = new()
    {
        // Address, whether the peer sends, and what a device, a service that may send, one that may read and one that may neither get.
        { "telemetry", true, Granted, Unauthorized, Unauthorized, Unauthorized },
        { "telemetry/room-1", true, Granted, Unauthorized, Unauthorized, Unauthorized },
        { "telemetry/two words", true, NotFound, NotFound, NotFound, NotFound },
        { "telemetry/a/b", true, NotFound, NotFound, NotFound, NotFound },
        { "mailbox/settle", true, Granted, Unauthorized, Unauthorized, Unauthorized },
        { "mailbox", true, NotFound, NotFound, NotFound, NotFound },
        { "mailbox", false, Granted, Unauthorized, Unauthorized, Unauthorized },
        { "mailbox/settle", false, NotFound, NotFound, NotFound, NotFound },
        { "mailbox/other-device", false, NotFound, NotFound, NotFound, NotFound },
        { "devices", true, Unauthorized, Granted, Unauthorized, Unauthorized },
        { "devices/truck", true, Unauthorized, Granted, Unauthorized, Unauthorized },
        { "devices/bad id", true, NotFound, NotFound, NotFound, NotFound },
        { "devices/truck", false, NotFound, NotFound, NotFound, NotFound },
        { "devices/truck/mailbox", true, NotFound, NotFound, NotFound, NotFound },
        { "outcomes", false, Unauthorized, Granted, Unauthorized, Unauthorized },
        { "outcomes/may-4", false, Unauthorized, Granted, Unauthorized, Unauthorized },
        { "outcomes/may-8", false, Unauthorized, Unauthorized, Unauthorized, Unauthorized },
        { "outcomes/no-policy", false, Unauthorized, Unauthorized, Unauthorized, Unauthorized },
        { "outcomes/bad name", false, NotFound, NotFound, NotFound, NotFound },
        { "outcomes", true, NotFound, NotFound, NotFound, NotFound },
        { "events", false, Unauthorized, Unauthorized, Granted, Unauthorized },
        { "events", true, NotFound, NotFound, NotFound, NotFound },
        { "telemetry", false, Unauthorized, Unauthorized, Granted, Unauthorized },
        { "telemetry/0", false, Unauthorized, Unauthorized, Granted, Unauthorized },
        { "telemetry/1", false, Unauthorized, Unauthorized, Granted, Unauthorized },
        { "telemetry/2", false, Unauthorized, NotFound, NotFound, NotFound },
        { "telemetry/99999999999", false, Unauthorized, Unauthorized, Granted, Unauthorized },
        { "telemetry/$default", false, Unauthorized, Unauthorized, Granted, Unauthorized },
        { "telemetry/reports/1", false, Unauthorized, Unauthorized, Granted, Unauthorized },
        { "telemetry/reports/x", false, NotFound, NotFound, NotFound, NotFound },
        { "$cbs", true, Granted, Granted, Granted, Granted },
        { "$management", false, Unauthorized, Granted, Granted, Granted },
        { "$management", true, Unauthorized, Granted, Granted, Granted },
        { "devices/other/telemetry", true, Unauthorized, NotFound, NotFound, NotFound },
        { "devices/other/mailbox", false, Unauthorized, NotFound, NotFound, NotFound },
        { "devices/other/nothing", true, NotFound, NotFound, NotFound, NotFound },
        { "reports", true, Granted, Unauthorized, Unauthorized, Unauthorized },
        { "reports", false, Unauthorized, Granted, Unauthorized, Unauthorized },
        { "reports/may-4", false, Unauthorized, Granted, Unauthorized, Unauthorized },
        { "reports/may-8", false, Unauthorized, Unauthorized, Unauthorized, Unauthorized },
        { "reports/17", false, Unauthorized, NotFound, Unauthorized, Unauthorized },
        { "reports/17", true, NotFound, NotFound, NotFound, NotFound },
        { "inquiries/weather", true, Granted, Unauthorized, Unauthorized, Unauthorized },
        { "inquiries/two words", true, NotFound, NotFound, NotFound, NotFound },
        { "inquiries/weather", false, Unauthorized, Unauthorized, Unauthorized, Unauthorized },
        { "inquiries/weather/ended", false, Unauthorized, Unauthorized, Unauthorized, Unauthorized },
        { "inquiries", true, NotFound, NotFound, NotFound, NotFound },
        { "answers", true, Unauthorized, Unauthorized, Unauthorized, Unauthorized },
        { "state", true, Granted, Unauthorized, Unauthorized, Unauthorized },
        { "state", false, Granted, Unauthorized, Unauthorized, Unauthorized },
        { "state/desired", false, NotFound, NotFound, NotFound, NotFound },
        { "groups/buses", true, Unauthorized, Granted, Unauthorized, Unauthorized },
        { "groups/bad name", true, NotFound, NotFound, NotFound, NotFound },
        { "groups", true, NotFound, NotFound, NotFound, NotFound },
        { "notifications", true, Unauthorized, Granted, Unauthorized, Unauthorized },
        { "notifications", false, NotFound, NotFound, NotFound, NotFound },
        { "", true, NotFound, NotFound, NotFound, NotFound },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Each_principal_gets_what_is_its_own(
        string address, bool sends, string device, string sender, string reader, string registrar)
    {
        await using var house = new House();
        await house.PolicyAsync("may-4", Rights.Send);
        Peer[] peers =
        [
            await house.ConnectAsync(),
            await house.ServiceAsync(Rights.Send),
            await house.ServiceAsync(Rights.TelemetryRead),
            await house.ServiceAsync(Rights.RegistryWrite),
        ];
        string[] expected = [device, sender, reader, registrar];
        for (int i = 0; i < peers.Length; i++)
        {
            Line line = await peers[i].StartAttachAsync(address, sends);
            string got = expected[i] == Granted
                ? (await line.NextAsync<Attached>()) is null ? "" : Granted
                : (await line.NextAsync<Detached>()).Condition!;
            Assert.Equal(expected[i], got);
            Assert.True(peers[i].IsOpen);
        }
    }

    [Fact]
    public async Task The_administrator_may_do_all_that_a_service_can()
    {
        await using var house = new House();
        Peer admin = await house.ServiceAsync(Rights.Admin);
        await admin.SenderAsync("devices");
        await admin.ReceiverAsync("outcomes");
        await admin.ReceiverAsync("telemetry");
        await admin.ReceiverAsync("events");
        await admin.ReceiverAsync("reports");
        await admin.ReceiverAsync("inquiries/weather");
        await admin.ReceiverAsync("inquiries/weather/ended");
        await admin.SenderAsync("answers");
        await admin.SenderAsync("notifications");
        Assert.Equal(Unauthorized, (await admin.RefusedAsync("mailbox", sends: false)).Condition);
    }

    [Fact]
    [Spec("AMQP-3.5.4-a")]
    public async Task Dynamic_and_anonymous_addresses_are_not_there()
    {
        await using var house = new House();
        Peer service = await house.ServiceAsync();
        Assert.Equal("amqp:not-implemented", (await service.RefusedAsync(null, sends: true)).Condition);
        Assert.Equal("amqp:not-implemented", (await service.RefusedAsync(null, sends: false)).Condition);
    }

    [Fact]
    public async Task A_refusal_names_no_more_of_a_long_address_than_fits_the_smallest_frame()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync(with: settings => settings with { MaxFrameSize = 512 });
        Detached refused = await device.RefusedAsync(new string('\u20ac', 90), sends: true);
        Assert.Equal(NotFound, refused.Condition);
        Assert.True(device.IsOpen);
    }

    [Fact]
    public async Task When_the_registry_cannot_be_read_a_reader_by_name_is_refused_for_now()
    {
        await using var house = new House();
        Peer service = await house.ServiceAsync(Rights.Send);
        house.Hooks.Refuse("find-policy");
        Assert.Equal("amqp:resource-limit-exceeded", (await service.RefusedAsync("outcomes/may-4", sends: false)).Condition);
        house.Hooks.Allow("find-policy");
        await service.ReceiverAsync("outcomes/may-4");
    }
}
