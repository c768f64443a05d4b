using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>A service sends commands.</summary>
public sealed class CommandTests
{
    [Fact]
    [Spec("AMQP-3.2.1-a")]
    public async Task A_command_is_accepted_once_it_is_durable()
    {
        await using var house = new House();
        await house.DeviceAsync();
        Peer service = await house.ServiceAsync(Rights.Send);
        Line commands = await service.SenderAsync("devices/truck");
        Hooks.Gate enqueue = house.Hooks.Hold("enqueue");
        Task<DeliveryState?> sending = commands.SendAsync("go");
        await enqueue.Reached;
        await service.FenceAsync();
        Assert.False(sending.IsCompleted);
        enqueue.Open();
        Assert.Same(Accepted.Instance, await sending);
        Peer device = await house.ConnectAsync();
        Assert.Equal("go", (await (await device.ReceiverAsync("mailbox", 1)).MailAsync()).Body);
    }

    [Fact]
    public async Task Each_message_may_name_its_device()
    {
        await using var house = new House();
        await house.DeviceAsync("a");
        await house.DeviceAsync("b");
        Peer service = await house.ServiceAsync(Rights.Send);
        Line commands = await service.SenderAsync("devices");
        Assert.Same(Accepted.Instance, await commands.SendAsync(To("a")));
        Assert.Same(Accepted.Instance, await commands.SendAsync(To("devices/b")));
        Assert.Equal("amqp:not-found", Condition(await commands.SendAsync(To("c"))));
        Assert.Equal("amqp:not-found", Condition(await commands.SendAsync(To("no device id"))));
        Assert.Equal("amqp:decode-error", Condition(await commands.SendAsync(To(null))));
        Peer device = await house.ConnectAsync("b");
        Mail mail = await (await device.ReceiverAsync("mailbox", 1)).MailAsync();
        Assert.Equal("for devices/b", mail.Body);
    }

    [Fact]
    public async Task Every_refusal_of_a_command_has_its_condition()
    {
        await using var house = new House(limits: new GatewayLimits { MaxTtlMs = 3_600_000, DefaultTtlMs = 3_600_000 }, mailboxes: new MailboxLimits { MaxDepth = 1 });
        await house.DeviceAsync();
        Peer service = await house.ServiceAsync(Rights.Send);
        Line nobody = await service.SenderAsync("devices/nobody");
        Assert.Equal("amqp:not-found", Condition(await nobody.SendAsync("x")));

        Line commands = await service.SenderAsync("devices/truck");
        AmqpMessage late = AmqpMessage.FromData("late"u8.ToArray());
        late.Properties = new MessageProperties { AbsoluteExpiryTime = new AmqpTimestamp(1) };
        Assert.Equal("amqp:precondition-failed", Condition(await commands.SendAsync(late)));

        AmqpMessage longLived = AmqpMessage.FromData("long"u8.ToArray());
        longLived.Header = new MessageHeader { TtlMs = 3_700_000 };
        Assert.Equal("amqp:invalid-field", Condition(await commands.SendAsync(longLived)));

        AmqpMessage longId = AmqpMessage.FromData("id"u8.ToArray());
        longId.Properties = new MessageProperties { MessageId = new string('x', MailboxHub.MaxMessageIdLength + 1) };
        Assert.Equal("amqp:invalid-field", Condition(await commands.SendAsync(longId)));

        house.Hooks.Refuse("enqueue");
        Assert.Same(Released.Instance, await commands.SendAsync("x"));
        house.Hooks.Allow("enqueue");

        Assert.Same(Accepted.Instance, await commands.SendAsync("x"));
        Assert.Equal("amqp:resource-limit-exceeded", Condition(await commands.SendAsync("y")));
    }

    [Fact]
    public async Task The_earlier_of_both_expiries_counts()
    {
        var time = new HandTime();
        await using var house = new House(time: time);
        await house.DeviceAsync();
        Peer service = await house.ServiceAsync(Rights.Send);
        Line commands = await service.SenderAsync("devices/truck");
        (uint? Ttl, long? Absolute, long Expected)[] table =
        [
            (10_000, null, 10_000),
            (null, 20_000, 20_000),
            (10_000, 20_000, 10_000),
            (30_000, 20_000, 20_000),
            (null, null, house.Gateway.Limits.DefaultTtlMs),
        ];
        foreach ((uint? ttl, long? absolute, _) in table)
        {
            AmqpMessage message = AmqpMessage.FromData("x"u8.ToArray());
            message.Header = new MessageHeader { TtlMs = ttl };
            if (absolute is long at)
                message.Properties = new MessageProperties { AbsoluteExpiryTime = new AmqpTimestamp(house.NowMs + at) };
            Assert.Same(Accepted.Instance, await commands.SendAsync(message));
        }

        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 10);
        foreach ((_, _, long expected) in table)
        {
            Mail mail = await mailbox.MailAsync();
            Assert.Equal(house.NowMs + expected, mail.Message.Properties!.AbsoluteExpiryTime!.Value.UnixMilliseconds);
            Assert.Equal((uint)expected, mail.Message.Header!.Value.TtlMs);
        }
    }

    private static AmqpMessage To(string? device)
    {
        AmqpMessage message = AmqpMessage.FromData(System.Text.Encoding.UTF8.GetBytes("for " + device));
        message.Properties = new MessageProperties { To = device };
        return message;
    }

    private static string Condition(DeliveryState? state) => Assert.IsType<Rejected>(state).Error!.Condition.Value;
}
