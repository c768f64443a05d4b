using System.Text;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Heads.Mqtt.Tests.Peers;
using Restante.Mqtt.Packets;
using Restante.Storage.Conformance;

namespace Restante.Heads.Mqtt.Tests;

public sealed class ConnectTests
{
    [Theory]
    [Spec("MQTT5-3.1.4-5", "MQTT5-4.2.0-1", "MQTT5-3.1.2-6", "MQTT3-3.1.4-4", "MQTT3-7.1.1-1", "MQTT3-7.0.0-2")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task Key_and_token_let_a_device_in(MqttVersion version)
    {
        await using var post = new Post();
        DeviceRecord record = await post.DeviceAsync("truck");
        string token = SharedAccessSignature.Create("any.example/devices/truck", record.SecondaryKey, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 600);
        foreach (string password in new[] { record.PrimaryKey.Reveal(), record.SecondaryKey.Reveal(), token })
        {
            Device device = await post.OpenAsync(version, password: password);
            ConnAck answer = await device.NextAsync<ConnAck>();
            Assert.Equal(MqttReasonCode.Success, answer.Code);
            Assert.False(answer.SessionPresent);
            Assert.True(post.Gateway.Connections.IsConnected(record.Number));
            await device.LeaveAsync();
        }

        await post.QuietAsync();
        Assert.Equal(0, post.Gateway.Connections.ConnectedDevices);
    }

    [Fact]
    public async Task A_token_alone_names_its_device()
    {
        await using var post = new Post();
        DeviceRecord record = await post.DeviceAsync("truck");
        string token = SharedAccessSignature.Create("gw/devices/truck", record.PrimaryKey, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 600);
        Device device = await Device.OpenAsync(
            post.Roads, post.Port, new MqttConnectOptions { ClientId = "x", Password = Encoding.UTF8.GetBytes(token) });
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<ConnAck>()).Code);
        Assert.True(post.Gateway.Connections.IsConnected(record.Number));
    }

    [Theory]
    [Spec("MQTT5-3.1.4-2", "MQTT5-3.2.2-7", "MQTT3-3.2.2-5")]
    [InlineData("truck", "wrong")]
    [InlineData("truck", "")]
    [InlineData("nobody", "wrong")]
    [InlineData("no such name/", "wrong")]
    [InlineData("policy/nobody", "wrong")]
    [InlineData("", "wrong")]
    public async Task All_failures_are_alike(string user, string password)
    {
        await using var post = new Post();
        Device device = await post.OpenAsync(MqttVersion.V500, userName: user, password: password);
        ConnAck answer = await device.NextAsync<ConnAck>();
        Assert.Equal(MqttReasonCode.BadUserNameOrPassword, answer.Code);
        Assert.Equal("The credentials were not accepted.", answer.Reason);
        await device.NextAsync<Gone>();

        Device older = await post.OpenAsync(MqttVersion.V311, userName: user, password: password);
        Assert.Equal(MqttReasonCode.BadUserNameOrPassword, (await older.NextAsync<ConnAck>()).Code);
    }

    [Fact]
    public async Task A_connect_without_credentials_is_refused_like_a_wrong_one()
    {
        await using var post = new Post();
        foreach (MqttVersion version in new[] { MqttVersion.V311, MqttVersion.V500 })
        {
            Device device = await Device.OpenAsync(post.Roads, post.Port, new MqttConnectOptions { Version = version, ClientId = "x" });
            Assert.Equal(MqttReasonCode.BadUserNameOrPassword, (await device.NextAsync<ConnAck>()).Code);
        }
    }

    [Fact]
    public async Task A_disabled_device_and_an_expired_token_are_refused_alike()
    {
        await using var post = new Post();
        DeviceRecord record = await post.DeviceAsync("truck");
        string stale = SharedAccessSignature.Create("gw/devices/truck", record.PrimaryKey, DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 1);
        Device late = await post.OpenAsync(password: stale);
        Assert.Equal(MqttReasonCode.BadUserNameOrPassword, (await late.NextAsync<ConnAck>()).Code);

        await post.Gateway.Devices.SetStatusAsync("truck", DeviceStatus.Disabled);
        Device disabled = await post.OpenAsync();
        Assert.Equal(MqttReasonCode.BadUserNameOrPassword, (await disabled.NextAsync<ConnAck>()).Code);
    }

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task Services_may_not_use_mqtt(MqttVersion version)
    {
        await using var post = new Post();
        PolicyRecord policy = (await post.Gateway.Policies.CreateAsync("backend", Rights.Admin)).Value!;
        Device device = await post.OpenAsync(version, userName: "policy/backend", password: policy.PrimaryKey.Reveal());
        Assert.Equal(MqttReasonCode.NotAuthorized, (await device.NextAsync<ConnAck>()).Code);
        Assert.Equal(0, post.Head.Connections);
    }

    [Fact]
    public async Task A_source_that_fails_too_often_is_told_to_slow_down()
    {
        await using var post = new Post(limits: new GatewayLimits { MaxAuthenticationFailuresPerMinute = 2 }, time: new HandTime());
        for (int i = 0; i < 2; i++)
            Assert.Equal(MqttReasonCode.BadUserNameOrPassword, (await (await post.OpenAsync(password: "x")).NextAsync<ConnAck>()).Code);
        Assert.Equal(MqttReasonCode.ConnectionRateExceeded, (await (await post.OpenAsync()).NextAsync<ConnAck>()).Code);
        Assert.Equal(MqttReasonCode.ServerUnavailable, (await (await post.OpenAsync(MqttVersion.V311)).NextAsync<ConnAck>()).Code);
    }

    [Fact]
    [Spec("MQTT5-4.12.0-1")]
    public async Task Extended_authentication_is_not_offered()
    {
        await using var post = new Post();
        Device device = await Device.OpenAsync(post.Roads, post.Port, new MqttConnectOptions { ClientId = "x", AuthenticationMethod = "SCRAM-SHA-1" });
        Assert.Equal(MqttReasonCode.BadAuthenticationMethod, (await device.NextAsync<ConnAck>()).Code);
    }

    [Fact]
    [Spec("MQTT5-3.1.3-6", "MQTT5-3.1.3-7", "MQTT5-3.2.2-16", "MQTT5-3.1.2-21")]
    public async Task What_the_gateway_offers_is_announced()
    {
        await using var post = new Post(new MqttHeadOptions { ReceiveMaximum = 7, MaxKeepAliveSeconds = 100, MaxSessionExpirySeconds = 50 });
        Device device = await post.OpenAsync(clientId: "", expiry: 1000, keepAlive: 0);
        ConnAck answer = await device.NextAsync<ConnAck>();
        Assert.Equal(7u, answer.ReceiveMaximum);
        Assert.Equal(100u, answer.KeepAlive);
        Assert.Equal(50u, answer.SessionExpiry);
        Assert.Equal(0u, answer.RetainAvailable);
        Assert.StartsWith("auto-", answer.AssignedClientId, StringComparison.Ordinal);

        Device modest = await post.OpenAsync(clientId: "c9", expiry: 40, keepAlive: 30);
        answer = await modest.NextAsync<ConnAck>();
        Assert.Null(answer.KeepAlive);
        Assert.Null(answer.SessionExpiry);
        Assert.Null(answer.AssignedClientId);
    }

    [Theory]
    [Spec("MQTT5-3.1.4-3", "MQTT3-3.1.4-2")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task The_same_client_of_a_device_takes_over(MqttVersion version)
    {
        await using var post = new Post();
        Device older = await post.ConnectAsync(version);
        Device newer = await post.ConnectAsync(version);
        if (version == MqttVersion.V500)
            Assert.Equal(MqttReasonCode.SessionTakenOver, (await older.NextAsync<Goodbye>()).Code);
        await older.NextAsync<Gone>();
        await newer.NothingAsync();
        Assert.Equal(1, post.Gateway.Connections.ConnectedDevices);
    }

    [Fact]
    [Spec("MQTT5-3.1.3-2", "MQTT3-3.1.3-2")]
    public async Task Client_ids_belong_to_their_device()
    {
        await using var post = new Post();
        Device truck = await post.ConnectAsync(device: "truck", clientId: "same");
        Device lamp = await post.ConnectAsync(device: "lamp", clientId: "same");
        await truck.NothingAsync();
        await lamp.NothingAsync();
        Assert.Equal(2, post.Head.Connections);
    }

    [Fact]
    [Spec("MQTT5-3.1.4-3", "MQTT3-3.1.4-2")]
    public async Task A_burst_of_the_same_client_leaves_the_last()
    {
        await using var post = new Post(limits: new GatewayLimits { MaxConnectionsPerDevice = 100 });
        List<Task<Device>> opening = [];
        for (int i = 0; i < 12; i++)
            opening.Add(post.OpenAsync(expiry: 100, clean: i % 2 == 0));
        Device[] devices = await Task.WhenAll(opening);
        List<Task<Gone>> ends = [.. devices.Select(device => device.NextOfAsync<Gone>())];
        while (ends.Count > 1)
            ends.Remove(await Task.WhenAny(ends));
        while (post.Head.Connections != 1 || post.Gateway.Connections.ConnectedDevices != 1)
            await Task.Yield();
        await post.StopAsync();
        await ends[0];
        Assert.Equal(0, post.Head.Connections);
        Assert.Equal(0, post.Gateway.Connections.ConnectedDevices);
    }

    [Fact]
    public async Task More_connections_than_a_device_may_have_end_the_oldest()
    {
        await using var post = new Post(limits: new GatewayLimits { MaxConnectionsPerDevice = 1 });
        Device older = await post.ConnectAsync(clientId: "a");
        await post.ConnectAsync(clientId: "b");
        Goodbye goodbye = await older.NextAsync<Goodbye>();
        Assert.Equal(MqttReasonCode.QuotaExceeded, goodbye.Code);
        Assert.NotEmpty(goodbye.Reason);
    }

    [Fact]
    public async Task Bad_options_are_named()
    {
        Assert.Equal("MaxInFlight", Assert.Throws<ArgumentOutOfRangeException>(() => new MqttHeadOptions { MaxInFlight = 0 }.Validate()).ParamName);
        Assert.Throws<ArgumentOutOfRangeException>(() => new MqttHeadOptions { MaxPacketBytes = 5 }.Validate());
        new MqttHeadOptions { MaxSessionExpirySeconds = uint.MaxValue }.Validate();
        await Task.CompletedTask;
    }
}
