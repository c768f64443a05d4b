using System.Globalization;
using System.Text;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Client.Amqp;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>Mail by AMQP.</summary>
internal sealed class AmqpDoor : IDoor
{
    private readonly AmqpClient _client;
    private readonly AmqpReceiver _mailbox;

    private AmqpDoor(AmqpClient client, AmqpReceiver mailbox)
    {
        _client = client;
        _mailbox = mailbox;
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
        MessageProperties properties = message.Properties!;
        var typed = (message.ApplicationProperties ?? new AmqpMap()).ToDictionary(p => (string)p.Key, p => p.Value);
        return new Arrived
        {
            Id = Text(Annotation(message, "x-opt-sequence-number")),
            Kind = (string)Annotation(message, "x-opt-restante-kind")!,
            MessageId = properties.MessageId as string,
            Body = message.BodyKind == BodyKind.Value ? (string)message.Value! : Encoding.UTF8.GetString(message.Data.Span),
            ContentType = properties.ContentType?.Value,
            CorrelationId = properties.CorrelationId as string,
            Subject = properties.Subject,
            Properties = typed.ToDictionary(p => p.Key, p => Text(p.Value)),
            Typed = typed,
            DeliveryCount = (int)message.Header!.Value.DeliveryCount + 1,
            ExpiresAtMs = properties.AbsoluteExpiryTime?.UnixMilliseconds,
            SettleAsync = verb =>
            {
                Assert.True(verb switch
                {
                    "accept" => received.Accept(),
                    "reject" => received.Reject(IDoor.Reason),
                    _ => received.Release(),
                });
                return Task.CompletedTask;
            },
        };
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private static object? Annotation(AmqpMessage message, string name) =>
        message.MessageAnnotations!.TryGetNamed(name, out object? value) ? value : null;

    // The text that the other protocols are to show for a value of this type.
    private static string Text(object? value) => value switch
    {
        bool flag => flag ? "true" : "false",
        AmqpTimestamp time => time.UnixMilliseconds.ToString(CultureInfo.InvariantCulture),
        Guid id => id.ToString("D"),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
