using System.Net;
using System.Text;
using Restante.Amqp.Messaging;
using Restante.Client.Amqp;
using Restante.Client.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Net;
using Restante.System.Tests.Processes;
using static Restante.System.Tests.Abuse.AmqpBytes;

namespace Restante.System.Tests.Abuse;

/// <summary>
/// A peer that asks for much and does not read what it asked for loses its connection; what it did not take stays where it was.
/// </summary>
[Collection("abuse")]
public sealed class SilentReaderTests(AbuseFixture fixture)
{
    private const int SmallBuffer = 8 * 1024;

    private readonly GatewayProcess _gateway = fixture.Gateway;

    [Fact]
    public Task A_service_that_reads_telemetry_and_does_not_read_its_socket() => fixture.Witness.WorkDuringAsync(async () =>
    {
        (string id, string key) = await AbuseFixture.NewDeviceAsync(_gateway);
        await using AmqpScript service = await AmqpScript.OpenAsync(_gateway, "policy/admin", _gateway.AdminKey, SmallBuffer);
        await service.BeginAsync();
        // Settled when sent, so that nothing but the socket holds the gateway back.
        await service.SendAsync(Frame(0, Performative(
            Attach, Text("all"), UInt(0), True, UByte(1), Null, Source("telemetry"), Target("telemetry"), Null, Null, Null, Null)));
        await service.UntilAsync(Attach);
        await service.SendAsync(FlowFrame(0, 0, 100_000));
        await using var network = new NetworkHost();
        await using AmqpClient device = await AmqpClient.ConnectAsync(network, _gateway.AmqpEndpoint(id, key), id, CancellationToken.None);
        AmqpSender sender = await device.OpenSenderAsync("telemetry", CancellationToken.None);
        byte[] message = AmqpMessage.FromData(new byte[200_000]).Encode();
        for (int i = 0; i < 100; i++)
            Assert.IsType<Accepted>(await sender.SendAsync(message).WaitAsync(Wire.Patience));

        // Heartbeats go out, nothing is read: the gateway gives up, not the peer.
        await service.Wire.WriteUntilEndAsync(Times(100, static _ => Header(8, 0, 2, 0)));
    });

    [Fact]
    public Task A_peer_that_asks_for_answers_and_does_not_read_them() => fixture.Witness.WorkDuringAsync(async () =>
    {
        (string id, string key) = await AbuseFixture.NewDeviceAsync(_gateway);
        await using AmqpScript script = await AmqpScript.OpenAsync(_gateway, id, key, SmallBuffer);
        await script.BeginAsync();
        await script.Wire.WriteUntilEndAsync(Times(200, static _ => FlowFrame(0, echo: true)));
        Assert.Contains("did not take", await Reading.DisconnectedAsync(_gateway, id), StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public Task A_device_that_pings_and_does_not_read_the_answers(int version) => fixture.Witness.WorkDuringAsync(async () =>
    {
        (string id, string key) = await AbuseFixture.NewDeviceAsync(_gateway);
        await using MqttScript script = await MqttScript.ConnectAsync(_gateway, version, id, key, receiveBuffer: SmallBuffer);
        await script.Wire.WriteUntilEndAsync(Times(8_000, static _ => MqttBytes.PingReq));
        Assert.Contains("did not take", await Reading.DisconnectedAsync(_gateway, id), StringComparison.Ordinal);
    });

    [Fact]
    public Task An_AMQP_device_with_a_full_mailbox_that_does_not_read() => fixture.Witness.WorkDuringAsync(async () =>
    {
        (string id, string key) = await AbuseFixture.NewDeviceAsync(_gateway);
        await FillAsync(id);
        await using AmqpScript script = await AmqpScript.OpenAsync(_gateway, id, key, SmallBuffer);
        await script.BeginAsync();
        await script.AttachReceiverAsync("mailbox", 1_000);
        Assert.Contains("did not take", await Reading.DisconnectedAsync(_gateway, id), StringComparison.Ordinal);

        await using var network = new NetworkHost();
        await using AmqpClient reader = await AmqpClient.ConnectAsync(network, _gateway.AmqpEndpoint(id, key), id, CancellationToken.None);
        AmqpReceiver mailbox = await reader.OpenReceiverAsync("mailbox", 10, CancellationToken.None);
        for (int i = 0; i < Commands; i++)
        {
            AmqpReceived message = await mailbox.ReceiveAsync(CancellationToken.None).AsTask().WaitAsync(Wire.Patience);
            Assert.StartsWith($"{i:d3} ", message.Message.Value as string ?? Encoding.UTF8.GetString(message.Message.Data.Span), StringComparison.Ordinal);
            message.Accept();
        }
    });

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public Task An_MQTT_device_with_a_full_mailbox_that_does_not_read(int version) => fixture.Witness.WorkDuringAsync(async () =>
    {
        (string id, string key) = await AbuseFixture.NewDeviceAsync(_gateway);
        await FillAsync(id);
        await using MqttScript script = await MqttScript.ConnectAsync(_gateway, version, id, key, receiveBuffer: SmallBuffer);
        await script.Wire.SendAsync(MqttBytes.Subscribe(version, 1, "mailbox/#"));
        await script.UntilAsync(MqttBytes.SubAck);
        Assert.Contains("did not take", await Reading.DisconnectedAsync(_gateway, id), StringComparison.Ordinal);

        await using var network = new NetworkHost();
        await using MqttClient reader = await MqttClient.ConnectAsync(
            network, _gateway.MqttEndpoint(id, key), new MqttDeviceOptions(), CancellationToken.None);
        await reader.SubscribeAsync("mailbox/#", MqttQos.AtLeastOnce, CancellationToken.None);
        for (int i = 0; i < Commands; i++)
        {
            MqttReceived message = await reader.ReceiveAsync(CancellationToken.None).AsTask().WaitAsync(Wire.Patience);
            Assert.StartsWith($"{i:d3} ", Encoding.UTF8.GetString(message.Payload.Span), StringComparison.Ordinal);
            message.Accept();
        }
    });

    private const int Commands = 70;

    // Far more than the kernel's buffers on the way hold, and what a mailbox may.
    private async Task FillAsync(string device)
    {
        string filling = new('x', 220_000);
        for (int i = 0; i < Commands; i++)
            Assert.Equal(HttpStatusCode.Created, await Reading.SendAsync(_gateway, device, $"{i:d3} {filling}", $"{i}"));
    }
}
