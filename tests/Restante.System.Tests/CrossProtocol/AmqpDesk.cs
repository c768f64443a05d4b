using System.Text.Json;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Client.Amqp;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>A service on AMQP.</summary>
internal sealed class AmqpDesk : IDesk
{
    private readonly GatewayProcess _gateway;
    private readonly AmqpClient _client;
    private readonly Dictionary<string, AmqpReceiver> _subjects = [];
    private readonly Dictionary<string, AmqpSender> _senders = [];
    private AmqpReceiver? _telemetry;

    private AmqpDesk(GatewayProcess gateway, AmqpClient client)
    {
        _gateway = gateway;
        _client = client;
    }

    public static async Task<IDesk> OpenAsync(GatewayProcess gateway, NetworkHost network, CancellationToken cancellation) =>
        new AmqpDesk(gateway, await AmqpClient.ConnectAsync(network, gateway.ServiceEndpoint(), "desk", cancellation));

    // AMQP tells a sender no id; the mailbox shows which one it was given.
    public async Task<string> CommandAsync(string device, Letter letter, long expiresAtMs)
    {
        AmqpMessage message = AmqpLetter.Write(letter);
        message.Properties!.AbsoluteExpiryTime = new AmqpTimestamp(expiresAtMs);
        await SendAsync($"devices/{device}", message);
        return await IdAsync($"/v1/devices/{device}/mailbox", letter);
    }

    public async Task<string> NotifyAsync(string group, Letter letter)
    {
        await SendAsync($"groups/{group}", AmqpLetter.Write(letter));
        return await IdAsync("/v1/notifications", letter);
    }

    public async Task FollowTelemetryAsync(CancellationToken cancellation)
    {
        Symbol name = "apache.org:selector-filter:string";
        var start = new AmqpMap { { name, new DescribedValue(name, "amqp.annotation.x-opt-offset > '@latest'") } };
        _telemetry = await _client.OpenReceiverAsync("telemetry", 100, cancellation, new Source { Filter = start });
    }

    public async Task<(string? Channel, Letter Letter)> NextTelemetryAsync(string device, CancellationToken cancellation)
    {
        while (true)
        {
            AmqpReceived received = await _telemetry!.ReceiveAsync(cancellation);
            Assert.True(received.Accept());
            if (device.Equals(AmqpLetter.Annotation(received.Message, "x-opt-restante-device")))
                return (AmqpLetter.Annotation(received.Message, "x-opt-restante-channel") as string, AmqpLetter.Read(received.Message));
        }
    }

    public async Task<IReadOnlyList<Reported>> ReportsAsync(string command, int count, CancellationToken cancellation)
    {
        AmqpReceiver receiver = await _client.OpenReceiverAsync($"reports/{command}", 10, cancellation);
        List<Reported> reports = [];
        while (reports.Count < count)
        {
            AmqpReceived received = await receiver.ReceiveAsync(cancellation);
            Assert.True(received.Accept());
            Letter letter = AmqpLetter.Read(received.Message);
            reports.Add(new Reported(
                (string)AmqpLetter.Annotation(received.Message, "x-opt-restante-device")!,
                (long)letter.Properties["number"]!,
                (bool)letter.Properties["final"]!,
                letter.Without("number", "final")));
        }

        return reports;
    }

    public async Task<Asked> TakeAsync(string subject, CancellationToken cancellation)
    {
        if (!_subjects.TryGetValue(subject, out AmqpReceiver? receiver))
            _subjects[subject] = receiver = await _client.OpenReceiverAsync($"inquiries/{subject}", 10, cancellation);
        AmqpReceived received = await receiver.ReceiveAsync(cancellation);
        AmqpMessage message = received.Message;
        Assert.Equal("answers", message.Properties!.ReplyTo);
        return new Asked
        {
            Number = Letter.TextOf(AmqpLetter.Annotation(message, "x-opt-sequence-number")),
            Device = (string)AmqpLetter.Annotation(message, "x-opt-restante-device")!,
            Letter = AmqpLetter.Read(message),
            DeliveryCount = (int)message.Header!.Value.DeliveryCount + 1,
            SettleAsync = verb =>
            {
                Assert.True(verb switch
                {
                    "accept" => received.Accept(),
                    "reject" => received.Reject(IDesk.Reason),
                    _ => received.Release(),
                });
                return Task.CompletedTask;
            },
        };
    }

    public Task AnswerAsync(string inquiry, Letter letter, bool isFinal)
    {
        AmqpMessage message = AmqpLetter.Write(letter);
        message.Properties!.CorrelationId = inquiry;
        message.MessageAnnotations = new AmqpMap { { new Symbol("x-opt-restante-final"), isFinal } };
        return SendAsync("answers", message);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private async Task<string> IdAsync(string path, Letter letter)
    {
        using JsonDocument page = JsonDocument.Parse(await _gateway.Http.GetStringAsync(path));
        return page.RootElement.GetProperty("items").EnumerateArray()
            .Single(m => m.TryGetProperty("messageId", out JsonElement id) && id.GetString() == letter.MessageId)
            .GetProperty("id").GetString()!;
    }

    private async Task SendAsync(string address, AmqpMessage message)
    {
        if (!_senders.TryGetValue(address, out AmqpSender? sender))
            _senders[address] = sender = await _client.OpenSenderAsync(address, CancellationToken.None);
        Assert.IsType<Accepted>(await sender.SendAsync(message));
    }
}
