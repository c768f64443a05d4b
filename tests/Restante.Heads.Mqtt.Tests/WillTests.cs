using System.Text;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Messages;
using Restante.Core.Streams;
using Restante.Heads.Mqtt.Sessions;
using Restante.Heads.Mqtt.Tests.Peers;
using Restante.Heads.Mqtt.Wills;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Tests;

public sealed class WillTests
{
    private static readonly MqttWill s_will = new() { Topic = "will", Payload = "gone"u8.ToArray(), ContentType = "text/plain", UserProperties = [new("a", "b")] };

    [Theory]
    [Spec("MQTT5-3.1.2-7", "MQTT5-3.1.2-8", "MQTT5-3.1.2-14", "MQTT3-3.1.2-8", "MQTT3-3.1.2-16")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task A_lost_link_stores_the_will(MqttVersion version)
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(version, will: s_will);
        device.Break();
        StreamRecord record = (await post.TelemetryAsync(1))[0];
        Assert.Equal(("truck", "will"), (record.Source, record.Channel));
        Assert.Equal("gone", Encoding.UTF8.GetString(Post.ContentOf(record).Body.Span));
        if (version == MqttVersion.V500)
        {
            Assert.Equal("text/plain", Post.ContentOf(record).ContentType);
            Assert.Equal([new("a", "b")], Post.ContentOf(record).Properties);
        }
    }

