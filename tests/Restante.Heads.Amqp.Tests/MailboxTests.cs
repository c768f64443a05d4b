using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>A device receives and settles its mail.</summary>
public sealed class MailboxTests
{
    [Fact]
    [Spec("AMQP-3.5.3-d", "AMQP-2.6.7-c")]
    public async Task Mail_comes_in_the_order_in_which_it_was_taken_as_far_as_credit_goes()
    {
        await using var house = new House();
        for (int i = 0; i < 5; i++)
            await house.SendAsync($"m{i}");
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox");
        await mailbox.NothingAsync();
        await mailbox.CreditAsync(3);
        Assert.Equal(["m0", "m1", "m2"], (await mailbox.MailAsync(3)).Select(m => m.Body));
        await mailbox.NothingAsync();
        await mailbox.CreditAsync(10);
        Assert.Equal(["m3", "m4"], (await mailbox.MailAsync(2)).Select(m => m.Body));
        await house.SendAsync("m5");
        Assert.Equal("m5", (await mailbox.MailAsync()).Body);
    }

    [Fact]
    public async Task A_range_is_settled_by_one_disposition()
    {
        await using var house = new House();
        var sent = new List<Sequence>();
        for (int i = 0; i < 50; i++)
            sent.Add(await house.SendAsync($"m{i}"));
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 100);
        List<Mail> mail = await mailbox.MailAsync(50);
        await device.DoAsync(_ => mailbox.Link!.Disposition(mail[0].Number, mail[^1].Number, Accepted.Instance, settled: true));
        foreach (Sequence sequence in sent)
            Assert.Equal(Outcome.Accepted, (await house.OutcomeAsync(sequence)).Outcome);
    }

    [Fact]
    [Spec("AMQP-3.4.4-a", "AMQP-3.4.5-a", "AMQP-3.2.1-c")]
    public async Task A_released_message_keeps_its_place()
    {
        await using var house = new House();
        for (int i = 0; i < 4; i++)
            await house.SendAsync($"m{i}");
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 2);
        List<Mail> first = await mailbox.MailAsync(2);
        await mailbox.SettleAsync(first[1], Modified.Of(deliveryFailed: true, undeliverableHere: false));
        await mailbox.SettleAsync(first[0], Released.Instance);
        await device.FenceAsync();
        await mailbox.CreditAsync(10);
        List<Mail> again = await mailbox.MailAsync(4);
        Assert.Equal(["m0", "m1", "m2", "m3"], again.Select(m => m.Body));
        Assert.Equal([1u, 1u, 0u, 0u], again.Select(m => m.Message.Header!.Value.DeliveryCount));
    }

    [Fact]
    [Spec("AMQP-3.4.3-a", "AMQP-3.4.5-b")]
    public async Task Rejecting_ends_a_message_with_the_reason_given()
    {
        await using var house = new House();
        Sequence rejected = await house.SendAsync("a"), undeliverable = await house.SendAsync("b"), plain = await house.SendAsync("c");
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 3);
        List<Mail> mail = await mailbox.MailAsync(3);
        await mailbox.SettleAsync(mail[0], new Rejected(new AmqpError("my:error", "The door is locked.")));
        await mailbox.SettleAsync(mail[1], Modified.Of(deliveryFailed: true, undeliverableHere: true));
        await mailbox.SettleAsync(mail[2], Rejected.WithoutError);
        OutcomeRecord outcome = await house.OutcomeAsync(rejected);
        Assert.Equal((Outcome.Rejected, "The door is locked."), (outcome.Outcome, outcome.Reason));
        Assert.Equal(Outcome.Rejected, (await house.OutcomeAsync(undeliverable)).Outcome);
        Assert.Equal(Outcome.Rejected, (await house.OutcomeAsync(plain)).Outcome);
    }

    [Fact]
    [Spec("AMQP-3.5.3-c")]
    public async Task Settled_without_a_state_means_the_default_outcome_of_the_source_or_else_released()
    {
        await using var house = new House(mailboxes: new MailboxLimits { RedeliveryDelayMs = 0 });
        Sequence first = await house.SendAsync("m");
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 10);
        await mailbox.SettleAsync(await mailbox.MailAsync(), null);
        Mail again = await mailbox.MailAsync();
        Assert.Equal(1u, again.Message.Header!.Value.DeliveryCount);
        await mailbox.SettleAsync(again, new Received(0, 0)); // No outcome either.
        again = await mailbox.MailAsync();
        Assert.Equal(2u, again.Message.Header!.Value.DeliveryCount);
        await mailbox.DetachAsync();

        Line accepting = await device.ReceiverAsync("mailbox", 10, defaultOutcome: Accepted.Instance);
        await accepting.SettleAsync(await accepting.MailAsync(), null);
        Assert.Equal(Outcome.Accepted, (await house.OutcomeAsync(first)).Outcome);
    }

    [Fact]
    [Spec("AMQP-3.4.2-a")]
    public async Task In_mode_second_acceptance_is_confirmed_only_when_it_is_durable()
    {
        await using var house = new House();
        await house.SendAsync("m");
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 10, rcv: ReceiverSettleMode.Second);
        Mail mail = await mailbox.MailAsync();
        Hooks.Gate settle = house.Hooks.Hold("settle");

        // Saying it again while it is being done is no second request.
        for (int i = 0; i < 5; i++)
            await mailbox.AcceptAsync(mail);
        await settle.Reached;
        await mailbox.NothingAsync();
        Assert.Equal(1, settle.Waiting);
        settle.Open();
        Disposed confirmed = await mailbox.NextAsync<Disposed>();
        Assert.Equal((mail.Number, (DeliveryState)Accepted.Instance, true), (confirmed.Number, confirmed.State, confirmed.Settled));
        Assert.Equal(1, house.Hooks.Calls("settle"));
    }

    [Fact]
    public async Task In_mode_second_every_verb_is_answered_in_kind()
    {
        await using var house = new House(mailboxes: new MailboxLimits { MaxDeliveries = 1 });
        for (int i = 0; i < 3; i++)
            await house.SendAsync($"m{i}");
        Peer device = await house.ConnectAsync(with: settings => settings with { MaxFrameSize = 512 });
        Line mailbox = await device.ReceiverAsync("mailbox", 3, rcv: ReceiverSettleMode.Second);
        List<Mail> mail = await mailbox.MailAsync(3);

        // What the device hangs on its state does not come back to it; its smallest frame could not hold it.
        await mailbox.SettleAsync(mail[0], new Rejected(new AmqpError("my:error", new string('x', 2_000))));
        Assert.Equal(Rejected.WithoutError, (await mailbox.NextAsync<Disposed>()).State);
        await mailbox.SettleAsync(mail[1], Released.Instance);
        Assert.Same(Released.Instance, (await mailbox.NextAsync<Disposed>()).State);
        await mailbox.SettleAsync(mail[2], new Modified(true, false, new() { [new Restante.Amqp.Types.Symbol("x")] = new string('x', 2_000) }));
        Assert.Equal(Modified.Of(true, false), (await mailbox.NextAsync<Disposed>()).State);
        Assert.True(device.IsOpen);
    }

    [Fact]
    public async Task In_mode_second_a_refusal_of_the_store_is_told_as_released()
    {
        await using var house = new House();
        await house.SendAsync("m");
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 10, rcv: ReceiverSettleMode.Second);
        Mail mail = await mailbox.MailAsync();
        house.Hooks.Refuse("settle");
        await mailbox.AcceptAsync(mail);
        Disposed told = await mailbox.NextAsync<Disposed>();
        Assert.Equal(((DeliveryState)Released.Instance, true), (told.State, told.Settled));
    }

    [Fact]
    public async Task A_lapsed_lease_comes_again_on_the_same_link_and_cannot_be_accepted_any_more()
    {
        var time = new HandTime();
        await using var house = new House(time: time, limits: new GatewayLimits { LeaseDurationMs = 5_000 });
        Sequence sequence = await house.SendAsync("m");
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 10, rcv: ReceiverSettleMode.Second);
        Mail first = await mailbox.MailAsync();
        await house.AdvanceAsync(TimeSpan.FromSeconds(6));
        await house.SweepAsync();
        Mail second = await mailbox.MailAsync();
        Assert.Equal(($"{sequence}-1", $"{sequence}-2"), (first.Lease, second.Lease));
        await mailbox.AcceptAsync(first);
        Assert.Same(Released.Instance, (await mailbox.NextAsync<Disposed>()).State);
        await mailbox.AcceptAsync(second);
        Assert.Same(Accepted.Instance, (await mailbox.NextAsync<Disposed>()).State);
        Assert.Equal(2, (await house.OutcomeAsync(sequence)).DeliveryCount);
    }

    [Fact]
    public async Task A_link_that_wants_settled_messages_has_each_at_most_once()
    {
        await using var house = new House();
        Sequence sequence = await house.SendAsync("m");
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 10, snd: SenderSettleMode.Settled);
        Mail mail = await mailbox.MailAsync();
        Assert.True(mail.Settled);
        Assert.Equal(Outcome.Accepted, (await house.OutcomeAsync(sequence)).Outcome);
        await device.BreakAsync();
        Peer again = await house.ConnectAsync();
        await (await again.ReceiverAsync("mailbox", 10)).NothingAsync();
    }

    [Fact]
    [Spec("AMQP-3.2.1-b")]
    public async Task Nothing_is_transferred_after_its_expiry_not_even_out_of_a_shut_window()
    {
        var time = new HandTime();
        await using var house = new House(time: time);
        await house.SendAsync("m1");
        Sequence expiring = await house.SendAsync("m2", ttlMs: 5_000);
        await house.SendAsync("m3");
        Peer device = await house.ConnectAsync(with: settings => settings with { IncomingWindow = 1 });
        Line mailbox = await device.ReceiverAsync("mailbox");

        // The device grants credit for all three and reads no more: its window stays shut after the first.
        await device.SetDeafAsync(true);
        await mailbox.CreditAsync(10);
        await House.UntilAsync(() => house.Hooks.Calls("lease") == 1);
        await house.AdvanceAsync(TimeSpan.FromSeconds(6));
        await device.SetDeafAsync(false);
        Assert.Equal(["m1", "m3"], (await mailbox.MailAsync(2)).Select(m => m.Body));
        Assert.Equal(Outcome.Expired, (await house.OutcomeAsync(expiring)).Outcome);
        Sequence gone = await house.SendAsync("m4", ttlMs: 1_000);
        Assert.Equal("m4", (await mailbox.MailAsync()).Body);
        await house.AdvanceAsync(TimeSpan.FromSeconds(61));
        await house.SweepAsync();
        Assert.Equal(Outcome.Expired, (await house.OutcomeAsync(gone)).Outcome);
    }

    [Fact]
    public async Task A_lease_that_lapses_behind_a_shut_window_is_not_used()
    {
        var time = new HandTime();
        await using var house = new House(time: time, limits: new GatewayLimits { LeaseDurationMs = 5_000 });
        await house.SendAsync("m1");
        await house.SendAsync("m2");
        Peer device = await house.ConnectAsync(with: settings => settings with { IncomingWindow = 1 });
        Line mailbox = await device.ReceiverAsync("mailbox");
        await device.SetDeafAsync(true);
        await mailbox.CreditAsync(10);
        await House.UntilAsync(() => house.Hooks.Calls("lease") == 1);
        await house.AdvanceAsync(TimeSpan.FromSeconds(6));
        await device.SetDeafAsync(false);
        Assert.Equal("m1", (await mailbox.MailAsync()).Body);
        Mail second = await mailbox.MailAsync();
        Assert.Equal(("m2", 0u), (second.Body, second.Message.Header!.Value.DeliveryCount)); // It never left, so it was not handed out.
    }

    [Fact]
    public async Task Credit_taken_back_gives_the_leased_messages_back()
    {
        await using var house = new House();
        await house.SendAsync("m1");
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox");
        Hooks.Gate lease = house.Hooks.HoldResult("lease");
        await mailbox.CreditAsync(10);
        await lease.Reached;
        await mailbox.CreditAsync(0);
        await device.FenceAsync();
        lease.Open();
        await House.UntilAsync(() => house.Hooks.Calls("return") == 1);
        await mailbox.NothingAsync();
        await mailbox.CreditAsync(10);
        Mail mail = await mailbox.MailAsync();
        Assert.Equal(("m1", 0u), (mail.Body, mail.Message.Header!.Value.DeliveryCount));
    }

    [Fact]
    [Spec("AMQP-2.7.3-c")]
    public async Task A_message_too_large_for_the_link_ends_as_rejected_and_the_next_comes()
    {
        await using var house = new House();
        Sequence large = await house.SendAsync(new string('x', 5_000));
        await house.SendAsync("small");
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 10, maxMessageSize: 2_000);
        Assert.Equal("small", (await mailbox.MailAsync()).Body);
        Assert.Equal(Outcome.Rejected, (await house.OutcomeAsync(large)).Outcome);
    }

    [Fact]
    [Spec("AMQP-2.6.7-f")]
    public async Task A_drain_is_answered_with_what_there_is_and_then_with_no_credit()
    {
        await using var house = new House(new AmqpHeadOptions { MaxUnsettledPerLink = 3 });
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox");
        await mailbox.CreditAsync(10, drain: true);
        Assert.Equal(0u, (await mailbox.NextAsync<Flowed>()).Credit);

        await house.SendAsync("m1");
        await mailbox.CreditAsync(10, drain: true);
        Mail mail = await mailbox.MailAsync();
        Assert.Equal(("m1", 0u), (mail.Body, (await mailbox.NextAsync<Flowed>()).Credit));
        await mailbox.AcceptAsync(mail);

        // Also when more waits than may be unsettled, and when the store cannot be asked.
        for (int i = 0; i < 5; i++)
            await house.SendAsync($"n{i}");
        await mailbox.CreditAsync(10, drain: true);
        await mailbox.MailAsync(3);
        Assert.Equal(0u, (await mailbox.NextAsync<Flowed>()).Credit);
        await mailbox.DetachAsync();
        house.Hooks.Refuse("lease");
        Line other = await device.ReceiverAsync("mailbox");
        await other.CreditAsync(10, drain: true);
        Assert.Equal(0u, (await other.NextAsync<Flowed>()).Credit);
    }

    [Fact]
    public async Task Mail_that_waits_is_fetched_when_the_store_is_back_though_nothing_else_happens()
    {
        var time = new HandTime();
        await using var house = new House(new AmqpHeadOptions { StoreRetryMs = 2_000 }, time);
        await house.SendAsync("m");
        house.Hooks.Refuse("lease");
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 10);
        await mailbox.NothingAsync();
        Assert.Equal(1, house.Hooks.Calls("lease"));
        await house.AdvanceAsync(TimeSpan.FromMilliseconds(1_500));
        Assert.Equal(1, house.Hooks.Calls("lease"));
        await house.AdvanceAsync(TimeSpan.FromMilliseconds(1_500));
        await House.UntilAsync(() => house.Hooks.Calls("lease") == 2);
        house.Hooks.Allow("lease");
        await house.AdvanceAsync(TimeSpan.FromMilliseconds(3_000));
        Assert.Equal("m", (await mailbox.MailAsync()).Body);
    }

    [Fact]
    public async Task Many_unsettled_messages_stop_the_flow_until_some_are_settled()
    {
        await using var house = new House(new AmqpHeadOptions { MaxUnsettledPerLink = 2 });
        for (int i = 0; i < 4; i++)
            await house.SendAsync($"m{i}");
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 10);
        List<Mail> first = await mailbox.MailAsync(2);
        await mailbox.NothingAsync();
        await mailbox.AcceptAsync(first[0]);
        Assert.Equal("m2", (await mailbox.MailAsync()).Body);
        await mailbox.NothingAsync();
    }

    [Fact]
    [Spec("AMQP-3.5.1-a")]
    public async Task A_filter_that_is_not_honoured_is_not_repeated()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.StartAttachAsync("mailbox", sends: false, new()
        {
            [new Restante.Amqp.Types.Symbol("any")] = new Restante.Amqp.Types.DescribedValue(new Restante.Amqp.Types.Symbol("example:no-local"), "x"),
        });
        Attached attached = await mailbox.NextAsync<Attached>();
        Assert.Null(attached.Attach.Source!.Filter);
        Assert.Equal("mailbox", attached.Attach.Source.Address);
    }
}
