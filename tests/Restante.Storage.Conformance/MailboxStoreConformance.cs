using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>Every rule of <see cref="IMailboxStore"/> about enqueueing, sessions, leasing and settling.</summary>
public abstract class MailboxStoreConformance : StoreConformance
{
    [Fact]
    public async Task Each_item_has_its_own_result()
    {
        DeviceRecord device = await DeviceAsync();
        EnqueueResult[] results = await Mailboxes.EnqueueAsync(new[] { Item("truck-17"), Item("nobody"), Item("truck-17") }, Now);
        Assert.Equal([EnqueueStatus.Enqueued, EnqueueStatus.DeviceNotFound, EnqueueStatus.Enqueued], results.Select(r => r.Status));
        Assert.Equal([1, 0, 2], results.Select(r => r.Depth));
        Assert.Equal([device.Number, default, device.Number], results.Select(r => r.Device));
        Assert.Equal(default, results[1].Sequence);
        Assert.True(results[2].Sequence.CompareTo(results[0].Sequence) > 0);
        Assert.True(results[0].Sequence.Value >= 1);
        Assert.Empty(await Mailboxes.EnqueueAsync(Array.Empty<EnqueueItem>(), Now));
    }

    [Fact]
    public async Task A_full_mailbox_refuses_until_a_message_has_ended()
    {
        DeviceRecord device = await DeviceAsync();
        await DeviceAsync("other");
        EnqueueResult[] results = await Mailboxes.EnqueueAsync(Enumerable.Repeat(Item("truck-17"), Limits.MaxDepth + 1).ToArray(), Now);
        Assert.Equal(new EnqueueResult(EnqueueStatus.MailboxFull, default, device.Number, Limits.MaxDepth), results[^1]);
        await SendAsync("other");
        SessionEpoch epoch = await OpenAsync(device);
        LeasedMessage first = (await LeaseAsync(device, epoch, max: 1))[0];
        Assert.Equal(EnqueueStatus.MailboxFull, (await Mailboxes.EnqueueAsync(new[] { Item("truck-17") }, Now))[0].Status);
        await SettleAsync(device, epoch, first.Lease, SettleVerb.Accept);
        await SendAsync();
        Assert.Equal(EnqueueStatus.MailboxFull, (await Mailboxes.EnqueueAsync(new[] { Item("truck-17") }, Now))[0].Status);
    }

    [Fact]
    public async Task A_mailbox_of_too_many_bytes_refuses()
    {
        DeviceRecord device = await DeviceAsync();
        await SendAsync(size: 600);
        EnqueueResult[] results = await Mailboxes.EnqueueAsync(new[] { Item("truck-17", size: 401), Item("truck-17", size: 400) }, Now);
        Assert.Equal(new EnqueueResult(EnqueueStatus.MailboxBytesFull, default, device.Number, 1), results[0]);
        Assert.Equal(EnqueueStatus.Enqueued, results[1].Status);
        Assert.Equal(new MailboxInfo(2, 1_000, 0), await Mailboxes.GetInfoAsync(device.Number));
    }

    [Fact]
    public async Task The_content_is_copied_before_the_call_returns()
    {
        DeviceRecord device = await DeviceAsync();
        byte[] content = [1, 2, 3];
        ValueTask<EnqueueResult[]> task = Mailboxes.EnqueueAsync(new[] { Item("truck-17") with { Content = content } }, Now);
        content.AsSpan().Clear();
        await task;
        Assert.Equal([1, 2, 3], (await LeaseAsync(device, await OpenAsync(device)))[0].Content.ToArray());
    }