    [Fact]
    public async Task A_bag_gives_a_3_1_1_will_its_properties()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(MqttVersion.V311, will: s_will with { Topic = "will/?ct=text%2Fplain&a=b", Retain = true });
        device.Break();
        StreamRecord record = (await post.TelemetryAsync(1))[0];
        Assert.Equal("text/plain", Post.ContentOf(record).ContentType);
        Assert.Equal([new("a", "b")], Post.ContentOf(record).Properties);
    }

    [Fact]
    [Spec("MQTT5-3.1.2-10", "MQTT5-3.14.4-3", "MQTT3-3.1.2-10")]
    public async Task A_normal_end_discards_it_and_0x04_does_not()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(will: s_will);
        await device.LeaveAsync();
        await post.QuietAsync();
        Assert.Empty(await post.TelemetryAsync());
        device = await post.ConnectAsync(will: s_will with { Topic = "telemetry/engine" });
        await device.LeaveAsync(MqttReasonCode.DisconnectWithWill);
        Assert.Single(await post.TelemetryAsync(1));
    }

    [Fact]
    [Spec("MQTT5-3.1.2-8", "MQTT5-3.1.3-9", "MQTT5-3.1.2-10")]
    public async Task The_delay_is_kept_and_a_reconnect_cancels_it()
    {
        var time = new HandTime();
        await using var post = new Post(time: time);
        MqttWill will = s_will with { DelaySeconds = 30 };
        Device device = await post.ConnectAsync(clean: false, expiry: 100, will: will);
        device.Break();
        await post.QuietAsync();
        Assert.Equal(1, post.Head.PendingWillCount);
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(28));
        Device again = await post.ConnectAsync(clean: false, expiry: 100, will: will);
        Assert.Equal(0, post.Head.PendingWillCount);
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(60));
        Assert.Empty(await post.TelemetryAsync());

        again.Break();
        await post.QuietAsync();
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(31));
        Assert.Single(await post.TelemetryAsync(1));
        Assert.Equal(0, post.Head.PendingWillCount);
    }

    [Fact]
    public async Task The_wills_of_a_fleet_are_stored_together()
    {
        await using var post = new Post();
        var principals = new List<DevicePrincipal>();
        for (int i = 0; i < 70; i++)
        {
            DeviceRecord device = await post.DeviceAsync($"d{i}");
            principals.Add(new DevicePrincipal(device.Id, device.Number, CredentialSlot.Primary, long.MaxValue));
        }

        foreach (DevicePrincipal device in principals)
            await post.Head.Wills.AddAsync(new ClientKey(device.Number, "c"), new Will(device, new MessageContent().Encode(), 30), 30);
        post.Streams.Hold();
        Task storing = post.Head.Wills.FlushAsync();
        // Whatever is asked before the store answers in this turn.
        Assert.Equal(64, post.Streams.Waiting);
        post.Streams.LetGo();
        await storing;
        Assert.Equal(70, (await post.TelemetryAsync()).Count);
    }

    [Fact]
    [Spec("MQTT5-3.1.2-8")]
    public async Task The_end_of_the_session_cuts_the_delay()
    {
        var time = new HandTime();
        await using var post = new Post(time: time);
        Device device = await post.ConnectAsync(expiry: 10, will: s_will with { DelaySeconds = 3_000 });
        device.Break();
        await post.QuietAsync();
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(11));
        Assert.Single(await post.TelemetryAsync(1));

        device = await post.ConnectAsync(expiry: 1_000, will: s_will with { DelaySeconds = 3_000 });
        device.Break();
        await post.QuietAsync();
        await post.ConnectAsync(clean: true);
        Assert.Equal(2, (await post.TelemetryAsync(2)).Count);
    }

    [Fact]
    public async Task Waiting_wills_are_bounded_and_stored_when_the_gateway_stops()
    {
        await using var post = new Post(new MqttHeadOptions { MaxPendingWills = 2 });
        for (int i = 0; i < 3; i++)
        {
            Device device = await post.ConnectAsync(device: $"truck-{i}", expiry: 1_000, will: s_will with { DelaySeconds = 500 });
            device.Break();
            await post.QuietAsync();
        }

        Assert.Equal(2, post.Head.PendingWillCount);
        Assert.Single(await post.TelemetryAsync(1));
        await post.StopAsync();
        Assert.Equal(3, (await post.TelemetryAsync()).Count);
    }

    [Theory]
    [InlineData(10_000, 16)] // As many as it keeps sessions.
    [InlineData(8, 4)] // A share of all.
    public async Task One_device_does_not_take_all_places_of_waiting_wills(int places, int own)
    {
        await using var post = new Post(new MqttHeadOptions { MaxPendingWills = places });
        for (int i = 0; i < own + 4; i++)
        {
            await LeaveWillAsync(post, "truck", $"c{i}");
            Assert.Equal(Math.Min(i + 1, own), post.Head.PendingWillCount);
        }

        Assert.Equal(4, (await post.TelemetryAsync(4)).Count);
        await LeaveWillAsync(post, "other", "c");
        Assert.Equal(own + 1, post.Head.PendingWillCount);
        await post.StopAsync();
        Assert.Equal(own + 5, (await post.TelemetryAsync()).Count);
    }

    [Fact]
    [Spec("MQTT5-3.1.2-8")]
    public async Task The_will_of_a_session_that_gives_way_to_a_newer_one_waits_no_longer()
    {
        await using var post = new Post();
        await LeaveWillAsync(post, "truck", "first");
        for (int i = 0; i < 15; i++)
        {
            Device device = await post.ConnectAsync(clientId: $"c{i}", expiry: 1_000);
            device.Break();
            await post.QuietAsync();
        }

        Assert.Equal(1, post.Head.PendingWillCount);
        Assert.Empty(await post.TelemetryAsync());
        Device last = await post.ConnectAsync(clientId: "last", expiry: 1_000);
        last.Break();
        Assert.Single(await post.TelemetryAsync(1));
        Assert.Equal(0, post.Head.PendingWillCount);
    }

    [Fact]
    public async Task The_place_of_a_waiting_will_is_that_of_its_session_and_comes_back()
    {
        await using var post = new Post(new MqttHeadOptions { MaxPendingWills = 2 }); // One for each device.
        for (int i = 0; i < 3; i++)
        {
            Device device = await post.ConnectAsync(clean: false, expiry: 1_000, will: s_will with { DelaySeconds = 500 });
            Assert.Equal(0, post.Head.PendingWillCount);
            device.Break();
            await post.QuietAsync();
            Assert.Equal(1, post.Head.PendingWillCount);
        }

        // Another of the same session takes the place of the first.
        DeviceRecord truck = await post.DeviceAsync("truck");
        var principal = new DevicePrincipal(truck.Id, truck.Number, CredentialSlot.Primary, long.MaxValue);
        var another = new Will(principal, new MessageContent().Encode(), 500);
        await post.Head.Wills.AddAsync(new ClientKey(truck.Number, "c1"), another, 1_000);
        Assert.Equal(1, post.Head.PendingWillCount);
        Assert.Empty(await post.TelemetryAsync());
    }

    [Fact]
    public async Task A_will_waits_for_the_store()
    {
        var time = new HandTime();
        await using var post = new Post(time: time);
        Device device = await post.ConnectAsync(will: s_will);
        post.Streams.Inner.Unavailable = true;
        device.Break();
        await post.QuietAsync();
        Assert.Equal(1, post.Head.PendingWillCount);
        post.Streams.Inner.Unavailable = false;
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(3));
        Assert.Single(await post.TelemetryAsync(1));
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("removed")]
    [InlineData("made anew")]
    [InlineData("another key")]
    public async Task A_waiting_will_of_a_device_that_is_not_the_one_it_was_is_dropped(string how)
    {
        var time = new HandTime();
        await using var post = new Post(time: time);
        Device device = await post.ConnectAsync(expiry: 100, will: s_will with { DelaySeconds = 30 });
        device.Break();
        await post.QuietAsync();
        Assert.Equal(1, post.Head.PendingWillCount);
        if (how == "disabled")
            Assert.True((await post.Gateway.Devices.SetStatusAsync("truck", DeviceStatus.Disabled)).IsSuccess);
        else if (how == "another key")
            Assert.True((await post.Gateway.Devices.RotateKeyAsync("truck", CredentialSlot.Primary)).IsSuccess);
        else
            Assert.True((await post.Gateway.Devices.RemoveAsync("truck")).IsSuccess);
        if (how == "made anew")
            Assert.True((await post.Gateway.Devices.CreateAsync("truck")).IsSuccess);
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(31));
        await post.QuietAsync();
        Assert.Equal(0, post.Head.PendingWillCount);
        Assert.Empty(await post.TelemetryAsync());
    }

    [Fact]
    public async Task A_device_that_is_disabled_while_connected_leaves_no_will()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(will: s_will);
        Assert.True((await post.Gateway.Devices.SetStatusAsync("truck", DeviceStatus.Disabled)).IsSuccess);
        await device.NextOfAsync<Gone>();
        await post.QuietAsync();
        Assert.Empty(await post.TelemetryAsync());
    }

    [Theory]
    [InlineData("status/truck")]
    [InlineData("telemetry/a/b")]
    [InlineData("telemetry/no spaces")]
    [InlineData("mailbox/settle/1-1/accept")]
    public async Task Other_topics_are_refused(string topic)
    {
        await using var post = new Post();
        Device device = await post.OpenAsync(will: s_will with { Topic = topic });
        Assert.Equal(MqttReasonCode.TopicNameInvalid, (await device.NextAsync<ConnAck>()).Code);
        Device older = await post.OpenAsync(MqttVersion.V311, will: s_will with { Topic = topic });
        Assert.Equal(MqttReasonCode.NotAuthorized, (await older.NextAsync<ConnAck>()).Code);
    }

    [Fact]
    [Spec("MQTT5-3.2.2-13", "MQTT5-3.1.2-15")]
    public async Task A_retained_will_and_one_that_is_no_text_are_refused()
    {
        await using var post = new Post();
        Device device = await post.OpenAsync(will: s_will with { Retain = true });
        Assert.Equal(MqttReasonCode.RetainNotSupported, (await device.NextAsync<ConnAck>()).Code);
        device = await post.OpenAsync(will: s_will with { PayloadFormatIndicator = 1, Payload = new byte[] { 0xFF } });
        Assert.Equal(MqttReasonCode.PayloadFormatInvalid, (await device.NextAsync<ConnAck>()).Code);
    }

    private static async Task LeaveWillAsync(Post post, string device, string clientId)
    {
        Device lost = await post.ConnectAsync(device: device, clientId: clientId, expiry: 1_000, will: s_will with { DelaySeconds = 500 });
        lost.Break();
        await post.QuietAsync();
    }
}
