using System.Text.Json;
using Restante.Mqtt.Packets;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>Whichever protocol a service sends by and a device receives by: it is the same message, and its end is the same.</summary>
[Collection("gateway")]
public sealed class CrossProtocolTests(GatewayFixture fixture)
{
    private const int LifeSeconds = 3_600;

    private static readonly Comparer<KeyValuePair<string, string>> s_byName =
        Comparer<KeyValuePair<string, string>>.Create(static (a, b) => string.CompareOrdinal(a.Key, b.Key));

    private readonly GatewayProcess _gateway = fixture.Gateway;

    [Theory]
    [InlineData("rest", "amqp")]
    [InlineData("rest", "mqtt5")]
    [InlineData("rest", "mqtt311")]
    [InlineData("rest", "https")]
    [InlineData("amqp", "amqp")]
    [InlineData("amqp", "mqtt5")]
    [InlineData("amqp", "mqtt311")]
    [InlineData("amqp", "https")]
    public async Task A_command_and_its_outcome_are_the_same_on_every_protocol(string sender, string receiver)
    {
        string device = $"cross-{sender}-{receiver}";
        string key = await _gateway.CreateDeviceAsync(device);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var network = new NetworkHost();
        long expiresAtMs = DateTimeOffset.UtcNow.AddSeconds(LifeSeconds).ToUnixTimeMilliseconds();
        List<SentCommand> sent = [];
        foreach (string verb in new[] { "accept", "reject", "release" })
        {
            sent.Add(sender == "rest"
                ? await SentCommand.ByRestAsync(_gateway, device, $"{device}/{verb}", expiresAtMs)
                : await SentCommand.ByAmqpAsync(_gateway, network, device, $"{device}/{verb}", expiresAtMs));
        }

        long before = await LastOutcomeAsync();
        await using IDoor door = await OpenAsync(receiver, network, device, key, patience.Token);
        await SettleNextAsync(door, sent[0], "accept", 1, patience.Token);
        await SettleNextAsync(door, sent[1], "reject", 1, patience.Token);
        await SettleNextAsync(door, sent[2], "release", 1, patience.Token);
        await SettleNextAsync(door, sent[2], "accept", 2, patience.Token);

        Dictionary<string, JsonElement> outcomes = await OutcomesAsync(before, device, sent.Count, patience.Token);
        AssertOutcome(outcomes[sent[0].Id], sent[0], "accepted", null, 1);
        AssertOutcome(outcomes[sent[1].Id], sent[1], "rejected", door.Kept, 1);
        AssertOutcome(outcomes[sent[2].Id], sent[2], "accepted", null, 2);
    }

    private async Task<IDoor> OpenAsync(
        string receiver, NetworkHost network, string device, string key, CancellationToken cancellation) =>
        receiver switch
        {
            "amqp" => await AmqpDoor.OpenAsync(_gateway, network, device, key, cancellation),
            "mqtt5" => await MqttDoor.OpenAsync(_gateway, network, device, key, MqttVersion.V500, cancellation),
            "mqtt311" => await MqttDoor.OpenAsync(_gateway, network, device, key, MqttVersion.V311, cancellation),
            _ => new HttpsDoor(_gateway, device, key),
        };

    private static async Task SettleNextAsync(IDoor door, SentCommand sent, string verb, int deliveryCount, CancellationToken cancellation)
    {
        Arrived arrived = await door.ReceiveAsync(cancellation);
        Assert.Equal(sent.Id, arrived.Id);
        Assert.Equal("command", arrived.Kind);
        Assert.Equal(sent.MessageId, arrived.MessageId);
        Assert.Equal(SentCommand.Body, arrived.Body);
        Assert.Equal(SentCommand.ContentType, arrived.ContentType);
        Assert.Equal(SentCommand.CorrelationId, arrived.CorrelationId);
        Assert.Equal(SentCommand.Subject, arrived.Subject);
        Assert.Equal(SentCommand.Properties.Order(s_byName), arrived.Properties.Order(s_byName));
        Assert.Equal(deliveryCount, arrived.DeliveryCount);
        if (arrived.SecondsLeft is long left)
            Assert.InRange(left, 1, LifeSeconds);
        else
            Assert.Equal(sent.ExpiresAtMs, arrived.ExpiresAtMs);
        if (arrived.Typed is not null)
            Assert.All(sent.Typed, p => Assert.Equal(p.Value, arrived.Typed[p.Key]));
        await arrived.SettleAsync(verb);
    }

    private async Task<long> LastOutcomeAsync()
    {
        using JsonDocument page = JsonDocument.Parse(await _gateway.Http.GetStringAsync("/v1/outcomes?after=latest"));
        return page.RootElement.GetProperty("next").GetInt64();
    }

    // The outcomes of one device by command.
    private async Task<Dictionary<string, JsonElement>> OutcomesAsync(long after, string device, int count, CancellationToken cancellation)
    {
        var outcomes = new Dictionary<string, JsonElement>();
        while (outcomes.Count < count)
        {
            using JsonDocument page = JsonDocument.Parse(
                await _gateway.Http.GetStringAsync($"/v1/outcomes?after={after}&wait=20", cancellation));
            foreach (JsonElement item in page.RootElement.GetProperty("items").EnumerateArray())
            {
                if (item.GetProperty("device").GetString() == device)
                    outcomes.Add(item.GetProperty("id").GetString()!, item.Clone());
            }

            after = page.RootElement.GetProperty("next").GetInt64();
        }

        return outcomes;
    }

    private static void AssertOutcome(JsonElement outcome, SentCommand sent, string expected, string? reason, int deliveryCount)
    {
        Assert.Equal(expected, outcome.GetProperty("outcome").GetString());
        Assert.Equal(sent.MessageId, outcome.GetProperty("messageId").GetString());
        Assert.Equal(deliveryCount, outcome.GetProperty("deliveryCount").GetInt32());
        Assert.Equal(reason, outcome.TryGetProperty("reason", out JsonElement kept) ? kept.GetString() : null);
    }
}