    [Fact]
    public async Task A_leased_message_is_as_it_was_sent()
    {
        DeviceRecord device = await DeviceAsync();
        EnqueueItem item = Item("truck-17", 7, 33, Now + 500, "mid-1") with { Kind = MessageKind.Answer };
        Sequence sequence = (await Mailboxes.EnqueueAsync(new[] { item }, Now))[0].Sequence;
        await SendAsync(size: 0);
        Now += 20;
        IReadOnlyList<LeasedMessage> leased = await LeaseAsync(device, await OpenAsync(device), durationMs: 60);
        LeasedMessage message = leased[0];
        Assert.Equal(new LeaseId(sequence, 1), message.Lease);
        Assert.Equal(
            (MessageKind.Answer, "mid-1", Now - 20, Now + 480, Now + 60),
            (message.Kind, message.MessageId, message.EnqueuedAtMs, message.ExpiresAtMs, message.LeasedUntilMs));
        Assert.Equal(item.Content.ToArray(), message.Content.ToArray());
        Assert.Equal((null, 0, long.MaxValue), (leased[1].MessageId, leased[1].Content.Length, leased[1].ExpiresAtMs));
        Assert.Equal(new MailboxInfo(2, 33, 2), await Mailboxes.GetInfoAsync(device.Number));
    }

    [Fact]
    public async Task Messages_are_leased_in_order_and_once()
    {
        DeviceRecord device = await DeviceAsync();
        SessionEpoch epoch = await OpenAsync(device);
        Sequence[] sent = [await SendAsync(), await SendAsync(), await SendAsync()];
        Assert.Equal(sent[..2], (await LeaseAsync(device, epoch, max: 2)).Select(m => m.Sequence));
        Assert.Equal(sent[2..], (await LeaseAsync(device, epoch)).Select(m => m.Sequence));
        Assert.Empty(await LeaseAsync(device, epoch));
    }

    [Fact]
    public async Task A_lease_stops_at_its_bytes_but_hands_out_one()
    {
        DeviceRecord device = await DeviceAsync();
        SessionEpoch epoch = await OpenAsync(device);
        await SendAsync(size: 100);
        await SendAsync(size: 100);
        await SendAsync(size: 101);
        Assert.Single(await LeaseAsync(device, epoch, maxBytes: 1));
        Assert.Single(await LeaseAsync(device, epoch, maxBytes: 200));
        Assert.Single(await LeaseAsync(device, epoch, maxBytes: 200));
        Assert.Empty(await LeaseAsync(device, epoch));
    }

