using System.Text.Json;
using Restante.Amqp.Messaging;
using Restante.Client.Amqp;
using Restante.Client.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Net;
using Restante.System.Tests.Processes;
using static Restante.System.Tests.Abuse.AmqpBytes;

namespace Restante.System.Tests.Abuse;

/// <summary>
/// A device that sends as fast as it can is slowed down by credit, by the receive maximum or by its socket, and by nothing else: all it
/// sent is stored, and the others do not notice.
/// </summary>
[Collection("abuse")]
public sealed class TelemetryFloodTests(AbuseFixture fixture)
{
    private const int Messages = 12_000; // More at once than a client keeps on the way or a connection takes as work.

    private readonly GatewayProcess _gateway = fixture.Gateway;

    [Fact]
    public Task Over_AMQP_acknowledged() => FloodAsync(async (network, id, key) =>
    {
        await using AmqpClient client = await AmqpClient.ConnectAsync(network, _gateway.AmqpEndpoint(id, key), id, CancellationToken.None);
        AmqpSender sender = await client.OpenSenderAsync("telemetry", CancellationToken.None);
        byte[] message = AmqpMessage.FromData(new byte[300]).Encode();
        DeliveryState?[] states = await Task.WhenAll(Enumerable.Range(0, Messages).Select(_ => sender.SendAsync(message))).WaitAsync(Wire.Patience);
        Assert.All(states, static state => Assert.IsType<Accepted>(state));
    });

    [Fact]
    public Task Over_AMQP_settled() => FloodAsync(async (_, id, key) =>
    {
        await using AmqpScript script = await AmqpScript.OpenAsync(_gateway, id, key);
        await script.BeginAsync();
        await script.SendAsync(SenderFrame(0, "flood", 0, "telemetry"));
        byte[] message = Message(new byte[300]);
        for (uint sent = 0; sent < Messages;)
        {
            AmqpAnswer flow = await script.UntilAsync(Flow);
            if (flow[4] is null)
                continue;
            uint limit = Math.Min(Messages, (uint)flow[5]! + (uint)flow[6]!);
            uint from = sent;
            await script.SendAsync(Times((int)(limit - from), n => TransferFrame(0, 0, from + (uint)n, message, settled: true)));
            sent = limit;
        }

        await script.EchoAsync();
    });

    [Fact]
    public Task Over_MQTT_acknowledged() => FloodAsync(async (network, id, key) =>
    {
        await using MqttClient client = await MqttClient.ConnectAsync(
            network, _gateway.MqttEndpoint(id, key), new MqttDeviceOptions(), CancellationToken.None);
        var payload = new byte[300];
        MqttReasonCode[] codes = await Task.WhenAll(
            Enumerable.Range(0, Messages).Select(n => client.PublishAsync("telemetry", payload, n % 2 == 0 ? MqttQos.AtLeastOnce : MqttQos.ExactlyOnce)))
            .WaitAsync(Wire.Patience);
        Assert.All(codes, static code => Assert.Equal(MqttReasonCode.Success, code));
    });

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public Task Over_MQTT_with_QoS_0(int version) => FloodAsync(async (_, id, key) =>
    {
        await using MqttScript script = await MqttScript.ConnectAsync(_gateway, version, id, key);
        byte[] hundred = AmqpBytes.Times(100, _ => MqttBytes.PublishPacket(version, "telemetry/flood", 0, 0, new byte[300]));
        for (int i = 0; i < Messages / 100; i++)
            await script.Wire.SendAsync(hundred);
        await script.PingAsync();
    });

    private Task FloodAsync(Func<NetworkHost, string, string, Task> flood) => fixture.Witness.WorkDuringAsync(async () =>
    {
        (string id, string key) = await AbuseFixture.NewDeviceAsync(_gateway);
        await using var network = new NetworkHost();
        string place = await PlaceAsync();
        await flood(network, id, key);
        int stored = 0;
        while (stored < Messages)
        {
            using JsonDocument page = JsonDocument.Parse(await _gateway.Http.GetStringAsync($"/v1/telemetry?cursor={place}&max=1000&wait=10"));
            JsonElement items = page.RootElement.GetProperty("items");
            Assert.NotEqual(0, items.GetArrayLength());
            stored += items.EnumerateArray().Count(item => item.GetProperty("device").GetString() == id);
            place = Uri.EscapeDataString(page.RootElement.GetProperty("next").GetString()!);
        }

        Assert.Equal(Messages, stored);
    });

    // Where the telemetry ends now.
    private async Task<string> PlaceAsync()
    {
        using JsonDocument page = JsonDocument.Parse(await _gateway.Http.GetStringAsync("/v1/telemetry?from=latest&max=1"));
        return Uri.EscapeDataString(page.RootElement.GetProperty("next").GetString()!);
    }
}
