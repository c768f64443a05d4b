using System.Net;
using System.Text;
using Restante.Client.Amqp;
using Restante.Client.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Abuse;

/// <summary>
/// A device that takes its mail and never says what became of it: the leases lapse, the messages come again, and end as undeliverable.
/// </summary>
public sealed class UnsettledMailTests : IAsyncLifetime
{
    private GatewayProcess _gateway = null!;
    private Witness _witness = null!;

    public async Task InitializeAsync()
    {
        _gateway = await GatewayProcess.StartAsync(
            "--set", "Limits:LeaseDurationMs=3000", "--set", "Limits:SweepPeriodMs=50", "--set", "Mailboxes:MaxDeliveries=2");
        _witness = await Witness.StartAsync(_gateway);
    }

    public async Task DisposeAsync()
    {
        await _witness.DisposeAsync();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public Task Over_AMQP() => _witness.WorkDuringAsync(async () =>
    {
        string key = await _gateway.CreateDeviceAsync("sleeper");
        await using var network = new NetworkHost();
        AmqpClient client = await AmqpClient.ConnectAsync(network, _gateway.AmqpEndpoint("sleeper", key), "sleeper", CancellationToken.None);
        AmqpReceiver mailbox = await client.OpenReceiverAsync("mailbox", 100, CancellationToken.None);
        string[] sent = await SendAsync("sleeper", "c1", "c2", "c3", "c4");
        var came = new List<string>();
        while (came.Count < 8)
            came.Add(TextOf(await mailbox.ReceiveAsync(CancellationToken.None).AsTask().WaitAsync(Wire.Patience)));
        Assert.Equal(sent, came.Distinct());
        await AssertUndeliverableAsync("sleeper", sent);
        client.Abort();

        // Whoever comes next gets what is new, in order; from here on it holds the mailbox, whether or not the loss of the other has been
        // noticed.
        await using AmqpClient awake = await AmqpClient.ConnectAsync(network, _gateway.AmqpEndpoint("sleeper", key), "awake", CancellationToken.None);
        mailbox = await awake.OpenReceiverAsync("mailbox", 10, CancellationToken.None);
        string[] later = await SendAsync("sleeper", "c5", "c6", "c7");
        foreach (string body in later)
        {
            AmqpReceived message = await mailbox.ReceiveAsync(CancellationToken.None).AsTask().WaitAsync(Wire.Patience);
            Assert.Equal(body, TextOf(message));
            message.Accept();
        }

        List<(string, string, int)> outcomes = await Reading.OutcomesAsync(_gateway, "sleeper", 7);
        Assert.Equal(later.Select(static id => (id, "accepted", 1)), outcomes[4..]);
    });

    [Fact]
    public Task Over_AMQP_one_message_that_is_never_settled_among_others_that_are() => _witness.WorkDuringAsync(async () =>
    {
        string key = await _gateway.CreateDeviceAsync("picky");
        await using var network = new NetworkHost();
        await using AmqpClient client = await AmqpClient.ConnectAsync(network, _gateway.AmqpEndpoint("picky", key), "picky", CancellationToken.None);
        AmqpReceiver mailbox = await client.OpenReceiverAsync("mailbox", 100, CancellationToken.None);
        string[] sent = await SendAsync("picky", "poison", "p2", "p3", "p4", "p5");
        var came = new List<string>();
        while (came.Count < 6)
        {
            AmqpReceived message = await mailbox.ReceiveAsync(CancellationToken.None).AsTask().WaitAsync(Wire.Patience);
            came.Add(TextOf(message));
            if (came[^1] != "poison")
                message.Accept();
        }

        Assert.Equal([.. sent, "poison"], came);
        Assert.Equal(
            [.. sent[1..].Select(static id => (id, "accepted", 1)), ("poison", "undeliverable", 2)],
            await Reading.OutcomesAsync(_gateway, "picky", 5));
    });

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public Task Over_MQTT(MqttVersion version) => _witness.WorkDuringAsync(async () =>
    {
        string id = "sleeper-" + version;
        string key = await _gateway.CreateDeviceAsync(id);
        await using var network = new NetworkHost();
        var options = new MqttDeviceOptions { Version = version };
        MqttClient client = await MqttClient.ConnectAsync(network, _gateway.MqttEndpoint(id, key), options, CancellationToken.None);
        await client.SubscribeAsync("mailbox/#", MqttQos.AtLeastOnce, CancellationToken.None);
        string[] sent = await SendAsync(id, "m1", "m2", "m3");
        await AssertUndeliverableAsync(id, sent);
        client.Abort();

        await using MqttClient awake = await MqttClient.ConnectAsync(network, _gateway.MqttEndpoint(id, key), options, CancellationToken.None);
        string[] later = await SendAsync(id, "m4", "m5");
        await awake.SubscribeAsync("mailbox/#", MqttQos.AtLeastOnce, CancellationToken.None);
        foreach (string body in later)
        {
            MqttReceived message = await awake.ReceiveAsync(CancellationToken.None).AsTask().WaitAsync(Wire.Patience);
            Assert.Equal(body, Encoding.UTF8.GetString(message.Payload.Span));
            message.Accept();
        }

        await Reading.OutcomesAsync(_gateway, id, 5);
    });

    private static string TextOf(AmqpReceived message) => message.Message.Value as string ?? Encoding.UTF8.GetString(message.Message.Data.Span);

    private async Task<string[]> SendAsync(string device, params string[] bodies)
    {
        foreach (string body in bodies)
            Assert.Equal(HttpStatusCode.Created, await Reading.SendAsync(_gateway, device, body));
        return bodies;
    }

    // They lapse at the same instant, so that none of them ends before another.
    private async Task AssertUndeliverableAsync(string device, string[] ids) =>
        Assert.Equal(
            ids.Select(static id => (id, "undeliverable", 2)),
            (await Reading.OutcomesAsync(_gateway, device, ids.Length)).OrderBy(static end => end.MessageId, StringComparer.Ordinal));
}
