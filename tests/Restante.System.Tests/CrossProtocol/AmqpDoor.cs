using System.Collections.Concurrent;
using System.Text.Json;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Client.Amqp;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>A device on AMQP.</summary>
internal sealed class AmqpDoor : IDoor
{
    private readonly AmqpClient _client;
    private readonly AmqpReceiver _mailbox;
    private readonly AmqpRequests _state;
    private readonly ConcurrentDictionary<string, Task<AmqpSender>> _senders = new();

    private AmqpDoor(AmqpClient client, AmqpReceiver mailbox)
    {
        _client = client;
        _mailbox = mailbox;
        _state = new AmqpRequests(client, "state");
    }

    public string Kept => IDoor.Reason;

    public static async Task<IDoor> OpenAsync(
        GatewayProcess gateway, NetworkHost network, string id, string key, CancellationToken cancellation)
    {
        AmqpClient client = await AmqpClient.ConnectAsync(network, gateway.AmqpEndpoint(id, key), id, cancellation);
        return new AmqpDoor(client, await client.OpenReceiverAsync("mailbox", 10, cancellation));
    }

    public async Task<Arrived> ReceiveAsync(CancellationToken cancellation)
    {
        AmqpReceived received = await _mailbox.ReceiveAsync(cancellation);
        AmqpMessage message = received.Message;
        return new Arrived
        {
            Id = Letter.TextOf(AmqpLetter.Annotation(message, "x-opt-sequence-number")),
            Kind = (string)AmqpLetter.Annotation(message, "x-opt-restante-kind")!,
            Letter = AmqpLetter.Read(message),
            DeliveryCount = (int)message.Header!.Value.DeliveryCount + 1,
            ExpiresAtMs = message.Properties!.AbsoluteExpiryTime?.UnixMilliseconds,
            SettleAsync = verb => SettleAsync(received, verb),
        };
    }

    public Task SendTelemetryAsync(string channel, Letter letter) => SendAsync($"telemetry/{channel}", AmqpLetter.Write(letter));

    public Task ReportAsync(string command, Letter letter, bool isFinal)
    {
        AmqpMessage message = AmqpLetter.Write(letter);
        message.Properties!.CorrelationId = command;
        message.MessageAnnotations = new AmqpMap { { new Symbol("x-opt-restante-final"), isFinal } };
        return SendAsync("reports", message);
    }

    public Task AskAsync(string subject, Letter letter) => SendAsync($"inquiries/{subject}", AmqpLetter.Write(letter));

    public async Task ReportStateAsync(string patch, CancellationToken cancellation)
    {
        AmqpMessage answer = await _state.SendAsync(new() { ["operation"] = "PATCH" }, patch, cancellation);
        Assert.Equal(200, answer.ApplicationProperties!["statusCode"]);
    }

    public async Task<JsonElement> ReadStateAsync(CancellationToken cancellation)
    {
        AmqpMessage answer = await _state.SendAsync(new() { ["operation"] = "GET" }, null, cancellation);
        return JsonElement.Parse(answer.Data.Span);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private async Task SettleAsync(AmqpReceived received, string verb)
    {
        if (verb == "renew")
        {
            AmqpMessage renew = AmqpMessage.FromData();
            renew.Properties = new MessageProperties { Subject = verb };
            renew.ApplicationProperties = new AmqpMap { { "lease", AmqpLetter.Annotation(received.Message, "x-opt-restante-lease") } };
            await SendAsync("mailbox/settle", renew);
            return;
        }

        Assert.True(verb switch
        {
            "accept" => received.Accept(),
            "reject" => received.Reject(IDoor.Reason),
            _ => received.Release(),
        });
    }

    private async Task SendAsync(string address, AmqpMessage message)
    {
        AmqpSender sender = await _senders.GetOrAdd(address, a => _client.OpenSenderAsync(a, CancellationToken.None));
        Assert.IsType<Accepted>(await sender.SendAsync(message));
    }
}