    [Fact]
    public async Task A_newer_session_takes_the_mailbox_over_with_what_was_leased()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence sequence = await SendAsync();
        SessionEpoch old = await OpenAsync(device);
        LeasedMessage held = Assert.Single(await LeaseAsync(device, old));
        SessionEpoch epoch = await OpenAsync(device);
        Assert.True(epoch.Value > old.Value);
        Assert.True((await Mailboxes.LeaseAsync(new LeaseRequest(device.Number, old, 1, 1, Now, 1))).HeldByOther);
        Assert.Equal(new SettleResult(SettleStatus.HeldByOther, null), await SettleAsync(device, old, held.Lease, SettleVerb.Accept));
        await Mailboxes.CloseSessionAsync(device.Number, old, Now);
        LeasedMessage again = Assert.Single(await LeaseAsync(device, epoch));
        Assert.Equal(new LeaseId(sequence, 2), again.Lease);
        Assert.Equal(SettleStatus.LeaseLapsed, (await SettleAsync(device, epoch, held.Lease, SettleVerb.Accept)).Status);
        Assert.Null(await OutcomeAsync(sequence));
    }

    [Fact]
    public async Task A_closed_session_gives_back_and_holds_nothing()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence sequence = await SendAsync();
        SessionEpoch old = await OpenAsync(device);
        LeasedMessage held = Assert.Single(await LeaseAsync(device, old));
        await Mailboxes.CloseSessionAsync(device.Number, old, Now);
        Assert.Equal(new MailboxInfo(1, 10, 0), await Mailboxes.GetInfoAsync(device.Number));
        Assert.True((await Mailboxes.LeaseAsync(new LeaseRequest(device.Number, old, 1, 1, Now, 1))).HeldByOther);
        Assert.Equal(SettleStatus.HeldByOther, (await SettleAsync(device, old, held.Lease, SettleVerb.Accept)).Status);
        SessionEpoch epoch = await OpenAsync(device);
        Assert.NotEqual(old, epoch);
        Assert.Equal(sequence, Assert.Single(await LeaseAsync(device, epoch)).Sequence);
    }

    [Fact]
    public async Task No_session_is_opened_for_no_device()
    {
        Assert.Null(await Mailboxes.OpenSessionAsync(new DeviceNumber(4_711), Now));
        await Mailboxes.CloseSessionAsync(new DeviceNumber(4_711), new SessionEpoch(1), Now);
        Assert.True((await Mailboxes.LeaseAsync(new LeaseRequest(new DeviceNumber(4_711), default, 1, 1, Now, 1))).HeldByOther);
    }

    [Fact]
    public async Task Accepted_and_rejected_messages_end_with_their_reason()
    {
        DeviceRecord device = await DeviceAsync();
        EnqueueItem item = Item("truck-17", messageId: "m-1") with { Sender = "dispatcher", ReportsUntilMs = Now + 99, Job = 4 };
        Sequence first = (await Mailboxes.EnqueueAsync(new[] { item }, Now))[0].Sequence;
        Sequence second = await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        IReadOnlyList<LeasedMessage> leased = await LeaseAsync(device, epoch);
        Now += 7;
        Assert.Equal(
            new SettleResult(SettleStatus.Done, Outcome.Rejected),
            await SettleAsync(device, epoch, leased[0].Lease, SettleVerb.Reject, new string('x', 600)));
        Assert.Equal(new SettleResult(SettleStatus.Done, Outcome.Accepted), await SettleAsync(device, epoch, leased[1].Lease, SettleVerb.Accept));
        OutcomeRecord? outcome = await Mailboxes.FindOutcomeAsync(first);
        Assert.Equal(
            new OutcomeRecord
            {
                Number = 1,
                Sequence = first,
                Device = device.Id,
                DeviceNumber = device.Number,
                Kind = MessageKind.Command,
                ReportsUntilMs = Now + 92,
                Job = 4,
                Outcome = Outcome.Rejected,
                Reason = new string('x', 512),
                MessageId = "m-1",
                Sender = "dispatcher",
                DeliveryCount = 1,
                EnqueuedAtMs = Now - 7,
                AtMs = Now,
            },
            outcome);
        Assert.Equal((2, Outcome.Accepted, null), (await Mailboxes.FindOutcomeAsync(second)) is { } o ? (o.Number, o.Outcome, o.Reason) : default);
        Assert.Equal(default, await Mailboxes.GetInfoAsync(device.Number));
        Assert.Null(await Mailboxes.FindMessageAsync(first, Now));
    }

    [Fact]
    public async Task A_settled_lease_is_not_settled_again()
    {
        DeviceRecord device = await DeviceAsync();
        await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        LeaseId lease = (await LeaseAsync(device, epoch))[0].Lease;
        var twice = new[]
        {
            new SettleItem(device.Number, epoch, lease, SettleVerb.Accept),
            new SettleItem(device.Number, epoch, lease, SettleVerb.Reject),
            new SettleItem(device.Number, epoch, new LeaseId(new Sequence(999), 1), SettleVerb.Accept),
        };
        SettleResult[] results = await Mailboxes.SettleAsync(twice, Now);
        Assert.Equal(new SettleResult(SettleStatus.Done, Outcome.Accepted), results[0]);
        Assert.Equal(new SettleResult(SettleStatus.LeaseLapsed, null), results[1]);
        Assert.Equal(new SettleResult(SettleStatus.LeaseLapsed, null), results[2]);
        Assert.Equal(SettleStatus.LeaseLapsed, (await SettleAsync(device, epoch, lease, SettleVerb.Accept)).Status);
        Assert.Single((await Mailboxes.ReadOutcomesAsync(0, 100)).Outcomes);
    }

    [Fact]
    public async Task A_lease_of_another_mailbox_is_not_settled()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceRecord other = await DeviceAsync("other");
        await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        SessionEpoch otherEpoch = await OpenAsync(other);
        LeaseId lease = (await LeaseAsync(device, epoch))[0].Lease;
        Assert.Equal(SettleStatus.LeaseLapsed, (await SettleAsync(other, otherEpoch, lease, SettleVerb.Accept)).Status);
        Assert.Equal(SettleStatus.Done, (await SettleAsync(device, epoch, lease, SettleVerb.Accept)).Status);
    }

    [Fact]
    public async Task A_released_message_keeps_its_place()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence[] sent = [await SendAsync(), await SendAsync(), await SendAsync()];
        SessionEpoch epoch = await OpenAsync(device);
        IReadOnlyList<LeasedMessage> leased = await LeaseAsync(device, epoch, max: 2);
        Assert.Equal(new SettleResult(SettleStatus.Done, null), await SettleAsync(device, epoch, leased[1].Lease, SettleVerb.Release));
        Assert.Equal(new SettleResult(SettleStatus.Done, null), await SettleAsync(device, epoch, leased[0].Lease, SettleVerb.Release));
        Assert.Equal(SettleStatus.LeaseLapsed, (await SettleAsync(device, epoch, leased[0].Lease, SettleVerb.Accept)).Status);
        IReadOnlyList<LeasedMessage> again = await LeaseAsync(device, epoch);
        Assert.Equal(sent, again.Select(m => m.Sequence));
        Assert.Equal([2, 2, 1], again.Select(m => m.DeliveryCount));
    }

    [Fact]
    public async Task A_release_of_the_last_delivery_ends_the_message_as_undeliverable()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence sequence = await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        for (int i = 1; i <= Limits.MaxDeliveries; i++)
        {
            LeasedMessage message = Assert.Single(await LeaseAsync(device, epoch));
            Assert.Equal(i, message.DeliveryCount);
            Outcome? expected = i == Limits.MaxDeliveries ? Outcome.Undeliverable : null;
            Assert.Equal(new SettleResult(SettleStatus.Done, expected), await SettleAsync(device, epoch, message.Lease, SettleVerb.Release));
        }

        Assert.Empty(await LeaseAsync(device, epoch));
        OutcomeRecord? outcome = await Mailboxes.FindOutcomeAsync(sequence);
        Assert.Equal((Outcome.Undeliverable, Limits.MaxDeliveries, null), (outcome!.Outcome, outcome.DeliveryCount, outcome.Reason));
    }

    [Fact]
    public async Task An_expired_message_is_not_handed_out_but_ends()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence first = await SendAsync(expiresAtMs: Now + 10);
        Sequence second = await SendAsync(expiresAtMs: Now + 11);
        SessionEpoch epoch = await OpenAsync(device);
        Now += 10;
        Assert.Equal(second, Assert.Single(await LeaseAsync(device, epoch)).Sequence);
        OutcomeRecord? outcome = await Mailboxes.FindOutcomeAsync(first);
        Assert.Equal((Outcome.Expired, 0, Now), (outcome!.Outcome, outcome.DeliveryCount, outcome.AtMs));
        Assert.Equal(new MailboxInfo(1, 10, 1), await Mailboxes.GetInfoAsync(device.Number));
    }

    [Fact]
    public async Task An_accept_counts_although_the_message_expired_in_the_receivers_hands()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence sequence = await SendAsync(expiresAtMs: Now + 10);
        SessionEpoch epoch = await OpenAsync(device);
        LeaseId lease = (await LeaseAsync(device, epoch, durationMs: 1_000))[0].Lease;
        Now += 500;
        Assert.Equal(0, (await SweepAsync()).Expired);
        Assert.Equal(SettleStatus.Done, (await SettleAsync(device, epoch, lease, SettleVerb.Accept)).Status);
        Assert.Equal(Outcome.Accepted, await OutcomeAsync(sequence));
    }

    [Fact]
    public async Task A_release_of_an_expired_message_ends_it()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence sequence = await SendAsync(expiresAtMs: Now + 10);
        SessionEpoch epoch = await OpenAsync(device);
        LeaseId lease = (await LeaseAsync(device, epoch))[0].Lease;
        Now += 10;
        Assert.Equal(new SettleResult(SettleStatus.Done, Outcome.Expired), await SettleAsync(device, epoch, lease, SettleVerb.Release));
        Assert.Equal(Outcome.Expired, await OutcomeAsync(sequence));
        Assert.Equal(0, Mailboxes.Totals.Messages);
    }

    [Fact]
    public async Task A_takeover_ends_what_may_not_be_handed_out_again()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence exhausted = await SendAsync();
        Sequence expiring = await SendAsync(expiresAtMs: Now + 10);
        for (int i = 0; i < Limits.MaxDeliveries; i++)
            Assert.Equal(exhausted, (await LeaseAsync(device, await OpenAsync(device), max: 1))[0].Sequence);
        SessionEpoch epoch = await OpenAsync(device);
        Assert.Equal(Outcome.Undeliverable, await OutcomeAsync(exhausted));
        Assert.Equal(expiring, (await LeaseAsync(device, epoch))[0].Sequence);
        Now += 10;
        await Mailboxes.CloseSessionAsync(device.Number, epoch, Now);
        Assert.Equal(Outcome.Expired, await OutcomeAsync(expiring));
    }

    [Fact]
    public async Task A_renewed_lease_lapses_later()
    {
        DeviceRecord device = await DeviceAsync();
        await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        LeaseId lease = (await LeaseAsync(device, epoch, durationMs: 100))[0].Lease;
        Now += 50;
        Assert.Equal(new SettleResult(SettleStatus.Done, null), await SettleAsync(device, epoch, lease, SettleVerb.Renew, leaseDurationMs: 100));
        Now += 99;
        Assert.Equal(0, (await SweepAsync()).Lapsed);
        Assert.Equal(Now + 1, Assert.Single(await Mailboxes.BrowseAsync(device.Number, default, 10, Now)).LeasedUntilMs);
        Now += 1;
        Assert.Equal(1, (await SweepAsync()).Lapsed);
        Assert.Equal(SettleStatus.LeaseLapsed, (await SettleAsync(device, epoch, lease, SettleVerb.Renew)).Status);
    }

    [Fact]
    public async Task A_lease_may_be_renewed_and_settled_in_one_call()
    {
        DeviceRecord device = await DeviceAsync();
        await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        LeaseId lease = (await LeaseAsync(device, epoch))[0].Lease;
        var items = new[]
        {
            new SettleItem(device.Number, epoch, lease, SettleVerb.Renew, LeaseDurationMs: 10),
            new SettleItem(device.Number, epoch, lease, SettleVerb.Accept),
            new SettleItem(device.Number, epoch, lease, SettleVerb.Renew, LeaseDurationMs: 10),
        };
        Assert.Equal(
            [SettleStatus.Done, SettleStatus.Done, SettleStatus.LeaseLapsed], (await Mailboxes.SettleAsync(items, Now)).Select(r => r.Status));
    }

    [Fact]
    public async Task A_lease_counts_until_the_sweep_takes_it_back()
    {
        DeviceRecord device = await DeviceAsync();
        await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        LeaseId lease = (await LeaseAsync(device, epoch, durationMs: 100))[0].Lease;
        Now += 5_000;
        Assert.Empty(await LeaseAsync(device, epoch));
        Assert.Equal(SettleStatus.Done, (await SettleAsync(device, epoch, lease, SettleVerb.Accept)).Status);
    }

    [Fact]
    public async Task Calls_from_many_threads_neither_lose_nor_double_a_message()
    {
        const int devices = 20;
        var records = new List<DeviceRecord>();
        for (int i = 0; i < devices; i++)
            records.Add(await DeviceAsync($"d-{i}"));
        await Parallel.ForEachAsync(records, async (device, _) =>
        {
            SessionEpoch epoch = await OpenAsync(device);
            for (int round = 0; round < 20; round++)
            {
                Sequence[] sent = [await SendAsync(device.Id.Value), await SendAsync(device.Id.Value)];
                IReadOnlyList<LeasedMessage> leased = await LeaseAsync(device, epoch);
                Assert.Equal(sent, leased.Select(m => m.Sequence));
                await Mailboxes.SettleAsync(leased.Select(m => new SettleItem(device.Number, epoch, m.Lease, SettleVerb.Accept)).ToArray(), Now);
            }
        });
        Assert.Equal(default, Mailboxes.Totals);
        IReadOnlyList<OutcomeRecord> outcomes = (await Mailboxes.ReadOutcomesAsync(0, 10_000)).Outcomes;
        Assert.Equal(Enumerable.Range(1, devices * 40).Select(n => (long)n), outcomes.Select(o => o.Number));
        Assert.Equal(devices * 40, outcomes.Select(o => o.Sequence).Distinct().Count());
    }
}
