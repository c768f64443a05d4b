using System.Text;
using System.Text.Json;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Client.Amqp;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>A command as a service sent it, and what every device is to see of it.</summary>
internal sealed record SentCommand(string Id, string MessageId, long ExpiresAtMs, IReadOnlyDictionary<string, object?> Typed)
{
    public const string Body = """{"open":"dør 2","at":[1,2.5]}""";
    public const string ContentType = "application/json";
    public const string CorrelationId = "order 4711/ü";
    public const string Subject = "open & close";

    /// <summary>The properties as text.</summary>
    public static IReadOnlyDictionary<string, string> Properties { get; } = new Dictionary<string, string>
    {
        ["whole"] = "-17",
        ["large"] = "1099511627776",
        ["flag"] = "true",
        ["ratio"] = "2.5",
        ["unique"] = "0f8fad5b-d9cb-469f-a165-70867728950e",
        ["due"] = "1795000000000",
        ["text"] = "Grüße & =?/+% 😀",
        ["empty"] = string.Empty,
    };

    private static readonly Dictionary<string, object?> s_typed = new()
    {
        ["whole"] = -17,
        ["large"] = 1_099_511_627_776L,
        ["flag"] = true,
        ["ratio"] = 2.5,
        ["unique"] = Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"),
        ["due"] = new AmqpTimestamp(1_795_000_000_000),
        ["text"] = Properties["text"],
        ["empty"] = string.Empty,
    };

    public static async Task<SentCommand> ByRestAsync(GatewayProcess gateway, string device, string messageId, long expiresAtMs)
    {
        string command = JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["bodyBase64"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(Body)),
            ["contentType"] = ContentType,
            ["messageId"] = messageId,
            ["correlationId"] = CorrelationId,
            ["subject"] = Subject,
            ["expiresAt"] = DateTimeOffset.FromUnixTimeMilliseconds(expiresAtMs),
            ["properties"] = Properties,
        });
        using HttpResponseMessage sent = await gateway.Http.PostAsync($"/v1/devices/{device}/commands", GatewayProcess.Json(command));
        string receipt = await sent.Content.ReadAsStringAsync();
        Assert.True(sent.IsSuccessStatusCode, receipt);
        using JsonDocument json = JsonDocument.Parse(receipt);
        var typed = Properties.ToDictionary(p => p.Key, p => (object?)p.Value);
        return new SentCommand(json.RootElement.GetProperty("id").GetString()!, messageId, expiresAtMs, typed);
    }

    public static async Task<SentCommand> ByAmqpAsync(
        GatewayProcess gateway, NetworkHost network, string device, string messageId, long expiresAtMs)
    {
        await using AmqpClient client =
            await AmqpClient.ConnectAsync(network, gateway.ServiceEndpoint(), messageId, CancellationToken.None);
        AmqpSender sender = await client.OpenSenderAsync($"devices/{device}", CancellationToken.None);
        AmqpMessage message = AmqpMessage.FromData(Encoding.UTF8.GetBytes(Body));
        message.Properties = new MessageProperties
        {
            MessageId = messageId,
            CorrelationId = CorrelationId,
            ContentType = ContentType,
            Subject = Subject,
            AbsoluteExpiryTime = new AmqpTimestamp(expiresAtMs),
        };
        message.ApplicationProperties = new AmqpMap();
        foreach ((string name, object? value) in s_typed)
            message.ApplicationProperties.Add(name, value);
        Assert.IsType<Accepted>(await sender.SendAsync(message));

        // AMQP tells a sender no id; the mailbox shows which one it was given.
        using JsonDocument mailbox = JsonDocument.Parse(await gateway.Http.GetStringAsync($"/v1/devices/{device}/mailbox"));
        JsonElement held = mailbox.RootElement.GetProperty("items").EnumerateArray()
            .Single(m => m.GetProperty("messageId").GetString() == messageId);
        return new SentCommand(held.GetProperty("id").GetString()!, messageId, expiresAtMs, s_typed);
    }
}
