using Restante.Amqp.Messaging;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>Who holds a mailbox, and how it changes hands.</summary>
public sealed class TakeoverTests
{
    [Fact]
    public async Task A_newer_connection_takes_the_mailbox_and_the_older_is_told_why_and_closed()
    {
        await using var house = new House();
        await house.SendAsync("m0");
        await house.SendAsync("m1");
        Peer older = await house.ConnectAsync();
        Line first = await older.ReceiverAsync("mailbox", 1);
        Assert.Equal("m0", (await first.MailAsync()).Body);
        Peer newer = await house.ConnectAsync();
        Line second = await newer.ReceiverAsync("mailbox", 10);
        Detached detached = await first.NextAsync<Detached>();
        Assert.Equal("amqp:link:stolen", detached.Condition);
        Goodbye goodbye = await older.Closed;
        Assert.Equal(("amqp:connection:forced", true), (goodbye.Condition, goodbye.ByPeer));
        Assert.Equal(detached.Text, goodbye.Text);
        List<Mail> mail = await second.MailAsync(2);
        Assert.Equal([("m0", 1u), ("m1", 0u)], mail.Select(m => (m.Body, m.Message.Header!.Value.DeliveryCount)));
    }

    [Fact]
    public async Task A_lease_that_finds_the_mailbox_taken_ends_the_connection_too()
    {
        await using var house = new House();
        Peer older = await house.ConnectAsync();
        Line first = await older.ReceiverAsync("mailbox", 10);
        await older.FenceAsync();
        Hooks.Gate lease = house.Hooks.Hold("lease");
        await house.SendAsync("m");
        await lease.Reached;
        Peer newer = await house.ConnectAsync();
        await newer.ReceiverAsync("mailbox");
        lease.Open();
        Assert.Equal("amqp:link:stolen", (await first.NextAsync<Detached>()).Condition);
        Assert.Equal("amqp:connection:forced", (await older.Closed).Condition);
    }

    [Fact]
    public async Task A_second_mailbox_link_on_one_connection_is_refused_and_the_first_goes_on()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 10);
        Assert.Equal("amqp:resource-locked", (await device.RefusedAsync("mailbox", sends: false)).Condition);
        await house.SendAsync("m");
        Assert.Equal("m", (await mailbox.MailAsync()).Body);
    }

    [Fact]
    [Spec("AMQP-2.7.6-c", "AMQP-2.6.13-a")]
    public async Task A_link_that_is_detached_gives_its_messages_to_the_next_one()
    {
        await using var house = new House();
        await house.SendAsync("m");
        Peer device = await house.ConnectAsync();
        Line mailbox = await device.ReceiverAsync("mailbox", 10);
        Mail first = await mailbox.MailAsync();
        await mailbox.DetachAsync();
        await mailbox.NextAsync<Detached>();
        Assert.Equal(0, house.Gateway.Mailboxes.Held);
        Line next = await device.ReceiverAsync("mailbox", 10);
        Mail again = await next.MailAsync();
        Assert.Equal(("m", 1u), (again.Body, again.Message.Header!.Value.DeliveryCount));
        Assert.NotEqual(first.Lease, again.Lease);
    }

    [Fact]
    public async Task A_link_of_the_same_name_takes_the_place_of_the_first_and_the_connection_goes_on()
    {
        await using var house = new House();
        await house.SendAsync("m");
        Peer device = await house.ConnectAsync();
        Line first = await device.StartAttachAsync("mailbox", sends: false, name: "mail");
        await first.NextAsync<Attached>();
        Line second = await device.StartAttachAsync("mailbox", sends: false, name: "mail");
        Assert.Equal("amqp:link:stolen", (await first.NextAsync<Detached>()).Condition);
        await second.NextAsync<Attached>();
        await second.CreditAsync(10);
        Assert.Equal("m", (await second.MailAsync()).Body);
        Assert.True(device.IsOpen);
    }

    [Fact]
    public async Task A_device_may_give_up_while_the_mailbox_is_being_taken_and_try_again()
    {
        await using var house = new House();
        await house.SendAsync("m");
        Peer device = await house.ConnectAsync();
        Hooks.Gate open = house.Hooks.HoldResult("open");
        Line first = await device.StartAttachAsync("mailbox", sends: false);
        await open.Reached;
        await first.DetachAsync();
        await first.NextAsync<Detached>();
        Line second = await device.StartAttachAsync("mailbox", sends: false);
        await House.UntilAsync(() => open.Waiting == 2);
        open.Open();
        await second.NextAsync<Attached>();
        await second.CreditAsync(10);
        Assert.Equal("m", (await second.MailAsync()).Body);
        await second.NothingAsync();
        Assert.True(device.IsOpen);
        Assert.Equal(1, house.Gateway.Mailboxes.Held);
    }

    [Fact]
    public async Task A_connection_that_breaks_while_the_mailbox_is_being_taken_leaves_nobody_holding_it()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Hooks.Gate open = house.Hooks.HoldResult("open");
        await device.StartAttachAsync("mailbox", sends: false);
        await open.Reached;
        await device.BreakAsync();
        await house.LeftAsync();
        open.Open();
        await House.UntilAsync(() => house.Hooks.Calls("close") == 1);
        Assert.Equal(0, house.Gateway.Mailboxes.Held);
    }

    [Fact]
    public async Task A_connection_that_breaks_gives_its_messages_back()
    {
        await using var house = new House();
        await house.SendAsync("m");
        Peer device = await house.ConnectAsync();
        await (await device.ReceiverAsync("mailbox", 10)).MailAsync();
        await device.BreakAsync();
        await house.LeftAsync();
        Peer again = await house.ConnectAsync();
        Mail mail = await (await again.ReceiverAsync("mailbox", 10)).MailAsync();
        Assert.Equal(1u, mail.Message.Header!.Value.DeliveryCount);
    }

    [Fact]
    public async Task A_mailbox_that_cannot_be_taken_now_is_refused_for_now()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        house.Hooks.Refuse("open");
        Assert.Equal("amqp:resource-limit-exceeded", (await device.RefusedAsync("mailbox", sends: false)).Condition);
        house.Hooks.Allow("open");
        await device.ReceiverAsync("mailbox");
    }

    [Fact]
    public async Task Results_that_come_after_the_link_has_ended_harm_nothing()
    {
        await using var house = new House();
        await house.SendAsync("m");
        Peer device = await house.ConnectAsync();
        Hooks.Gate lease = house.Hooks.HoldResult("lease");
        Line mailbox = await device.ReceiverAsync("mailbox", 10);
        await lease.Reached;
        await mailbox.DetachAsync();
        await mailbox.NextAsync<Detached>();
        lease.Open();
        await device.FenceAsync();
        Line next = await device.ReceiverAsync("mailbox", 10);
        Mail mail = await next.MailAsync();
        Hooks.Gate settle = house.Hooks.HoldResult("settle");
        await next.SettleAsync(mail, Accepted.Instance);
        await settle.Reached;
        await next.DetachAsync();
        await next.NextAsync<Detached>();
        settle.Open();
        await device.FenceAsync();
        await (await device.ReceiverAsync("mailbox", 10)).NothingAsync();
    }
}
