using System.Text.Json;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>Services receive outcomes.</summary>
public sealed class OutcomeTests
{
    [Fact]
    public async Task An_outcome_tells_what_became_of_the_command()
    {
        await using var house = new House();
        await house.DeviceAsync();
        Peer service = await house.ServiceAsync(Rights.Send);
        AmqpMessage command = AmqpMessage.FromData("go"u8.ToArray());
        command.Properties = new MessageProperties { MessageId = "order-17" };
        Assert.Same(Accepted.Instance, await (await service.SenderAsync("devices/truck")).SendAsync(command));
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 1);
        Mail mail = await mailbox.MailAsync();
        await mailbox.SettleAsync(mail, new Rejected(new AmqpError("my:error", "No fuel.")));

        Line outcomes = await service.ReceiverAsync("outcomes", 10);
        Mail outcome = await outcomes.MailAsync();
        string id = $"{mail.Annotation("x-opt-sequence-number")}";
        MessageProperties properties = outcome.Message.Properties!;
        Assert.Equal(("order-17", "rejected", new Symbol("application/json")), (properties.CorrelationId, properties.Subject, properties.ContentType));
        Assert.Equal("outcome-1", properties.MessageId);
        Assert.Equal(1L, outcome.Annotation("x-opt-sequence-number"));
        Assert.Equal(
            ("rejected", "truck", id, "No fuel.", 1),
            (outcome.Property("outcome"), outcome.Property("device"), outcome.Property("command-id"), outcome.Property("reason"), outcome.Property("delivery-count")));
        using var json = JsonDocument.Parse(outcome.Message.Data);
        Assert.Equal(
            (id, "order-17", "truck", "rejected", "No fuel.", 1),
            (json.RootElement.GetProperty("commandId").GetString(), json.RootElement.GetProperty("messageId").GetString(),
                json.RootElement.GetProperty("device").GetString(), json.RootElement.GetProperty("outcome").GetString(),
                json.RootElement.GetProperty("reason").GetString(), json.RootElement.GetProperty("deliveryCount").GetInt32()));
    }

    [Fact]
    public async Task Receivers_of_one_address_share_the_outcomes_and_a_policys_own_reader_gets_all()
    {
        await using var house = new House();
        Peer one = await house.ServiceAsync(Rights.Send), two = await house.ServiceAsync(Rights.Send);
        Line first = await one.ReceiverAsync("outcomes", 3), second = await two.ReceiverAsync("outcomes", 3);
        Line own = await two.ReceiverAsync("outcomes/may-4", 10);
        await EndAsync(house, 6);
        List<Mail> shared = [.. await first.MailAsync(3), .. await second.MailAsync(3)];
        Assert.Equal(6, shared.Select(m => m.Annotation("x-opt-sequence-number")).Distinct().Count());
        Assert.Equal([1L, 2L, 3L, 4L, 5L, 6L], (await own.MailAsync(6)).Select(m => m.Annotation("x-opt-sequence-number")));
    }

    [Fact]
    public async Task What_a_receiver_gives_back_or_leaves_goes_to_another()
    {
        await using var house = new House();
        await EndAsync(house, 3);
        Peer one = await house.ServiceAsync(Rights.Send), two = await house.ServiceAsync(Rights.Send);
        Line first = await one.ReceiverAsync("outcomes", 3);
        List<Mail> mail = await first.MailAsync(3);
        await first.AcceptAsync(mail[0]);
        await first.SettleAsync(mail[1], Released.Instance);
        await one.FenceAsync();
        Line second = await two.ReceiverAsync("outcomes", 10);
        Assert.Equal(2L, (await second.MailAsync()).Annotation("x-opt-sequence-number"));
        await one.BreakAsync();
        Assert.Equal(3L, (await second.MailAsync()).Annotation("x-opt-sequence-number"));
    }

    [Fact]
    public async Task A_receiver_that_stays_and_settles_nothing_does_not_hold_the_others_up()
    {
        var time = new HandTime();
        await using var house = new House(time: time, limits: new GatewayLimits { MaxOutcomesInFlight = 2, LeaseDurationMs = 60_000 });
        await EndAsync(house, 3);
        Peer one = await house.ServiceAsync(Rights.Send), two = await house.ServiceAsync(Rights.Send);
        Line idle = await one.ReceiverAsync("outcomes", 2, rcv: ReceiverSettleMode.Second);
        List<Mail> held = [.. await idle.MailAsync(2)];
        Line busy = await two.ReceiverAsync("outcomes", 10);
        await busy.NothingAsync();
        await house.AdvanceAsync(TimeSpan.FromSeconds(60));
        await house.Gateway.Maintenance.RunOnceAsync();
        Mail[] again = [.. await busy.MailAsync(2)];
        Assert.Equal([1L, 2L], again.Select(m => m.Annotation("x-opt-sequence-number")));

        // What another has been handed is not the idle one's to accept any more, and it is told so.
        await idle.AcceptAsync(held[0]);
        Disposed told = await idle.NextAsync<Disposed>();
        Assert.Equal(((DeliveryState)Released.Instance, true), (told.State, told.Settled));
        await busy.AcceptAsync(again[0]);
        Assert.Equal(3L, (await busy.MailAsync()).Annotation("x-opt-sequence-number"));
    }

    [Fact]
    public async Task What_was_taken_for_a_connection_that_broke_meanwhile_is_not_lost()
    {
        await using var house = new House();
        await EndAsync(house, 2);
        Peer one = await house.ServiceAsync(Rights.Send), two = await house.ServiceAsync(Rights.Send);
        Hooks.Gate reading = house.Hooks.HoldResult("read-outcomes");
        await one.ReceiverAsync("outcomes", 10);
        await reading.Reached;
        await one.BreakAsync();
        await house.LeftAsync(1);
        reading.Open();
        Line second = await two.ReceiverAsync("outcomes", 10);
        Assert.Equal([1L, 2L], (await second.MailAsync(2)).Select(m => m.Annotation("x-opt-sequence-number")));
    }

    [Fact]
    public async Task Outcomes_taken_for_a_link_that_ended_meanwhile_are_not_lost()
    {
        await using var house = new House();
        await EndAsync(house, 2);
        Peer one = await house.ServiceAsync(Rights.Send);
        Hooks.Gate reading = house.Hooks.HoldResult("read-outcomes");
        Line first = await one.ReceiverAsync("outcomes", 10);
        await reading.Reached;
        await first.DetachAsync();
        await first.NextAsync<Detached>();
        reading.Open();
        Line second = await one.ReceiverAsync("outcomes", 10);
        Assert.Equal([1L, 2L], (await second.MailAsync(2)).Select(m => m.Annotation("x-opt-sequence-number")));
    }

    [Theory]
    [InlineData(ReceiverSettleMode.First)]
    [InlineData(ReceiverSettleMode.Second)]
    public async Task An_outcome_whose_acceptance_cannot_be_stored_is_released_and_comes_again(ReceiverSettleMode mode)
    {
        var time = new HandTime();
        await using var house = new House(time: time);
        await EndAsync(house, 1);
        Peer service = await house.ServiceAsync(Rights.Send);
        Line outcomes = await service.ReceiverAsync("outcomes", 10, rcv: mode);
        Mail mail = await outcomes.MailAsync();
        house.Hooks.Refuse("set-cursor");
        await outcomes.AcceptAsync(mail);
        if (mode == ReceiverSettleMode.Second)
        {
            Disposed told = await outcomes.NextAsync<Disposed>();
            Assert.Equal(((DeliveryState)Released.Instance, true), (told.State, told.Settled));
        }

        // It does not come at once, to be refused at once.
        await outcomes.NothingAsync();
        house.Hooks.Allow("set-cursor");
        await house.AdvanceAsync(TimeSpan.FromSeconds(2));
        Mail again = await outcomes.MailAsync();
        Assert.Equal(1L, again.Annotation("x-opt-sequence-number"));
        await outcomes.AcceptAsync(again);
        if (mode == ReceiverSettleMode.Second)
            Assert.Same(Accepted.Instance, (await outcomes.NextAsync<Disposed>()).State);
        await outcomes.NothingAsync();
        await outcomes.DetachAsync();
        await (await service.ReceiverAsync("outcomes", 10)).NothingAsync();
    }

    [Fact]
    public async Task Acceptance_that_fails_after_its_connection_broke_gives_the_outcome_back()
    {
        await using var house = new House();
        await EndAsync(house, 1);
        Peer one = await house.ServiceAsync(Rights.Send), two = await house.ServiceAsync(Rights.Send);
        Line first = await one.ReceiverAsync("outcomes", 10);
        Mail mail = await first.MailAsync();
        Hooks.Gate writing = house.Hooks.Hold("set-cursor");
        house.Hooks.RefuseBehind("set-cursor");
        await first.AcceptAsync(mail);
        await writing.Reached;
        await one.BreakAsync();
        await house.LeftAsync(1);
        writing.Open();
        Line second = await two.ReceiverAsync("outcomes", 10);
        Assert.Equal(1L, (await second.MailAsync()).Annotation("x-opt-sequence-number"));
    }

    [Fact]
    public async Task In_mode_second_acceptance_is_confirmed_once_when_it_is_durable()
    {
        await using var house = new House();
        await EndAsync(house, 1);
        Peer service = await house.ServiceAsync(Rights.Send);
        Line outcomes = await service.ReceiverAsync("outcomes", 10, rcv: ReceiverSettleMode.Second);
        Mail mail = await outcomes.MailAsync();
        Hooks.Gate writing = house.Hooks.Hold("set-cursor");
        await outcomes.AcceptAsync(mail);
        await outcomes.AcceptAsync(mail);
        await writing.Reached;
        await outcomes.NothingAsync();
        writing.Open();
        Assert.Same(Accepted.Instance, (await outcomes.NextAsync<Disposed>()).State);
        await outcomes.NothingAsync();
        Assert.Equal(1, house.Hooks.Calls("set-cursor"));
    }

    [Fact]
    public async Task A_link_that_wants_settled_messages_has_each_at_most_once()
    {
        await using var house = new House();
        await EndAsync(house, 2);
        Peer service = await house.ServiceAsync(Rights.Send);
        Line outcomes = await service.ReceiverAsync("outcomes", 10, snd: SenderSettleMode.Settled);
        Assert.All(await outcomes.MailAsync(2), mail => Assert.True(mail.Settled));
        await outcomes.DetachAsync();
        await (await service.ReceiverAsync("outcomes", 10)).NothingAsync();
    }

    [Fact]
    public async Task Outcomes_that_wait_are_fetched_when_the_store_is_back()
    {
        var time = new HandTime();
        await using var house = new House(time: time);
        await EndAsync(house, 1);
        Peer service = await house.ServiceAsync(Rights.Send);
        house.Hooks.Refuse("read-outcomes");
        Line outcomes = await service.ReceiverAsync("outcomes", 10);
        await outcomes.NothingAsync();
        house.Hooks.Allow("read-outcomes");
        await house.AdvanceAsync(TimeSpan.FromSeconds(2));
        await outcomes.MailAsync();
    }

    [Fact]
    public async Task A_drain_is_answered()
    {
        await using var house = new House();
        await EndAsync(house, 1);
        Peer service = await house.ServiceAsync(Rights.Send);
        Line outcomes = await service.ReceiverAsync("outcomes");
        await outcomes.CreditAsync(10, drain: true);
        await outcomes.MailAsync();
        Assert.Equal(0u, (await outcomes.NextAsync<Flowed>()).Credit);
    }

    [Fact]
    public async Task Credit_taken_back_leaves_the_outcomes_to_others()
    {
        await using var house = new House();
        await EndAsync(house, 2);
        Peer one = await house.ServiceAsync(Rights.Send), two = await house.ServiceAsync(Rights.Send);
        Line first = await one.ReceiverAsync("outcomes");
        Hooks.Gate reading = house.Hooks.HoldResult("read-outcomes");
        await first.CreditAsync(10);
        await reading.Reached;
        await first.CreditAsync(0);
        await one.FenceAsync();
        reading.Open();
        Line second = await two.ReceiverAsync("outcomes", 10);
        await second.MailAsync(2);
        await first.NothingAsync();
    }

    [Fact]
    public async Task A_receiver_that_takes_only_tiny_messages_is_told_and_holds_nothing()
    {
        await using var house = new House();
        await EndAsync(house, 1);
        Peer service = await house.ServiceAsync(Rights.Send);
        Line tiny = await service.ReceiverAsync("outcomes", 10, maxMessageSize: 50);
        Assert.Equal("amqp:link:message-size-exceeded", (await tiny.NextAsync<Detached>()).Condition);
        await (await service.ReceiverAsync("outcomes", 10)).MailAsync();
    }

    /// <summary>Has so many commands end.</summary>
    private static async Task EndAsync(House house, int count)
    {
        for (int i = 0; i < count; i++)
            await house.SendAsync($"m{i}");
        DeviceRecord truck = await house.DeviceAsync();
        Assert.Equal(count, (await house.Gateway.Mailboxes.PurgeAsync(truck, "the test")).Value);
    }
}
