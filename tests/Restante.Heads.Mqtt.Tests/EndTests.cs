using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Heads.Mqtt.Tests.Peers;
using Restante.Mqtt.Packets;
using Restante.Storage.Conformance;

namespace Restante.Heads.Mqtt.Tests;

public sealed class EndTests
{
    [Fact]
    public async Task Revocation_ends_connections_with_the_reason()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await post.Gateway.Devices.SetStatusAsync("truck", DeviceStatus.Disabled);
        Assert.Equal(new Goodbye(MqttReasonCode.AdministrativeAction, "The device was disabled."), await device.NextAsync<Goodbye>());
        await device.NextAsync<Gone>();
        await post.Gateway.Devices.SetStatusAsync("truck", DeviceStatus.Enabled);

        device = await post.ConnectAsync();
        Device older = await post.ConnectAsync(MqttVersion.V311, clientId: "c2");
        await post.Gateway.Devices.RotateKeyAsync("truck", CredentialSlot.Secondary);
        await device.NothingAsync();
        await post.Gateway.Devices.RotateKeyAsync("truck", CredentialSlot.Primary);
        Assert.Equal(MqttReasonCode.NotAuthorized, (await device.NextAsync<Goodbye>()).Code);
        await older.NextAsync<Gone>();

        Device lamp = await post.ConnectAsync(device: "lamp");
        await lamp.SubscribeAsync();
        await post.Gateway.Devices.RemoveAsync("lamp");
        Assert.Equal(MqttReasonCode.AdministrativeAction, (await lamp.NextAsync<Goodbye>()).Code);
        await post.QuietAsync();
        Assert.Equal(0, post.Gateway.Connections.ConnectedDevices);
    }

    [Fact]
    public async Task A_token_ends_the_connection_with_itself()
    {
        var time = new HandTime();
        await using var post = new Post(time: time);
        DeviceRecord record = await post.DeviceAsync("truck");
        string token = SharedAccessSignature.Create("gw/devices/truck", record.PrimaryKey, time.GetUtcNow().ToUnixTimeSeconds() + 60);
        Device device = await post.OpenAsync(password: token, keepAlive: 600);
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<ConnAck>()).Code);
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(59));
        await device.NothingAsync();
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(2));
        Goodbye goodbye = await device.NextAsync<Goodbye>();
        Assert.Equal(MqttReasonCode.NotAuthorized, goodbye.Code);
        Assert.Contains("token", goodbye.Reason, StringComparison.Ordinal);
    }

    [Fact]
    [Spec("MQTT5-3.1.2-22", "MQTT5-3.1.2-21")]
    public async Task A_silent_device_is_given_up()
    {
        var time = new HandTime();
        await using var post = new Post(new MqttHeadOptions { MaxKeepAliveSeconds = 10 }, time);
        Device device = await post.ConnectAsync(keepAlive: 0);
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(14));
        Assert.False(device.HasNews);
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(2));
        Assert.Equal(MqttReasonCode.KeepAliveTimeout, (await device.NextAsync<Goodbye>()).Code);
        await device.NextAsync<Gone>();
    }

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task Draining_answers_what_is_under_way_and_says_why(MqttVersion version)
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync(version);
        post.Streams.Hold();
        await device.PublishAsync("telemetry", "x");
        await device.NothingAsync();
        Task stop = post.StopAsync();
        Assert.False(device.HasNews);
        post.Streams.LetGo();
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
        if (version == MqttVersion.V500)
            Assert.Equal(new Goodbye(MqttReasonCode.ServerShuttingDown, "The gateway stops."), await device.NextAsync<Goodbye>());
        await device.NextAsync<Gone>();
        await stop;
        Assert.Equal(0, post.Gateway.Connections.ConnectedDevices);
    }

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task Where_there_is_another_gateway_devices_are_told_when_this_one_stops_or_has_no_room(MqttVersion version)
    {
        await using var post = new Post(new MqttHeadOptions { ServerReference = "gw-2.example:8883" });
        Device device = await post.ConnectAsync(version, clean: false, expiry: version == MqttVersion.V500 ? 1_000u : 0);
        await device.SubscribeAsync();
        await device.LeaveAsync();
        await post.QuietAsync();
        post.Store.Unavailable = true; // The kept session cannot be dropped, as a clean start wants it.
        ConnAck refused = await (await post.OpenAsync(version)).NextAsync<ConnAck>();
        bool isTold = version == MqttVersion.V500;
        Assert.Equal(isTold ? MqttReasonCode.UseAnotherServer : MqttReasonCode.ServerUnavailable, refused.Code);
        Assert.Equal(isTold ? "gw-2.example:8883" : null, refused.Elsewhere);
        post.Store.Unavailable = false;
        device = await post.ConnectAsync(version);
        Task stop = post.StopAsync();
        if (isTold)
        {
            Assert.Equal(
                new Goodbye(MqttReasonCode.UseAnotherServer, "The gateway stops.", "gw-2.example:8883"), await device.NextAsync<Goodbye>());
        }

        await device.NextAsync<Gone>();
        await stop;
    }

    [Fact]
    public async Task The_end_gives_the_mail_back()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync();
        await post.SendAsync("x");
        await device.NextAsync<Mail>();
        await device.LeaveAsync();
        await post.QuietAsync();
        Assert.Equal(0, post.Gateway.Mailboxes.Held);
        Assert.Equal((1, 0), (post.Gateway.Mailboxes.Totals.Messages, post.Gateway.Mailboxes.Totals.Leased));
    }

    [Fact]
    public async Task An_acceptance_that_the_store_owes_is_done_at_the_end()
    {
        var time = new HandTime();
        await using var post = new Post(time: time);
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync();
        Sequence sequence = await post.SendAsync("x");
        Mail mail = await device.NextAsync<Mail>();
        post.Store.FailNext();
        await device.AcknowledgeAsync(mail);
        await device.NothingAsync();
        await device.LeaveAsync();
        await post.QuietAsync();
        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(sequence)).Outcome);
    }

    [Fact]
    [Spec("MQTT5-4.13.1-1")]
    public async Task Bytes_that_are_no_mqtt_end_the_connection_only()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        Device other = await post.ConnectAsync(device: "lamp");
        await device.WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        await device.NextOfAsync<Gone>();
        await other.NothingAsync();
    }
}
