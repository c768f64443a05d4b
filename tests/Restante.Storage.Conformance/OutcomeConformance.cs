using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>Every rule of <see cref="IMailboxStore"/> about sweeping, browsing, purging, outcomes and restarts.</summary>
public abstract class OutcomeConformance : StoreConformance
{
    [Fact]
    public async Task A_sweep_ends_what_has_expired_in_bounded_steps()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence first = await SendAsync(expiresAtMs: Now + 10);
        await SendAsync(expiresAtMs: Now + 10);
        await SendAsync(expiresAtMs: Now + 11);
        await SendAsync();
        Now += 9;
        Assert.Equal(0, (await SweepAsync()).Expired);
        Now += 1;
        SweepResult one = await Mailboxes.SweepAsync(Now, 1);
        Assert.Equal((1, true), (one.Expired, one.More));
        Assert.Equal(1, (await SweepAsync()).Expired);
        OutcomeRecord? outcome = await Mailboxes.FindOutcomeAsync(first);
        Assert.Equal((Outcome.Expired, Now, null), (outcome!.Outcome, outcome.AtMs, outcome.Reason));
        Assert.Equal(2, (await Mailboxes.GetInfoAsync(device.Number)).Messages);
        Assert.False((await Mailboxes.SweepAsync(Now, 1)).More);
    }

    [Fact]
    public async Task A_lapsed_lease_is_given_back_and_its_device_named()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceRecord other = await DeviceAsync("other");
        Sequence sequence = await SendAsync();
        await SendAsync("other");
        SessionEpoch epoch = await OpenAsync(device);
        SessionEpoch otherEpoch = await OpenAsync(other);
        LeaseId lease = (await LeaseAsync(device, epoch, durationMs: 100))[0].Lease;
        await LeaseAsync(other, otherEpoch, durationMs: 101);
        Now += 100;
        SweepResult swept = await SweepAsync();
        Assert.Equal((1, 0, 0), (swept.Lapsed, swept.Expired, swept.Undeliverable));
        Assert.Equal([device.Number], swept.DevicesWithMail);
        Assert.Equal(SettleStatus.LeaseLapsed, (await SettleAsync(device, epoch, lease, SettleVerb.Accept)).Status);
        Assert.Equal(new LeaseId(sequence, 2), Assert.Single(await LeaseAsync(device, epoch)).Lease);
        Assert.Equal(1, Mailboxes.Totals.Leased - (await Mailboxes.GetInfoAsync(other.Number)).Leased);
    }

    [Fact]
    public async Task The_last_lapsed_lease_ends_the_message_as_undeliverable()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence sequence = await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        SweepResult swept = await SweepAsync();
        for (int i = 0; i < Limits.MaxDeliveries; i++)
        {
            Assert.Single(await LeaseAsync(device, epoch, durationMs: 10));
            Now += 10;
            swept = await SweepAsync();
        }

        Assert.Equal((1, 1, 0), (swept.Lapsed, swept.Undeliverable, swept.Expired));
        Assert.Empty(swept.DevicesWithMail);
        Assert.Equal(Outcome.Undeliverable, await OutcomeAsync(sequence));
    }

    [Fact]
    public async Task A_lapsed_lease_of_an_expired_message_ends_it_as_expired()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence sequence = await SendAsync(expiresAtMs: Now + 5);
        SessionEpoch epoch = await OpenAsync(device);
        await LeaseAsync(device, epoch, durationMs: 10);
        Now += 10;
        SweepResult swept = await SweepAsync();
        Assert.Equal((1, 1), (swept.Lapsed, swept.Expired));
        Assert.Equal(Outcome.Expired, await OutcomeAsync(sequence));
        Assert.Equal(1, (await Mailboxes.FindOutcomeAsync(sequence))!.DeliveryCount);
    }

    [Fact]
    public async Task A_message_that_was_leased_when_it_expired_is_swept_once_it_waits_again()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence sequence = await SendAsync(expiresAtMs: Now + 50);
        SessionEpoch epoch = await OpenAsync(device);
        await LeaseAsync(device, epoch, durationMs: 1_000);
        Now += 49;
        await Mailboxes.CloseSessionAsync(device.Number, epoch, Now);
        Now += 1;
        Assert.Equal(1, (await SweepAsync()).Expired);
        Assert.Equal(Outcome.Expired, await OutcomeAsync(sequence));
    }

    [Fact]
    public async Task A_clock_that_is_set_far_back_drops_no_outcome()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence sent = (await EnqueueAsync(Item("truck-17"))).Sequence;
        await Mailboxes.PurgeAsync(device.Number, "x", Now);
        Now -= 3 * Limits.OutcomeRetentionMs;
        Assert.Equal(0, (await SweepAsync()).OutcomesDropped);
        Assert.NotNull(await Mailboxes.FindOutcomeAsync(sent));
    }

    [Fact]
    public async Task Browsing_shows_and_changes_nothing()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence first = await SendAsync(fill: 1);
        EnqueueItem item = Item("truck-17", 2, 20, Now + 5_000, "m-2") with { Sender = "dispatcher" };
        Sequence second = (await Mailboxes.EnqueueAsync(new[] { item }, Now + 1))[0].Sequence;
        Sequence third = await SendAsync(fill: 3);
        await LeaseAsync(device, await OpenAsync(device), max: 1, durationMs: 70);
        IReadOnlyList<BrowsedMessage> all = await Mailboxes.BrowseAsync(device.Number, default, 10, Now);
        Assert.Equal([first, second, third], all.Select(m => m.Sequence));
        Assert.Equal((1, Now + 70), (all[0].DeliveryCount, all[0].LeasedUntilMs));
        Assert.Equal(
            (device.Id, "m-2", "dispatcher", Now + 1, Now + 5_000, 0, null),
            (all[1].Device, all[1].MessageId, all[1].Sender, all[1].EnqueuedAtMs, all[1].ExpiresAtMs, all[1].DeliveryCount, all[1].LeasedUntilMs));
        Assert.Equal(item.Content.ToArray(), all[1].Content.ToArray());
        Assert.Equal([second], (await Mailboxes.BrowseAsync(device.Number, first, 1, Now)).Select(m => m.Sequence));
        Assert.Empty(await Mailboxes.BrowseAsync(device.Number, third, 10, Now));
        Assert.Empty(await Mailboxes.BrowseAsync(new DeviceNumber(99), default, 10, Now));
        BrowsedMessage? found = await Mailboxes.FindMessageAsync(first, Now);
        Assert.Equal((first, 1, Now + 70), (found!.Sequence, found.DeliveryCount, found.LeasedUntilMs));
        Assert.Null(await Mailboxes.FindMessageAsync(new Sequence(third.Value + 1), Now));
        Assert.Equal(new MailboxInfo(3, 40, 1), await Mailboxes.GetInfoAsync(device.Number));
    }

    [Fact]
    public async Task A_purge_ends_what_waits_and_leaves_what_is_in_hand()
    {
        DeviceRecord device = await DeviceAsync();
        await DeviceAsync("other");
        Sequence kept = await SendAsync("other");
        Sequence held = await SendAsync();
        Sequence[] sent = [await SendAsync(), (await EnqueueAsync(Item("truck-17") with { NotBeforeMs = Now + 50 })).Sequence];
        SessionEpoch epoch = await OpenAsync(device);
        LeaseId lease = (await LeaseAsync(device, epoch, max: 1))[0].Lease;
        Assert.Equal(
            sent.Select(s => new EndedMessage(device.Number, s, MessageKind.Command, Outcome.Cancelled, 0)),
            await Mailboxes.PurgeAsync(device.Number, "cleared by hand", Now));
        foreach (Sequence sequence in sent)
        {
            OutcomeRecord? outcome = await Mailboxes.FindOutcomeAsync(sequence);
            Assert.Equal((Outcome.Cancelled, "cleared by hand"), (outcome!.Outcome, outcome.Reason));
        }

        Assert.Equal(new MailboxInfo(1, 10, 1), await Mailboxes.GetInfoAsync(device.Number));
        Assert.Empty(await Mailboxes.PurgeAsync(device.Number, "again", Now));
        Assert.Equal(new SettleResult(SettleStatus.Done, Outcome.Accepted), await SettleAsync(device, epoch, lease, SettleVerb.Accept));
        Assert.Equal(Outcome.Accepted, await OutcomeAsync(held));
        Assert.Empty(await Mailboxes.PurgeAsync(new DeviceNumber(99), "nobody", Now));
        Assert.NotNull(await Mailboxes.FindMessageAsync(kept, Now));
        Sequence next = await SendAsync();
        Assert.Equal(next, Assert.Single(await LeaseAsync(device, epoch)).Sequence);
    }

    [Fact]
    public async Task The_feed_of_outcomes_has_no_gaps_and_is_read_in_pieces()
    {
        DeviceRecord device = await DeviceAsync();
        for (int i = 0; i < 4; i++)
            await SendAsync();
        await Mailboxes.PurgeAsync(device.Number, "x", Now);
        OutcomeBatch batch = await Mailboxes.ReadOutcomesAsync(0, 3);
        Assert.Equal([1, 2, 3], batch.Outcomes.Select(o => o.Number));
        Assert.Equal((0, 4), (batch.SkippedByRetention, batch.LastNumber));
        batch = await Mailboxes.ReadOutcomesAsync(3, 3);
        Assert.Equal([4], batch.Outcomes.Select(o => o.Number));
        batch = await Mailboxes.ReadOutcomesAsync(4, 3);
        Assert.Equal((0, 0L), (batch.Outcomes.Count, batch.SkippedByRetention));
        Assert.Empty((await Mailboxes.ReadOutcomesAsync(400, 3)).Outcomes);
    }

    [Fact]
    public async Task Outcomes_are_dropped_after_their_retention_in_bounded_steps()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence first = await SendAsync();
        await SendAsync();
        await Mailboxes.PurgeAsync(device.Number, "x", Now);
        Now += 1;
        Sequence third = await SendAsync();
        await Mailboxes.PurgeAsync(device.Number, "x", Now);
        Now += Limits.OutcomeRetentionMs - 2;
        Assert.Equal(0, (await SweepAsync()).OutcomesDropped);
        Now += 1;
        SweepResult one = await Mailboxes.SweepAsync(Now, 1);
        Assert.Equal((1, true), (one.OutcomesDropped, one.More));
        Assert.Equal(1, (await Mailboxes.ReadOutcomesAsync(0, 10)).SkippedByRetention);
        Assert.Equal(1, (await SweepAsync()).OutcomesDropped);
        Assert.Null(await Mailboxes.FindOutcomeAsync(first));
        OutcomeBatch batch = await Mailboxes.ReadOutcomesAsync(0, 10);
        Assert.Equal((2, third), (batch.SkippedByRetention, Assert.Single(batch.Outcomes).Sequence));
        Assert.Equal(1, (await Mailboxes.ReadOutcomesAsync(1, 10)).SkippedByRetention);
        Now += 1;
        Assert.Equal(1, (await SweepAsync()).OutcomesDropped);
        if (CanRestart)
            await RestartAsync();
        Assert.Equal(3, (await Mailboxes.ReadOutcomesAsync(0, 10)).SkippedByRetention);
        Assert.Equal(3, (await Mailboxes.ReadOutcomesAsync(long.MaxValue, 1)).LastNumber);
        await SendAsync();
        await Mailboxes.PurgeAsync(device.Number, "x", Now);
        Assert.Equal(4, Assert.Single((await Mailboxes.ReadOutcomesAsync(3, 10)).Outcomes).Number);
    }

    [Fact]
    public async Task A_cursor_never_moves_back()
    {
        Assert.Equal(0, await Mailboxes.GetCursorAsync("billing"));
        await Mailboxes.SetCursorAsync("billing", 7, Now);
        await Mailboxes.SetCursorAsync("billing", 5, Now);
        Assert.Equal(7, await Mailboxes.GetCursorAsync("billing"));
        await Mailboxes.SetCursorAsync("billing", 9, Now);
        Assert.Equal(0, await Mailboxes.GetCursorAsync("Billing"));
        if (CanRestart)
            await RestartAsync();
        Assert.Equal(9, await Mailboxes.GetCursorAsync("billing"));
    }

    [Fact]
    public async Task A_cursor_that_was_removed_begins_anew()
    {
        await Mailboxes.SetCursorAsync("billing", 7, Now);
        await Mailboxes.SetCursorAsync("archive", 3, Now);
        await Mailboxes.RemoveCursorAsync("billing");
        await Mailboxes.RemoveCursorAsync("nobody");
        await Mailboxes.SetCursorAsync("archive/a%", 4, Now);
        await Mailboxes.SetCursorAsync("archive/ab", 4, Now);
        await Mailboxes.RemoveCursorsAsync("archive/a%");
        Assert.Equal(4, await Mailboxes.GetCursorAsync("archive/ab"));
        await Mailboxes.RemoveCursorsAsync("archive/");
        Assert.Equal(0, await Mailboxes.GetCursorAsync("archive/ab"));
        if (CanRestart)
            await RestartAsync();
        Assert.Equal(0, await Mailboxes.GetCursorAsync("billing"));
        Assert.Equal(3, await Mailboxes.GetCursorAsync("archive"));
        await Mailboxes.SetCursorAsync("billing", 5, Now);
        Assert.Equal(5, await Mailboxes.GetCursorAsync("billing"));
    }

    [Fact]
    public async Task Totals_count_what_is_there()
    {
        DeviceRecord device = await DeviceAsync();
        await DeviceAsync("other");
        await DeviceAsync("empty");
        await SendAsync(size: 10);
        await SendAsync(size: 20);
        await SendAsync("other", size: 30);
        SessionEpoch epoch = await OpenAsync(device);
        LeaseId lease = (await LeaseAsync(device, epoch, max: 1))[0].Lease;
        Assert.Equal(new MailboxTotals(2, 3, 60, 1), Mailboxes.Totals);
        await SettleAsync(device, epoch, lease, SettleVerb.Accept);
        Assert.Equal(new MailboxTotals(2, 2, 50, 0), Mailboxes.Totals);
        await Mailboxes.PurgeAsync(device.Number, "x", Now);
        Assert.Equal(new MailboxTotals(1, 1, 30, 0), Mailboxes.Totals);
    }

    [Fact]
    public async Task After_a_restart_every_message_waits_again_with_its_count()
    {
        if (!CanRestart)
            return;
        DeviceRecord device = await DeviceAsync();
        Sequence[] sent = [await SendAsync(fill: 1), await SendAsync(fill: 2), await SendAsync(fill: 3)];
        SessionEpoch epoch = await OpenAsync(device);
        IReadOnlyList<LeasedMessage> leased = await LeaseAsync(device, epoch, max: 2);
        await SettleAsync(device, epoch, leased[0].Lease, SettleVerb.Release);
        await LeaseAsync(device, epoch, max: 1);
        await SettleAsync(device, epoch, leased[1].Lease, SettleVerb.Accept);
        await RestartAsync();
        Assert.Equal(new MailboxTotals(1, 2, 20, 0), Mailboxes.Totals);
        Assert.Equal([2, 0], (await Mailboxes.BrowseAsync(device.Number, default, 10, Now)).Select(m => m.DeliveryCount));
        IReadOnlyList<LeasedMessage> again = await LeaseAsync(device, await OpenAsync(device));
        Assert.Equal([new LeaseId(sent[0], 3), new LeaseId(sent[2], 1)], again.Select(m => m.Lease));
        Assert.Equal([1, 3], again.Select(m => m.Content.Span[0]));
        Assert.Equal(Outcome.Accepted, await OutcomeAsync(sent[1]));
    }

    [Fact]
    public async Task A_message_lost_with_its_last_lease_ends_at_the_next_lease()
    {
        if (!CanRestart)
            return;
        DeviceRecord device = await DeviceAsync();
        Sequence sequence = await SendAsync();
        for (int i = 0; i < Limits.MaxDeliveries; i++)
        {
            Assert.Single(await LeaseAsync(device, await OpenAsync(device)));
            await RestartAsync();
        }

        Assert.Null(await OutcomeAsync(sequence));
        Assert.Empty(await LeaseAsync(device, await OpenAsync(device)));
        Assert.Equal(Outcome.Undeliverable, await OutcomeAsync(sequence));
    }

    [Fact]
    public async Task Expiry_goes_on_after_a_restart()
    {
        if (!CanRestart)
            return;
        await DeviceAsync();
        Sequence sequence = await SendAsync(expiresAtMs: Now + 10);
        await RestartAsync();
        Now += 10;
        Assert.Equal(1, (await SweepAsync()).Expired);
        Assert.Equal(Outcome.Expired, await OutcomeAsync(sequence));
    }

    [Fact]
    public async Task A_sequence_number_is_never_used_twice()
    {
        DeviceRecord device = await DeviceAsync();
        await SendAsync();
        Sequence last = await SendAsync();
        await Mailboxes.PurgeAsync(device.Number, "x", Now);
        Now += Limits.OutcomeRetentionMs;
        await SweepAsync();
        if (CanRestart)
            await RestartAsync();
        Assert.True((await SendAsync()).CompareTo(last) > 0);
    }
}
