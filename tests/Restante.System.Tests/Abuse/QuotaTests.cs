using System.Net;
using System.Text.Json;
using Restante.Amqp.Messaging;
using Restante.Client.Amqp;
using Restante.Client.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Abuse;

/// <summary>
/// A device that sends as fast as it can, far beyond its quota, is held to it: by its socket, by credit, by refusals. Its neighbour, with
/// the same quota and within it, is always answered at once. The rate is so low that what a slow machine lets through beside the burst
/// does not matter.
/// </summary>
public sealed class QuotaTests
{
    private const int Burst = 60;
    private const int Flood = 3_000;
    private const int Neighbourly = 40;

    // More would have come in by the rate only in a quarter of an hour.
    private const int MostStored = 1_000;

    [Fact]
    public async Task A_flood_is_held_to_its_rate_on_every_protocol_and_its_neighbours_go_on()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(
            "--set", "Limits:MaxMessagesPerSecondPerDevice=1",
            "--set", $"Limits:QuotaBurstMs={Burst * 1_000}", "--set", "Log:Level=Warning");
        await using var network = new NetworkHost();
        await MqttAsync(gateway, network);
        await AmqpAsync(gateway, network);
        await HttpsAsync(gateway);
        foreach (string protocol in (string[])["mqtt", "amqp", "https"])
        {
            Assert.InRange(await StoredAsync(gateway, "flood-" + protocol), Burst, MostStored);
            Assert.Equal(Neighbourly, await StoredAsync(gateway, "calm-" + protocol));
        }
    }

    private static async Task MqttAsync(GatewayProcess gateway, NetworkHost network)
    {
        using var patience = new CancellationTokenSource(Wire.Patience);
        string flooder = await gateway.CreateDeviceAsync("flood-mqtt");
        string calm = await gateway.CreateDeviceAsync("calm-mqtt");
        await using MqttScript flood = await MqttScript.ConnectAsync(gateway, 4, "flood-mqtt", flooder);
        MqttClient neighbour = await MqttClient.ConnectAsync(
            network, gateway.MqttEndpoint("calm-mqtt", calm), new MqttDeviceOptions(), patience.Token);
        await flood.Wire.SendAsync(AmqpBytes.Times(Flood, static _ => MqttBytes.PublishPacket(4, "telemetry", 0, 0, "x"u8.ToArray())));
        for (int i = 0; i < Neighbourly; i++)
            Assert.Equal(MqttReasonCode.Success, await neighbour.PublishAsync("telemetry", "x"u8.ToArray()).WaitAsync(Wire.Patience));
        await UntilStoredAsync(gateway, "flood-mqtt");
        neighbour.Abort();
    }

    private static async Task AmqpAsync(GatewayProcess gateway, NetworkHost network)
    {
        using var patience = new CancellationTokenSource(Wire.Patience);
        string flooder = await gateway.CreateDeviceAsync("flood-amqp");
        string calm = await gateway.CreateDeviceAsync("calm-amqp");
        AmqpClient abuser = await AmqpClient.ConnectAsync(
            network, gateway.AmqpEndpoint("flood-amqp", flooder), "flood-amqp", patience.Token);
        AmqpClient neighbour = await AmqpClient.ConnectAsync(network, gateway.AmqpEndpoint("calm-amqp", calm), "calm-amqp", patience.Token);
        AmqpSender flood = await abuser.OpenSenderAsync("telemetry", patience.Token);
        AmqpSender telemetry = await neighbour.OpenSenderAsync("telemetry", patience.Token);
        byte[] message = AmqpMessage.FromData("x"u8.ToArray()).Encode();
        Task<DeliveryState?>[] flooding = [.. Enumerable.Range(0, Flood).Select(_ => flood.SendAsync(message))];
        for (int i = 0; i < Neighbourly; i++)
            Assert.IsType<Accepted>(await telemetry.SendAsync(message).WaitAsync(Wire.Patience));
        await Task.WhenAll(flooding[..Burst]).WaitAsync(Wire.Patience);
        neighbour.Abort();
        abuser.Abort();
        await Assert.ThrowsAnyAsync<Exception>(() => Task.WhenAll(flooding).WaitAsync(Wire.Patience));
        Assert.All(flooding.Where(static sent => sent.IsCompletedSuccessfully), static sent => Assert.IsType<Accepted>(sent.Result));
    }

    private static async Task HttpsAsync(GatewayProcess gateway)
    {
        using HttpClient flood = gateway.CreateHttpClient($"flood-https:{await gateway.CreateDeviceAsync("flood-https")}");
        using HttpClient calm = gateway.CreateHttpClient($"calm-https:{await gateway.CreateDeviceAsync("calm-https")}");
        int taken = 0;
        int refused = 0;
        for (int i = 0; i < 2 * Burst || refused == 0; i++)
        {
            using HttpResponseMessage response = await flood.PostAsync("/v1/telemetry", new StringContent("x"));
            if (response.StatusCode == HttpStatusCode.TooManyRequests)
            {
                refused++;
                Assert.NotNull(response.Headers.RetryAfter);
            }
            else
            {
                taken++;
                Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
            }

            if (i % 3 != 0 || i / 3 >= Neighbourly)
                continue;
            using HttpResponseMessage other = await calm.PostAsync("/v1/telemetry", new StringContent("x"));
            Assert.Equal(HttpStatusCode.NoContent, other.StatusCode);
        }

        Assert.InRange(taken, Burst, MostStored);
    }

    private static async Task UntilStoredAsync(GatewayProcess gateway, string device)
    {
        using var patience = new CancellationTokenSource(Wire.Patience);
        while (await StoredAsync(gateway, device) < Burst)
            await Task.Delay(50, patience.Token);
    }

    private static async Task<int> StoredAsync(GatewayProcess gateway, string device)
    {
        int stored = 0;
        string query = "from=earliest";
        while (true)
        {
            using JsonDocument page = JsonDocument.Parse(await gateway.Http.GetStringAsync($"/v1/telemetry?{query}&max=1000"));
            JsonElement items = page.RootElement.GetProperty("items");
            if (items.GetArrayLength() == 0)
                return stored;
            stored += items.EnumerateArray().Count(item => item.GetProperty("device").GetString() == device);
            query = "cursor=" + Uri.EscapeDataString(page.RootElement.GetProperty("next").GetString()!);
        }
    }
}
