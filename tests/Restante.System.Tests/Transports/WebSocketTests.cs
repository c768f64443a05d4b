using System.Net;
using System.Net.WebSockets;
using System.Text;
using Restante.Amqp.Messaging;
using Restante.Client.Amqp;
using Restante.Client.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Transports;

/// <summary>AMQP and MQTT in WebSockets: what is let in, what is refused, and how they end.</summary>
public sealed class WebSocketTests(SharedPortFixture fixture) : IClassFixture<SharedPortFixture>
{
    private readonly GatewayProcess _gateway = fixture.Gateway;

    [Theory]
    [Spec("MQTT5-6.0.0-3", "MQTT5-6.0.0-4", "MQTT3-6.0.0-3", "MQTT3-6.0.0-4")]
    [InlineData("/amqp", "amqp", HttpStatusCode.SwitchingProtocols)]
    [InlineData("/amqp", "AMQPWSB10", HttpStatusCode.SwitchingProtocols)]
    [InlineData("/mqtt", "mqtt", HttpStatusCode.SwitchingProtocols)]
    [InlineData("/mqtt", "mqttv3.1", HttpStatusCode.SwitchingProtocols)]
    [InlineData("/mqtt", null, HttpStatusCode.BadRequest)]
    [InlineData("/amqp", null, HttpStatusCode.BadRequest)]
    [InlineData("/mqtt", "amqp", HttpStatusCode.BadRequest)]
    [InlineData("/amqp", "mqtt", HttpStatusCode.BadRequest)]
    [InlineData("/mqtt", "chat", HttpStatusCode.BadRequest)]
    [InlineData("/elsewhere", "mqtt", HttpStatusCode.NotFound)]
    public async Task It_is_let_in_by_its_sub_protocol(string path, string? subProtocol, HttpStatusCode answer)
    {
        foreach (int port in new[] { _gateway.HttpsPort, _gateway.AllPort })
        {
            using ClientWebSocket socket = await Doors.OpenAsync(_gateway, path, subProtocol, port);
            Assert.Equal(answer, socket.HttpStatusCode);
            if (socket.State == WebSocketState.Open)
                Assert.Equal(subProtocol, socket.SubProtocol);
        }
    }

    [Fact]
    public async Task A_request_that_is_no_upgrade_is_told_what_to_do()
    {
        foreach (string path in new[] { "/amqp", "/mqtt" })
        {
            using HttpResponseMessage answer = await _gateway.Http.GetAsync(path);
            Assert.Equal(HttpStatusCode.UpgradeRequired, answer.StatusCode);
            Assert.Equal("websocket", answer.Headers.Upgrade.ToString());
            Assert.Contains("sub-protocol", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            using HttpResponseMessage posted = await _gateway.Http.PostAsync(path, GatewayProcess.Json("{}"));
            Assert.Equal(HttpStatusCode.UpgradeRequired, posted.StatusCode);
        }
    }

    [Fact]
    public async Task A_handshake_that_is_too_large_is_refused()
    {
        using ClientWebSocket header = await Doors.OpenAsync(_gateway, "/mqtt", "mqtt", configure: static o => o.SetRequestHeader("X-Large", new string('x', 40_000)));
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, header.HttpStatusCode);
        using ClientWebSocket path = await Doors.OpenAsync(_gateway, "/mqtt?" + new string('x', 10_000), "mqtt");
        Assert.Equal(HttpStatusCode.RequestUriTooLong, path.HttpStatusCode);
    }

    [Theory]
    [InlineData("/amqp", "amqp")]
    [InlineData("/mqtt", "mqtt")]
    public async Task Text_is_answered_with_1003(string path, string subProtocol)
    {
        using ClientWebSocket socket = await Doors.OpenAsync(_gateway, path, subProtocol);
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        Assert.Equal(WebSocketCloseStatus.InvalidMessageType, (await Doors.ReadCloseAsync(socket)).Status);
    }

