using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>Leases settled and renewed by message on <c>mailbox/settle</c>.</summary>
public sealed class SettleTests
{
    [Theory]
    [InlineData("accept", Outcome.Accepted)]
    [InlineData("reject", Outcome.Rejected)]
    public async Task A_lease_is_ended_by_message(string verb, Outcome expected)
    {
        await using var house = new House();
        Sequence sequence = await house.SendAsync("m");
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 1);
        Line settle = await device.SenderAsync("mailbox/settle");
        Mail mail = await mailbox.MailAsync();
        Assert.Same(Accepted.Instance, await settle.SendAsync(Verb(verb, mail.Lease, "because")));
        OutcomeRecord outcome = await house.OutcomeAsync(sequence);
        Assert.Equal((expected, verb == "reject" ? "because" : null), (outcome.Outcome, verb == "reject" ? outcome.Reason : null));

        // The lease is used up; the disposition that follows changes nothing.
        Assert.Equal("amqp:precondition-failed", Condition(await settle.SendAsync(Verb("accept", mail.Lease))));
        await mailbox.SettleAsync(mail, Released.Instance);
        await mailbox.NothingAsync();
    }

    [Fact]
    public async Task A_released_lease_brings_the_message_again()
    {
        await using var house = new House();
        await house.SendAsync("m");
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 10);
        Line settle = await device.SenderAsync("mailbox/settle");
        Mail mail = await mailbox.MailAsync();
        Assert.Same(Accepted.Instance, await settle.SendAsync(Verb("release", mail.Lease)));
        Mail again = await mailbox.MailAsync();
        Assert.Equal(("m", 1u), (again.Body, again.Message.Header!.Value.DeliveryCount));
    }

    [Fact]
    public async Task A_renewed_lease_holds_longer()
    {
        var time = new HandTime();
        await using var house = new House(time: time, limits: new GatewayLimits { LeaseDurationMs = 10_000 });
        Sequence sequence = await house.SendAsync("m");
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 10);
        Line settle = await device.SenderAsync("mailbox/settle");
        Mail mail = await mailbox.MailAsync();
        for (int i = 0; i < 3; i++)
        {
            await house.AdvanceAsync(TimeSpan.FromSeconds(8));
            await house.SweepAsync();
            Assert.Same(Accepted.Instance, await settle.SendAsync(Verb("renew", mail.Lease)));
        }

        await mailbox.NothingAsync();
        await mailbox.AcceptAsync(mail);
        OutcomeRecord outcome = await house.OutcomeAsync(sequence);
        Assert.Equal((Outcome.Accepted, 1), (outcome.Outcome, outcome.DeliveryCount));
    }

    [Fact]
    public async Task What_cannot_be_done_is_said()
    {
        await using var house = new House();
        await house.SendAsync("m");
        Peer device = await house.ConnectAsync();
        Line settle = await device.SenderAsync("mailbox/settle");
        Assert.Equal("amqp:resource-locked", Condition(await settle.SendAsync(Verb("accept", "1-1"))));
        Line mailbox = await device.ReceiverAsync("mailbox", 1);
        Mail mail = await mailbox.MailAsync();
        Assert.Equal("amqp:decode-error", Condition(await settle.SendAsync(Verb("explode", mail.Lease))));
        Assert.Equal("amqp:decode-error", Condition(await settle.SendAsync(Verb("accept", "no lease"))));
        Assert.Equal("amqp:decode-error", Condition(await settle.SendAsync(Verb("accept", null))));
        AmqpMessage number = Verb("accept", mail.Lease);
        number.ApplicationProperties!["lease"] = 17;
        Assert.Equal("amqp:decode-error", Condition(await settle.SendAsync(number)));
        Assert.Equal("amqp:precondition-failed", Condition(await settle.SendAsync(Verb("accept", "999-1"))));
        house.Hooks.Refuse("settle");
        Assert.Same(Released.Instance, await settle.SendAsync(Verb("accept", mail.Lease)));
        house.Hooks.Allow("settle");
        Assert.Same(Accepted.Instance, await settle.SendAsync(Verb("accept", mail.Lease)));
    }

    private static AmqpMessage Verb(string verb, string? lease, string? reason = null)
    {
        var message = new AmqpMessage
        {
            Properties = new MessageProperties { Subject = verb },
            ApplicationProperties = new AmqpMap { ["other"] = 1 },
        };
        if (lease is not null)
            message.ApplicationProperties["lease"] = lease;
        if (reason is not null)
            message.ApplicationProperties["reason"] = reason;
        return message;
    }

    private static string Condition(DeliveryState? state) => Assert.IsType<Rejected>(state).Error!.Condition.Value;
}
