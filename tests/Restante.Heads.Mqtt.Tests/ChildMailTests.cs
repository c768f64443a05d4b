using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Heads.Mqtt.Tests.Peers;
using Restante.Mqtt;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Tests;

/// <summary>A field gateway subscribes to the mail and the state of the devices behind it.</summary>
public sealed class ChildMailTests
{
    private const string All = "devices/sensor/mailbox/#";

    [Theory]
    [InlineData(MqttVersion.V500, MqttQos.AtLeastOnce)]
    [InlineData(MqttVersion.V500, MqttQos.ExactlyOnce)]
    [InlineData(MqttVersion.V311, MqttQos.AtLeastOnce)]
    [InlineData(MqttVersion.V311, MqttQos.ExactlyOnce)]
    [InlineData(MqttVersion.V500, MqttQos.AtMostOnce)]
    public async Task Mail_of_a_child_comes_under_its_name_and_an_acknowledgement_accepts_it(MqttVersion version, MqttQos qos)
    {
        await using var post = new Post();
        await post.GrantAsync("truck", "sensor");
        Sequence waiting = await post.SendAsync("waits", device: "sensor");
        Device gateway = await post.ConnectAsync(version);
        Assert.Equal([(MqttReasonCode)qos], (await gateway.SubscribeAsync(All, qos, version == MqttVersion.V500 ? 9u : null)).Codes);
        Sequence own = await post.SendAsync("own");
        Sequence next = await post.SendAsync("next", device: "sensor");
        Mail first = await gateway.NextOfAsync<Mail>();
        Assert.StartsWith($"devices/sensor/mailbox/commands/{waiting}", first.Topic, StringComparison.Ordinal);
        Assert.Equal(("waits", qos), (first.Text, first.Qos));
        if (version == MqttVersion.V500)
            Assert.Equal([9u], first.SubscriptionIds);
        await AcknowledgeAsync(gateway, first);
        Mail second = await gateway.NextOfAsync<Mail>();
        Assert.StartsWith($"devices/sensor/mailbox/commands/{next}", second.Topic, StringComparison.Ordinal);
        await AcknowledgeAsync(gateway, second);
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(waiting)).Outcome);
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(next)).Outcome);
        Assert.Null((await post.Gateway.Outcomes.FindAsync(own)).Value);
    }

    [Fact]
    public async Task Reason_codes_and_settle_topics_mean_what_they_mean_for_own_mail()
    {
        await using var post = new Post();
        await post.GrantAsync("truck", "sensor");
        Device gateway = await post.ConnectAsync();
        await gateway.SubscribeAsync("devices/sensor/mailbox/commands/#");
        Sequence rejected = await post.SendAsync("a", device: "sensor");
        await gateway.AcknowledgeAsync(await gateway.NextAsync<Mail>(), MqttReasonCode.UnspecifiedError, "no such door");
        OutcomeRecord outcome = await post.OutcomeAsync(rejected);
        Assert.Equal((Outcome.Rejected, "no such door"), (outcome.Outcome, outcome.Reason));

        Sequence settled = await post.SendAsync("b", device: "sensor");
        Mail mail = await gateway.NextAsync<Mail>();
        await gateway.AcknowledgeAsync(mail, MqttReasonCode.QuotaExceeded);
        mail = await gateway.NextAsync<Mail>();
        Assert.Equal("2", mail.Property("delivery-count"));
        Assert.Equal(MqttReasonCode.Success, await SettleAsync(gateway, mail, "renew"));
        Assert.Equal(MqttReasonCode.UnspecifiedError, await gateway.SettleAsync(mail.Lease, "accept"));
        Assert.Equal(MqttReasonCode.Success, await SettleAsync(gateway, mail, "accept"));
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(settled)).Outcome);
        Assert.Equal(MqttReasonCode.UnspecifiedError, await SettleAsync(gateway, mail, "reject"));
    }

    [Fact]
    public async Task What_is_not_its_is_refused_alike_and_costs_the_other_filters_nothing()
    {
        await using var post = new Post(new MqttHeadOptions { MaxChildren = 2 });
        await post.GrantAsync("truck", "sensor", "valve", "horn");
        await post.DeviceAsync("lamp");
        Device gateway = await post.ConnectAsync();
        MqttSubscription[] wishes =
        [
            new("devices/lamp/mailbox/#", MqttQos.AtLeastOnce), new("devices/nobody/mailbox/#", MqttQos.AtLeastOnce),
            new("devices/no id!/mailbox/#", MqttQos.AtLeastOnce), new(All, MqttQos.ExactlyOnce), new("mailbox/#", MqttQos.AtMostOnce),
            new("devices/sensor/telemetry", MqttQos.AtMostOnce), new("devices/+/mailbox/#", MqttQos.AtMostOnce), new("ended", MqttQos.AtMostOnce),
            new("devices/valve/state/desired", MqttQos.ExactlyOnce), new("devices/horn/mailbox/#", MqttQos.AtLeastOnce),
        ];
        await gateway.DoAsync(engine => engine.Subscribe(wishes));
        SubAnswer answer = await gateway.NextAsync<SubAnswer>();
        Assert.Equal(
            [
                MqttReasonCode.NotAuthorized, MqttReasonCode.NotAuthorized, MqttReasonCode.NotAuthorized, MqttReasonCode.GrantedQos2, MqttReasonCode.Success,
                MqttReasonCode.TopicFilterInvalid, MqttReasonCode.TopicFilterInvalid, MqttReasonCode.NotAuthorized, MqttReasonCode.GrantedQos1, MqttReasonCode.QuotaExceeded,
            ],
            answer.Codes);
        Assert.Equal(2, post.Gateway.Mailboxes.Held);
        Assert.False(post.Gateway.Connections.IsConnected((await post.DeviceAsync("lamp")).Number));
    }

    [Fact]
    public async Task Unsubscribing_gives_the_mailbox_back_and_makes_room_for_another()
    {
        await using var post = new Post(new MqttHeadOptions { MaxChildren = 1 });
        await post.GrantAsync("truck", "sensor", "valve");
        Device gateway = await post.ConnectAsync();
        await gateway.SubscribeAsync(All);
        Sequence sequence = await post.SendAsync("x", device: "sensor");
        Mail mail = await gateway.NextAsync<Mail>();
        Assert.Equal([MqttReasonCode.Success], (await gateway.UnsubscribeAsync(All)).Codes);
        Assert.Equal([MqttReasonCode.NoSubscriptionExisted], (await gateway.UnsubscribeAsync("devices/valve/mailbox/#")).Codes);
        Assert.Equal([MqttReasonCode.QuotaExceeded], (await gateway.SubscribeAsync("devices/valve/mailbox/#")).Codes);
        await gateway.AcknowledgeAsync(mail); // What was on its way is finished first.
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(sequence)).Outcome);
        await gateway.NothingAsync();
        Assert.Equal([MqttReasonCode.GrantedQos1], (await gateway.SubscribeAsync("devices/valve/mailbox/#")).Codes);
        Assert.False(post.Gateway.Connections.IsConnected((await post.DeviceAsync("sensor")).Number));
        Assert.True(post.Gateway.Connections.IsConnected((await post.DeviceAsync("valve")).Number));
    }

    [Theory]
    [InlineData(MqttVersion.V500)]
    [InlineData(MqttVersion.V311)]
    public async Task A_child_that_comes_by_itself_takes_its_mailbox_and_the_gateway_is_told_and_goes_on(MqttVersion version)
    {
        await using var post = new Post();
        await post.GrantAsync("truck", "sensor", "valve");
        Device gateway = await post.ConnectAsync(version);
        await gateway.SubscribeAsync(All, MqttQos.ExactlyOnce);
        await gateway.SubscribeAsync("devices/valve/mailbox/#");
        await post.SendAsync("contested", device: "sensor");
        Mail held = await gateway.NextAsync<Mail>();

        Device sensor = await post.ConnectAsync(device: "sensor");
        await sensor.SubscribeAsync();
        Mail told = await gateway.NextAsync<Mail>();
        if (version == MqttVersion.V500)
            Assert.Equal(("devices/sensor/ended", "0x8E"), (told.Topic, told.Property("code")));
        else
            Assert.Equal("devices/sensor/ended/?code=0x8E", told.Topic);
        Assert.Equal(MqttQos.AtMostOnce, told.Qos);
        Assert.Equal("contested", (await sensor.NextAsync<Mail>()).Text);

        // The late acknowledgement frees the place and settles nothing; the other device's mail goes on.
        await gateway.AcknowledgeAsync(held);
        await gateway.NextAsync<Release>();
        if (version == MqttVersion.V311)
            Assert.Equal(MqttReasonCode.Success, await SettleAsync(gateway, held.Topic.Split("lease=")[1].Split('&')[0], "accept"));
        await post.SendAsync("open", device: "valve");
        Assert.Equal("open", (await gateway.NextAsync<Mail>()).Text);

        // A newer subscription takes it back, and the device is told as ever.
        await gateway.SubscribeAsync(All);
        Assert.Equal(MqttReasonCode.SessionTakenOver, (await sensor.NextOfAsync<Goodbye>()).Code);
        Mail again = await gateway.NextAsync<Mail>();
        Assert.Equal("contested", again.Text);
    }

    [Fact]
    public async Task Another_connection_of_the_gateway_takes_a_childs_mailbox_and_leaves_the_others()
    {
        await using var post = new Post();
        await post.GrantAsync("truck", "sensor", "valve");
        Device first = await post.ConnectAsync(clientId: "c1");
        await first.SubscribeAsync(All);
        await first.SubscribeAsync("devices/valve/mailbox/#");
        await first.SubscribeAsync("devices/sensor/ended", identifier: 5);
        Device second = await post.ConnectAsync(clientId: "c2");
        await second.SubscribeAsync(All);
        Mail told = await first.NextAsync<Mail>();
        Assert.Equal("devices/sensor/ended", told.Topic);
        Assert.Equal([5u], told.SubscriptionIds);
        await post.SendAsync("s", device: "sensor");
        await post.SendAsync("v", device: "valve");
        Assert.Equal("s", (await second.NextAsync<Mail>()).Text);
        Assert.Equal("v", (await first.NextAsync<Mail>()).Text);
    }

    [Theory]
    [InlineData("grant", "0x87")]
    [InlineData("disable", "0x98")]
    [InlineData("remove", "0x98")]
    public async Task A_child_that_is_taken_from_the_gateway_is_taken_at_once(string how, string code)
    {
        await using var post = new Post();
        await post.GrantAsync("truck", "sensor", "valve");
        Device gateway = await post.ConnectAsync();
        await gateway.SubscribeAsync(All);
        await gateway.SubscribeAsync("devices/sensor/state/#");
        Mail state = await gateway.NextAsync<Mail>();
        await gateway.AcknowledgeAsync(state);
        await gateway.SubscribeAsync("devices/valve/mailbox/#");
        await post.SendAsync("x", device: "sensor");
        Mail held = await gateway.NextAsync<Mail>();
        DeviceUpdate update = how == "grant" ? new DeviceUpdate { RemoveGateway = true } : new DeviceUpdate { Status = DeviceStatus.Disabled };
        if (how == "remove")
            await post.Gateway.Devices.RemoveAsync("sensor");
        else
            Assert.True((await post.Gateway.Devices.ChangeAsync("sensor", update)).IsSuccess);
        Mail told = await gateway.NextAsync<Mail>();
        Assert.Equal(("devices/sensor/ended", code), (told.Topic, told.Property("code")));
        Assert.Equal(MqttReasonCode.UnspecifiedError, await SettleAsync(gateway, held, "accept"));
        await gateway.AcknowledgeAsync(held);
        await post.SendAsync("v", device: "valve");
        Assert.Equal("v", (await gateway.NextAsync<Mail>()).Text);
        Assert.Equal([MqttReasonCode.NotAuthorized], (await gateway.SubscribeAsync(All)).Codes);
    }

    [Fact]
    public async Task A_device_that_acknowledges_nothing_keeps_no_other_waiting()
    {
        await using var post = new Post();
        await post.GrantAsync("truck", "sensor", "valve");
        for (int i = 0; i < 10; i++)
            await post.SendAsync($"s{i}", device: "sensor");
        Device gateway = await post.ConnectAsync(settings: new MqttConnectionSettings { ReceiveMaximum = 4 });
        await gateway.DoAsync(engine => engine.Subscribe(
            [new(All, MqttQos.ExactlyOnce), new("devices/valve/mailbox/#", MqttQos.AtLeastOnce), new("mailbox/#", MqttQos.AtLeastOnce)]));
        await gateway.NextAsync<SubAnswer>();
        Assert.Equal("s0", (await gateway.NextAsync<Mail>()).Text);
        Assert.Equal("s1", (await gateway.NextAsync<Mail>()).Text);
        await gateway.NothingAsync(); // Two places are kept for the two others.
        for (int i = 0; i < 5; i++)
        {
            await post.SendAsync($"v{i}", device: "valve");
            await post.SendAsync($"t{i}");
            Mail[] both = [await gateway.NextAsync<Mail>(), await gateway.NextAsync<Mail>()];
            Assert.Equal([$"t{i}", $"v{i}"], both.Select(m => m.Text).Order());
            foreach (Mail mail in both)
                await gateway.AcknowledgeAsync(mail);
        }
    }

    [Fact]
    public async Task With_fewer_places_than_devices_they_take_turns()
    {
        await using var post = new Post();
        string[] children = ["a", "b", "c", "d"];
        await post.GrantAsync("truck", children);
        foreach (string child in children)
        {
            await post.SendAsync($"{child}0", device: child);
            await post.SendAsync($"{child}1", device: child);
        }

        Device gateway = await post.ConnectAsync(settings: new MqttConnectionSettings { ReceiveMaximum = 1 });
        await gateway.DoAsync(engine => engine.Subscribe([.. children.Select(c => new MqttSubscription($"devices/{c}/mailbox/#", MqttQos.AtLeastOnce))]));
        await gateway.NextAsync<SubAnswer>();
        List<string> got = [];
        for (int i = 0; i < 8; i++)
        {
            Mail mail = await gateway.NextAsync<Mail>();
            got.Add(mail.Text);
            await gateway.AcknowledgeAsync(mail);
        }

        Assert.Equal(["a0", "b0", "c0", "d0"], got.Take(4).Order());
        Assert.Equal(["a1", "b1", "c1", "d1"], got.Skip(4).Order());
    }

    [Fact]
    public async Task The_state_of_a_child_works_as_own_state_does()
    {
        await using var post = new Post();
        await post.GrantAsync("truck", "sensor");
        DeviceRecord sensor = await post.DeviceAsync("sensor");
        Device gateway = await post.ConnectAsync();
        await gateway.PublishAsync("devices/sensor/state/get", "");
        Assert.Equal(MqttReasonCode.UnspecifiedError, (await gateway.NextAsync<Answer>()).Code);
        Assert.Equal([MqttReasonCode.GrantedQos1], (await gateway.SubscribeAsync("devices/sensor/state/#", MqttQos.ExactlyOnce)).Codes);
        Mail first = await gateway.NextAsync<Mail>();
        Assert.Equal(("devices/sensor/state/desired", "{}"), (first.Topic, first.Text));
        await gateway.AcknowledgeAsync(first);
        Assert.True((await post.Gateway.States.PatchDesiredAsync(sensor, """{"rate":5}"""u8.ToArray())).IsSuccess);
        Mail second = await gateway.NextAsync<Mail>();
        Assert.Equal("""{"rate":5}""", second.Text);
        await gateway.AcknowledgeAsync(second);
        await gateway.PublishAsync("devices/sensor/state/reported", """{"rate":4}""");
        Assert.Equal(MqttReasonCode.Success, (await gateway.NextAsync<Answer>()).Code);
        await gateway.PublishAsync("devices/sensor/state/get", "", correlation: "r"u8.ToArray());
        Mail document = await gateway.NextAsync<Mail>();
        Assert.Equal("devices/sensor/state/document", document.Topic);
        Assert.Contains("\"content\":{\"rate\":4}", document.Text, StringComparison.Ordinal);
        Assert.Equal("r"u8.ToArray(), document.Correlation);
        Assert.Equal(MqttReasonCode.Success, (await gateway.NextAsync<Answer>()).Code);
        await gateway.UnsubscribeAsync("devices/sensor/state/#");
        Assert.False(post.Gateway.Connections.IsConnected(sensor.Number));
    }

    [Theory]
    [InlineData(MqttVersion.V500, MqttQos.AtLeastOnce)]
    [InlineData(MqttVersion.V311, MqttQos.ExactlyOnce)]
    public async Task A_kept_session_goes_on_with_the_children_that_are_still_the_gateways(MqttVersion version, MqttQos qos)
    {
        await using var post = new Post();
        await post.GrantAsync("truck", "sensor", "valve");
        Device gateway = await post.ConnectAsync(version, clean: false, expiry: 1000);
        await gateway.SubscribeAsync("mailbox/#", qos);
        await gateway.SubscribeAsync(All, qos);
        await gateway.SubscribeAsync("devices/valve/mailbox/#", qos);
        await post.SendAsync("t", device: "truck");
        Mail own = await gateway.NextAsync<Mail>();
        await post.SendAsync("s", device: "sensor");
        Mail mail = await gateway.NextAsync<Mail>();
        gateway.Break();
        await gateway.NextAsync<Gone>();
        await post.QuietAsync();
        Assert.Equal(0, post.Gateway.Mailboxes.Held);
        Assert.True((await post.Gateway.Devices.ChangeAsync("valve", new DeviceUpdate { RemoveGateway = true })).IsSuccess);

        Device again = await post.OpenAsync(version, clean: false, expiry: 1000);
        Assert.True((await again.NextAsync<ConnAck>()).SessionPresent);
        Mail[] come = [await again.NextAsync<Mail>(), await again.NextAsync<Mail>(), await again.NextAsync<Mail>()];
        Mail ownAgain = Assert.Single(come, m => m.Text == "t");
        Mail sensorAgain = Assert.Single(come, m => m.Text == "s");
        Assert.Equal((own.Id, true), (ownAgain.Id, ownAgain.Duplicate));
        Assert.Equal((mail.Id, true), (sensorAgain.Id, sensorAgain.Duplicate));
        Assert.StartsWith("devices/valve/ended", Assert.Single(come, m => m.Qos == MqttQos.AtMostOnce).Topic, StringComparison.Ordinal);
        Assert.True(post.Gateway.Connections.IsConnected((await post.DeviceAsync("sensor")).Number));
        again.Break();
        await again.NextOfAsync<Gone>();
        await post.QuietAsync();

        // What has ended is not in the session any more.
        Device last = await post.OpenAsync(version, clean: false, expiry: 1000);
        Assert.True((await last.NextAsync<ConnAck>()).SessionPresent);
        Assert.Equal(["s", "t"], new[] { (await last.NextAsync<Mail>()).Text, (await last.NextAsync<Mail>()).Text }.Order());
        await last.NothingAsync();
    }

    [Theory]
    [InlineData(MqttVersion.V500)]
    [InlineData(MqttVersion.V311)]
    public async Task The_will_of_a_gateway_is_its_own_and_never_a_childs(MqttVersion version)
    {
        await using var post = new Post();
        await post.GrantAsync("truck", "sensor");
        var will = new MqttWill { Topic = "devices/sensor/will", Payload = "gone"u8.ToArray() };
        Device refused = await post.OpenAsync(version, will: will);
        Assert.NotEqual(MqttReasonCode.Success, (await refused.NextAsync<ConnAck>()).Code);
        Device gateway = await post.ConnectAsync(version, will: will with { Topic = "will" });
        await gateway.SubscribeAsync(All);
        gateway.Break();
        await gateway.NextOfAsync<Gone>();
        await post.QuietAsync();
        Assert.Equal(("truck", "will"), Assert.Single((await post.TelemetryAsync(1)).Select(r => (r.Source, r.Channel))));
        Assert.False(post.Gateway.Connections.IsConnected((await post.DeviceAsync("sensor")).Number));
    }

    private static async Task AcknowledgeAsync(Device gateway, Mail mail)
    {
        if (mail.Qos != MqttQos.AtMostOnce)
            await gateway.AcknowledgeAsync(mail);
    }

    private static Task<MqttReasonCode> SettleAsync(Device gateway, Mail mail, string verb) => SettleAsync(gateway, mail.Lease, verb);

    private static async Task<MqttReasonCode> SettleAsync(Device gateway, string lease, string verb)
    {
        await gateway.PublishAsync($"devices/sensor/mailbox/settle/{lease}/{verb}", "");
        return (await gateway.NextOfAsync<Answer>()).Code;
    }
}