    [Fact]
    public async Task Garbage_is_answered_by_the_protocol_and_the_socket_closed()
    {
        using ClientWebSocket mqtt = await Doors.OpenAsync(_gateway, "/mqtt", "mqtt");
        await mqtt.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray(), WebSocketMessageType.Binary, true, CancellationToken.None);
        Assert.NotNull((await Doors.ReadCloseAsync(mqtt)).Status);
        using ClientWebSocket amqp = await Doors.OpenAsync(_gateway, "/amqp", "amqp");
        await amqp.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray(), WebSocketMessageType.Binary, true, CancellationToken.None);
        // [AMQP 2.2] Whoever speaks otherwise is told the protocol that is spoken.
        byte[] header = new byte[8];
        await amqp.ReceiveAsync(header.AsMemory(), CancellationToken.None);
        Assert.Equal("AMQP"u8.ToArray(), header[..4]);
        Assert.NotNull((await Doors.ReadCloseAsync(amqp)).Status);
    }

    [Fact]
    public async Task Clients_of_ours_send_and_receive_large_messages_on_either_port()
    {
        await using var network = new NetworkHost();
        using var timeout = new CancellationTokenSource(Doors.Patience);
        string key = await _gateway.CreateDeviceAsync("ws-engines");
        foreach (int port in new[] { _gateway.HttpsPort, _gateway.AllPort })
        {
            await using AmqpClient service = await AmqpClient.ConnectAsync(network, _gateway.ServiceEndpoint().InWebSocket("/amqp", port), "ws", timeout.Token);
            AmqpSender commands = await service.OpenSenderAsync("devices/ws-engines", timeout.Token);
            byte[] body = new byte[200_000];
            new Random(1).NextBytes(body);
            for (int n = 0; n < 6; n++)
                Assert.IsType<Accepted>(await commands.SendAsync(AmqpMessage.FromData(body.AsMemory(n))));
            await using (AmqpClient amqp = await AmqpClient.ConnectAsync(
                network, _gateway.AmqpEndpoint("ws-engines", key).InWebSocket("/amqp", port), "ws-engines", timeout.Token))
            {
                AmqpReceiver mailbox = await amqp.OpenReceiverAsync("mailbox", 2, timeout.Token);
                for (int n = 0; n < 3; n++)
                {
                    AmqpReceived received = await mailbox.ReceiveAsync(timeout.Token);
                    Assert.True(received.Message.Data.Span.SequenceEqual(body.AsSpan(n)));
                    received.Accept();
                }
            }

            await using MqttClient mqtt = await MqttClient.ConnectAsync(
                network, _gateway.MqttEndpoint("ws-engines", key).InWebSocket("/mqtt", port), new MqttDeviceOptions(), timeout.Token);
            await mqtt.SubscribeAsync("mailbox/#", MqttQos.AtLeastOnce, timeout.Token);
            for (int n = 3; n < 6; n++)
            {
                MqttReceived received = await mqtt.ReceiveAsync(timeout.Token);
                Assert.True(received.Payload.Span.SequenceEqual(body.AsSpan(n)));
                received.Accept();
            }

            Assert.Equal(MqttReasonCode.Success, await mqtt.PublishAsync("telemetry/x", body));
        }
    }

    [Fact]
    public async Task Over_http_2_it_works_too()
    {
        using ClientWebSocket socket = await Doors.OpenAsync(_gateway, "/mqtt", "mqtt", configure: static o =>
        {
            o.HttpVersion = HttpVersion.Version20;
            o.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        });
        Assert.Equal(HttpStatusCode.OK, socket.HttpStatusCode);
        string key = await _gateway.CreateDeviceAsync("ws-h2");
        await socket.SendAsync(Connect("ws-h2", key, "one"), WebSocketMessageType.Binary, true, CancellationToken.None);
        byte[] answer = new byte[100];
        await socket.ReceiveAsync(answer.AsMemory(), CancellationToken.None);
        Assert.Equal(new byte[] { 0x20, 2, 0, 0 }, answer[..4]);
    }

    [Fact]
    public async Task A_device_that_is_disabled_is_cut_and_a_newer_connection_takes_the_mailbox_over()
    {
        await using var network = new NetworkHost();
        using var timeout = new CancellationTokenSource(Doors.Patience);
        string key = await _gateway.CreateDeviceAsync("ws-revoked");
        var mqtt = _gateway.MqttEndpoint("ws-revoked", key);
        await using MqttClient older = await MqttClient.ConnectAsync(
            network, mqtt.InWebSocket("/mqtt", _gateway.HttpsPort), new MqttDeviceOptions { ClientId = "one" }, timeout.Token);
        await using MqttClient newer = await MqttClient.ConnectAsync(network, mqtt, new MqttDeviceOptions { ClientId = "one" }, timeout.Token);
        await older.Ended.WaitAsync(timeout.Token);
        await using MqttClient newest = await MqttClient.ConnectAsync(
            network, mqtt.InWebSocket("/mqtt", _gateway.AllPort), new MqttDeviceOptions { ClientId = "one" }, timeout.Token);
        await newer.Ended.WaitAsync(timeout.Token);
        using HttpResponseMessage gone = await _gateway.Http.DeleteAsync("/v1/devices/ws-revoked");
        Assert.True(gone.IsSuccessStatusCode);
        await newest.Ended.WaitAsync(timeout.Token);
    }

    [Fact]
    public async Task Only_pages_of_the_named_origins_are_let_in_and_clients_without_one()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync("--set", "Network:WebSocketOrigins=https://app.example, https://b.example/");
        foreach ((string? origin, HttpStatusCode answer) in new[]
        {
            ("https://app.example", HttpStatusCode.SwitchingProtocols),
            ("https://B.example", HttpStatusCode.SwitchingProtocols),
            (null, HttpStatusCode.SwitchingProtocols),
            ("https://evil.example", HttpStatusCode.Forbidden),
            ("http://app.example", HttpStatusCode.Forbidden),
            ("null", HttpStatusCode.Forbidden),
        })
        {
            using ClientWebSocket socket = await Doors.OpenAsync(gateway, "/mqtt", "mqtt", configure: o =>
            {
                if (origin is not null)
                    o.SetRequestHeader("Origin", origin);
            });
            Assert.Equal(answer, socket.HttpStatusCode);
        }
    }

    [Fact]
    public async Task Sigterm_says_why_by_the_protocol_and_by_the_closing_frame()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync("--all-port", "0");
        string key = await gateway.CreateDeviceAsync("told");
        using ClientWebSocket mqtt = await Doors.OpenAsync(gateway, "/mqtt", "mqtt");
        using ClientWebSocket shared = await Doors.OpenAsync(gateway, "/mqtt", "mqtt", gateway.AllPort);
        foreach ((ClientWebSocket socket, string clientId) in new[] { (mqtt, "one"), (shared, "two") })
        {
            await socket.SendAsync(Connect("told", key, clientId), WebSocketMessageType.Binary, true, CancellationToken.None);
            await socket.ReceiveAsync(new byte[100].AsMemory(), CancellationToken.None);
        }

        Task<int> stopped = gateway.StopAsync();
        foreach (ClientWebSocket socket in new[] { mqtt, shared })
        {
            Assert.Equal((WebSocketCloseStatus.EndpointUnavailable, "The gateway is shutting down."), await Doors.ReadCloseAsync(socket));
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        Assert.Equal(0, await stopped);
    }

    [Fact]
    public async Task Without_them_nothing_is_there()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync("--set", "Listen:WebSockets=false");
        using ClientWebSocket socket = await Doors.OpenAsync(gateway, "/mqtt", "mqtt");
        Assert.Equal(HttpStatusCode.NotFound, socket.HttpStatusCode);
        Assert.DoesNotContain("WebSocket", gateway.Output, StringComparison.Ordinal);
    }

    // MQTT 3.1.1 CONNECT with user name and password.
    private static byte[] Connect(string device, string key, string clientId)
    {
        byte[] id = Text(clientId);
        byte[] user = Text(device);
        byte[] password = Text(key);
        byte[] rest = [0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 0xC2, 0, 60, .. id, .. user, .. password];
        return [0x10, (byte)rest.Length, .. rest];

        static byte[] Text(string text) => [0, (byte)text.Length, .. Encoding.UTF8.GetBytes(text)];
    }
}
