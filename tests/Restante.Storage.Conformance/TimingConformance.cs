using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>
/// When a waiting message is handed out: not before its time, not at once after it was given back often, and only if it is wished.
/// </summary>
public abstract class TimingConformance : StoreConformance
{
    /// <inheritdoc/>
    protected override MailboxLimits Limits { get; } =
        new() { MaxDepth = 10, MaxDeliveries = 6, RedeliveryDelayMs = 100, MaxRedeliveryDelayMs = 250, OutcomeRetentionMs = 10_000 };

    [Fact]
    public async Task A_message_whose_time_has_not_come_holds_up_nobody_and_takes_its_place_when_it_has()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence later = (await EnqueueAsync(Item("truck-17") with { NotBeforeMs = Now + 500 })).Sequence;
        Sequence first = await SendAsync();
        Sequence second = await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        Assert.Equal(first, Assert.Single(await LeaseAsync(device, epoch, max: 1)).Sequence);
        Assert.Equal(Now + 500, (await Mailboxes.FindMessageAsync(later, Now))!.NotBeforeMs);
        Now += 499;
        Assert.Empty((await SweepAsync()).DevicesWithMail);
        Now += 1;
        Assert.Equal([later, second], (await LeaseAsync(device, epoch)).Select(m => m.Sequence));
    }

    [Fact]
    public async Task The_sweep_names_the_device_whose_mail_has_come_due_once()
    {
        DeviceRecord device = await DeviceAsync();
        await DeviceAsync("other");
        await EnqueueAsync(Item("truck-17") with { NotBeforeMs = Now + 500 });
        await EnqueueAsync(Item("other") with { NotBeforeMs = Now + 501 });
        Now += 500;
        Assert.Equal([device.Number], (await SweepAsync()).DevicesWithMail);
        Assert.Empty((await SweepAsync()).DevicesWithMail);
    }

    [Fact]
    public async Task Mail_that_came_due_while_another_device_leased_is_told_by_the_sweep()
    {
        DeviceRecord device = await DeviceAsync();
        var others = new List<DeviceRecord>();
        for (int i = 0; i < 40; i++)
            others.Add(await DeviceAsync($"other-{i}"));
        await EnqueueAsync(Item("truck-17") with { NotBeforeMs = Now + 500 });
        Now += 500;
        foreach (DeviceRecord other in others)
            Assert.Empty(await LeaseAsync(other, await OpenAsync(other)));
        Assert.Equal([device.Number], (await SweepAsync()).DevicesWithMail);
    }

    [Fact]
    public async Task A_time_that_has_come_when_the_message_is_sent_means_at_once()
    {
        DeviceRecord device = await DeviceAsync();
        await EnqueueAsync(Item("truck-17") with { NotBeforeMs = Now });
        Assert.Single(await LeaseAsync(device, await OpenAsync(device)));
        Assert.Empty((await SweepAsync()).DevicesWithMail);
    }

    [Fact]
    public async Task A_message_may_expire_or_be_cancelled_before_its_time_has_come()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence expiring = (await EnqueueAsync(Item("truck-17", expiresAtMs: Now + 10) with { NotBeforeMs = Now + 500 })).Sequence;
        Sequence cancelled = (await EnqueueAsync(Item("truck-17") with { NotBeforeMs = Now + 500 })).Sequence;
        Assert.Equal(new CancelResult(CancelStatus.Cancelled, device.Number), await Mailboxes.CancelAsync(cancelled, "no more", Now));
        Now += 10;
        Assert.Equal(1, (await SweepAsync()).Expired);
        Assert.Equal((Outcome.Expired, Outcome.Cancelled), (await OutcomeAsync(expiring), await OutcomeAsync(cancelled)));
        Now += 500;
        Assert.Empty((await SweepAsync()).DevicesWithMail);
    }

    [Fact]
    public async Task The_time_of_a_message_is_kept_over_a_restart()
    {
        if (!CanRestart)
            return;
        DeviceRecord device = await DeviceAsync();
        await EnqueueAsync(Item("truck-17") with { NotBeforeMs = Now + 500 });
        await RestartAsync();
        SessionEpoch epoch = await OpenAsync(device);
        Now += 499;
        Assert.Empty(await LeaseAsync(device, epoch));
        Now += 1;
        Assert.Equal([device.Number], (await SweepAsync()).DevicesWithMail);
        Assert.Single(await LeaseAsync(device, epoch));
    }

    [Fact]
    public async Task What_is_given_back_again_and_again_waits_longer_each_time_and_keeps_its_place()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence first = await SendAsync();
        Sequence second = await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        foreach (int delay in new[] { 0, 100, 200, 250 })
        {
            LeasedMessage leased = Assert.Single(await LeaseAsync(device, epoch, max: 1));
            Assert.Equal(first, leased.Sequence);
            await SettleAsync(device, epoch, leased.Lease, SettleVerb.Release);
            if (delay == 0)
                continue;
            Now += delay - 1;
            Assert.Empty(await LeaseAsync(device, epoch));
            Assert.Empty((await SweepAsync()).DevicesWithMail);
            Now += 1;
            Assert.Equal([device.Number], (await SweepAsync()).DevicesWithMail);
        }

        Assert.Equal([first, second], (await LeaseAsync(device, epoch)).Select(m => m.Sequence));
    }

    [Fact]
    public async Task What_comes_before_a_message_that_has_to_wait_is_handed_out()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence[] sent = [await SendAsync(), await SendAsync(), await SendAsync()];
        SessionEpoch epoch = await OpenAsync(device);
        for (int i = 0; i < 2; i++)
        {
            IReadOnlyList<LeasedMessage> leased = await LeaseAsync(device, epoch, max: 2);
            foreach (LeasedMessage message in leased)
                await SettleAsync(device, epoch, message.Lease, SettleVerb.Release);
            Now += 99;
        }

        Now += 1;
        LeasedMessage first = Assert.Single(await LeaseAsync(device, epoch, max: 1));
        await SettleAsync(device, epoch, (await LeaseAsync(device, epoch, max: 1))[0].Lease, SettleVerb.Release);
        await SettleAsync(device, epoch, first.Lease, SettleVerb.Accept);
        Assert.Empty(await LeaseAsync(device, epoch));
        Now += 200;
        Assert.Equal(sent[1..], (await LeaseAsync(device, epoch)).Select(m => m.Sequence));
    }

    [Fact]
    public async Task A_lapse_counts_like_a_release()
    {
        DeviceRecord device = await DeviceAsync();
        await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        for (int i = 0; i < 2; i++)
        {
            Assert.Single(await LeaseAsync(device, epoch, durationMs: 10));
            Now += 10;
            Assert.Equal(1, (await SweepAsync()).Lapsed);
        }

        Assert.Empty(await LeaseAsync(device, epoch));
        Now += 100;
        Assert.Single(await LeaseAsync(device, epoch));
    }

    [Fact]
    public async Task A_new_session_begins_without_a_wait()
    {
        DeviceRecord device = await DeviceAsync();
        await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        for (int i = 0; i < 2; i++)
            await SettleAsync(device, epoch, (await LeaseAsync(device, epoch))[0].Lease, SettleVerb.Release);
        Assert.Empty(await LeaseAsync(device, epoch));
        epoch = await OpenAsync(device);
        Assert.Equal(3, Assert.Single(await LeaseAsync(device, epoch)).DeliveryCount);
        Now += 100;
        Assert.Empty((await SweepAsync()).DevicesWithMail);
    }

    [Fact]
    public async Task A_wait_ends_with_the_expiry_of_the_message()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence expiring = await SendAsync(expiresAtMs: Now + 50);
        Sequence second = await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        for (int i = 0; i < 2; i++)
            await SettleAsync(device, epoch, (await LeaseAsync(device, epoch, max: 1))[0].Lease, SettleVerb.Release);
        Now += 50;
        Assert.Equal(second, Assert.Single(await LeaseAsync(device, epoch)).Sequence);
        Assert.Equal(Outcome.Expired, await OutcomeAsync(expiring));
    }

    [Fact]
    public async Task Only_the_wished_kinds_are_handed_out_and_the_rest_waits()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence command = await SendAsync();
        Sequence answer = (await EnqueueAsync(Item("truck-17") with { Kind = MessageKind.Answer })).Sequence;
        Sequence last = await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        var wish = new LeaseRequest(device.Number, epoch, 10, int.MaxValue, Now, 1_000);
        Assert.Equal([answer], (await Mailboxes.LeaseAsync(wish with { Kinds = MessageKinds.Answers })).Messages.Select(m => m.Sequence));
        Assert.Empty((await Mailboxes.LeaseAsync(wish with { Kinds = MessageKinds.None })).Messages);
        LeaseResult others = await Mailboxes.LeaseAsync(wish with { Excluded = new HashSet<Sequence> { command } });
        Assert.Equal([last], others.Messages.Select(m => m.Sequence));
        Assert.Equal([command], (await Mailboxes.LeaseAsync(wish)).Messages.Select(m => m.Sequence));
    }

    [Fact]
    public async Task A_message_that_waits_for_its_turn_again_does_not_hold_up_another_wish()
    {
        DeviceRecord device = await DeviceAsync();
        await SendAsync();
        Sequence answer = (await EnqueueAsync(Item("truck-17") with { Kind = MessageKind.Answer })).Sequence;
        SessionEpoch epoch = await OpenAsync(device);
        for (int i = 0; i < 2; i++)
            await SettleAsync(device, epoch, (await LeaseAsync(device, epoch, max: 1))[0].Lease, SettleVerb.Release);
        Assert.Empty(await LeaseAsync(device, epoch));
        var wish = new LeaseRequest(device.Number, epoch, 10, int.MaxValue, Now, 1_000, MessageKinds.Answers);
        Assert.Equal(answer, Assert.Single((await Mailboxes.LeaseAsync(wish)).Messages).Sequence);
    }
}
