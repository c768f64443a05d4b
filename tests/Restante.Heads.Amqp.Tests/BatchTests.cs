using Restante.Amqp.Messaging;
using Restante.Core.Limits;
using Restante.Core.Messages;
using Restante.Core.Streams;
using Restante.Core.Telemetry;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>Several messages in one, stored whole or not at all.</summary>
public sealed class BatchTests
{
    private const uint Format = 0x8001_3700;

    [Fact]
    public async Task Each_message_of_a_batch_becomes_a_record()
    {
        await using var house = new House();
        Line telemetry = await (await house.ConnectAsync()).SenderAsync("telemetry/room");
        AmqpMessage second = AmqpMessage.FromValue("two");
        second.Properties = new MessageProperties { ContentType = "text/plain" };
        second.ApplicationProperties = new() { { "n", 2 } };
        Assert.Same(Accepted.Instance, await telemetry.SendAsync(Batch(Message("one"), second.Encode(), Message("three")), format: Format));
        List<StreamRecord> stored = await house.TelemetryAsync();
        Assert.Equal(["one", "two", "three"], stored.Select(r => System.Text.Encoding.UTF8.GetString(MessageContent.Decode(r.Content).Body.Span)));
        Assert.All(stored, r => Assert.Equal(("truck", "room"), (r.Source, r.Channel)));
        MessageContent content = MessageContent.Decode(stored[1].Content);
        Assert.Equal(("text/plain", "2"), (content.ContentType, Assert.Single(content.Properties).Value));
    }

    [Fact]
    public async Task Nothing_of_a_batch_that_is_wrong_is_stored()
    {
        await using var house = new House(limits: new GatewayLimits { MaxMessageBytes = 64 * 1024, MaxAuthenticationFailuresPerMinute = 0 });
        Line telemetry = await (await house.ConnectAsync()).SenderAsync("telemetry");
        byte[] good = Message("good");
        (byte[] Sent, string Condition)[] wrong =
        [
            (Batch(good, [1, 2, 3]), "amqp:decode-error"),
            (Batch(good, []), "accepted"),
            (AmqpMessage.FromValue("no data").Encode(), "amqp:decode-error"),
            (AmqpMessage.FromData().Encode(), "amqp:decode-error"),
            (Batch([.. Enumerable.Repeat(Message("x"), TelemetryStreams.MaxBatch + 1)]), "amqp:decode-error"),
        ];
        foreach ((byte[] sent, string condition) in wrong)
        {
            DeliveryState? state = await telemetry.SendAsync(sent, format: Format);
            Assert.Equal(condition, state is Rejected rejected ? rejected.Error!.Condition.Value : "accepted");
        }

        // A message without a body is one, if an empty one.
        Assert.Equal(2, (await house.TelemetryAsync()).Count);
        house.Hooks.Refuse("append");
        Assert.Same(Released.Instance, await telemetry.SendAsync(Batch(good, good), format: Format));
        Assert.Equal(2, (await house.TelemetryAsync()).Count);
    }

    [Fact]
    public async Task Other_formats_and_batches_elsewhere_are_rejected()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Line telemetry = await device.SenderAsync("telemetry");
        Assert.IsType<Rejected>(await telemetry.SendAsync(Message("x"), format: 0x1234_5600));
        Assert.Same(Accepted.Instance, await telemetry.SendAsync(Message("x"), format: 1));
        Line inquiries = await device.SenderAsync("inquiries/traffic");
        Assert.IsType<Rejected>(await inquiries.SendAsync(Batch(Message("x")), format: Format));
        Assert.Single(await house.TelemetryAsync());
    }

    private static byte[] Message(string body) => AmqpMessage.FromData(System.Text.Encoding.UTF8.GetBytes(body)).Encode();

    private static byte[] Batch(params byte[][] messages) => AmqpMessage.FromData([.. messages.Select(m => (ReadOnlyMemory<byte>)m)]).Encode();
}
