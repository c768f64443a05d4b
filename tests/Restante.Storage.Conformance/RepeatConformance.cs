using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>Messages that are sent again, or in place of another: message-ids and replace-keys; and messages that are taken back.</summary>
public abstract class RepeatConformance : StoreConformance
{
    /// <inheritdoc/>
    protected override MailboxLimits Limits { get; } = new()
    {
        MaxDepth = 3,
        MaxBytes = 1_000,
        MaxDeliveries = 5,
        RedeliveryDelayMs = 0,
        IdempotencyRetentionMs = 5_000,
        MaxIdempotencyKeys = 4,
        OutcomeRetentionMs = 10_000,
    };

    [Fact]
    public async Task The_same_command_is_taken_once()
    {
        DeviceRecord device = await DeviceAsync();
        await DeviceAsync("other");
        EnqueueItem item = Item("truck-17", messageId: "m-1");
        Sequence first = (await EnqueueAsync(item)).Sequence;
        EnqueueResult again = await EnqueueAsync(item with { Content = new byte[5] });
        Assert.Equal(new EnqueueResult(EnqueueStatus.Duplicate, first, device.Number, 1), again);
        Assert.Equal(EnqueueStatus.Enqueued, (await EnqueueAsync(item with { Sender = "another" })).Status);
        Assert.Equal(EnqueueStatus.Enqueued, (await EnqueueAsync(item with { Device = DeviceId.Parse("other") })).Status);
        Assert.Equal(EnqueueStatus.Enqueued, (await EnqueueAsync(item with { MessageId = "M-1" })).Status);
        Assert.Equal(3, (await Mailboxes.GetInfoAsync(device.Number)).Messages);
    }

    [Fact]
    public async Task Of_two_equal_commands_in_one_call_the_first_is_taken()
    {
        await DeviceAsync();
        EnqueueItem item = Item("truck-17", messageId: "m-1");
        EnqueueResult[] results = await Mailboxes.EnqueueAsync(new[] { item, item }, Now);
        Assert.Equal([EnqueueStatus.Enqueued, EnqueueStatus.Duplicate], results.Select(r => r.Status));
        Assert.Equal(results[0].Sequence, results[1].Sequence);
    }

    [Fact]
    public async Task A_repeat_is_known_when_the_first_has_ended_or_the_mailbox_is_full()
    {
        DeviceRecord device = await DeviceAsync();
        EnqueueItem item = Item("truck-17", messageId: "m-1") with { Flags = MessageFlags.OutcomeNotWanted };
        Sequence first = (await EnqueueAsync(item)).Sequence;
        await Mailboxes.PurgeAsync(device.Number, "gone", Now);
        for (int i = 0; i < Limits.MaxDepth; i++)
            await SendAsync();
        Assert.Equal(new EnqueueResult(EnqueueStatus.Duplicate, first, device.Number, Limits.MaxDepth), await EnqueueAsync(item));
    }

    [Fact]
    public async Task A_command_that_was_refused_leaves_no_trace()
    {
        DeviceRecord device = await DeviceAsync();
        for (int i = 0; i < Limits.MaxDepth; i++)
            await SendAsync();
        EnqueueItem item = Item("truck-17", messageId: "m-1");
        Assert.Equal(EnqueueStatus.MailboxFull, (await EnqueueAsync(item)).Status);
        await Mailboxes.PurgeAsync(device.Number, "gone", Now);
        Assert.Equal(EnqueueStatus.Enqueued, (await EnqueueAsync(item)).Status);
    }

    [Fact]
    public async Task A_repeat_is_known_for_a_time_and_up_to_a_number_of_others()
    {
        DeviceRecord device = await DeviceAsync();
        EnqueueItem item = Item("truck-17", messageId: "m-1");
        await EnqueueAsync(item);
        Now += 4_999;
        Assert.Equal(EnqueueStatus.Duplicate, (await EnqueueAsync(item)).Status);
        Now += 1;
        Assert.Equal(EnqueueStatus.Enqueued, (await EnqueueAsync(item)).Status);
        Now += 1;
        for (int i = 0; i < Limits.MaxIdempotencyKeys; i++)
        {
            Assert.Equal(EnqueueStatus.Duplicate, (await EnqueueAsync(item)).Status);
            await EnqueueAsync(Item("truck-17", messageId: $"other-{i}"));
            await Mailboxes.PurgeAsync(device.Number, "room", Now);
        }

        Assert.Equal(EnqueueStatus.Enqueued, (await EnqueueAsync(item)).Status);
    }

    [Fact]
    public async Task A_repeat_is_known_after_a_restart()
    {
        if (!CanRestart)
            return;
        DeviceRecord device = await DeviceAsync();
        Sequence ended = (await EnqueueAsync(Item("truck-17", messageId: "m-1"))).Sequence;
        Sequence untold = (await EnqueueAsync(Item("truck-17", messageId: "m-2") with { Flags = MessageFlags.OutcomeNotWanted })).Sequence;
        await Mailboxes.PurgeAsync(device.Number, "gone", Now);
        Sequence waiting = (await EnqueueAsync(Item("truck-17", messageId: "m-3"))).Sequence;
        await RestartAsync();
        foreach ((string id, Sequence sequence) in new[] { ("m-1", ended), ("m-2", untold), ("m-3", waiting) })
        {
            EnqueueResult again = await EnqueueAsync(Item("truck-17", messageId: id));
            Assert.Equal((EnqueueStatus.Duplicate, sequence), (again.Status, again.Sequence));
        }

        Now += 5_000;
        Assert.Equal(EnqueueStatus.Enqueued, (await EnqueueAsync(Item("truck-17", messageId: "m-1"))).Status);
    }

    [Fact]
    public async Task After_a_restart_the_commands_are_known_that_were_accepted_last_whenever_they_ended()
    {
        if (!CanRestart)
            return;
        DeviceRecord early = await DeviceAsync(), late = await DeviceAsync("other");
        foreach (string id in (string[])["m-1", "m-2", "m-3"])
            await EnqueueAsync(Item("truck-17", messageId: id));
        var last = new List<Sequence>();
        foreach (string id in (string[])["n-1", "n-2", "n-3"])
            last.Add((await EnqueueAsync(Item("other", messageId: id))).Sequence);
        await Mailboxes.PurgeAsync(late.Number, "first", Now);
        await Mailboxes.PurgeAsync(early.Number, "then", Now);
        await RestartAsync();
        for (int i = 0; i < last.Count; i++)
        {
            EnqueueResult again = await EnqueueAsync(Item("other", messageId: $"n-{i + 1}"));
            Assert.Equal((EnqueueStatus.Duplicate, last[i]), (again.Status, again.Sequence));
        }

        Assert.Equal(EnqueueStatus.Enqueued, (await EnqueueAsync(Item("truck-17", messageId: "m-2"))).Status);
    }

    [Fact]
    public async Task Answers_may_have_the_same_id()
    {
        await DeviceAsync();
        EnqueueItem item = Item("truck-17", messageId: "m-1") with { Kind = MessageKind.Answer };
        Assert.Equal(EnqueueStatus.Enqueued, (await EnqueueAsync(item)).Status);
        Assert.Equal(EnqueueStatus.Enqueued, (await EnqueueAsync(item)).Status);
    }

    [Fact]
    public async Task A_message_takes_the_place_of_older_ones_with_its_key()
    {
        DeviceRecord device = await DeviceAsync();
        await DeviceAsync("other");
        Sequence old = (await EnqueueAsync(Item("truck-17") with { ReplaceKey = "speed" })).Sequence;
        Sequence elsewhere = (await EnqueueAsync(Item("other") with { ReplaceKey = "speed" })).Sequence;
        Sequence unlike = (await EnqueueAsync(Item("truck-17") with { ReplaceKey = "route" })).Sequence;
        EnqueueResult result = await EnqueueAsync(Item("truck-17") with { ReplaceKey = "speed", NotBeforeMs = Now + 5 });
        Assert.Equal([new EndedMessage(device.Number, old, MessageKind.Command, Outcome.Cancelled, 0)], result.Replaced!);
        Assert.Equal((EnqueueStatus.Enqueued, 2), (result.Status, result.Depth));
        OutcomeRecord outcome = (await Mailboxes.FindOutcomeAsync(old))!;
        Assert.Equal((Outcome.Cancelled, $"Replaced by message {result.Sequence}."), (outcome.Outcome, outcome.Reason));
        Assert.Equal([unlike, result.Sequence], (await Mailboxes.BrowseAsync(device.Number, default, 10, Now)).Select(m => m.Sequence));
        Assert.Null(await OutcomeAsync(elsewhere));
        EnqueueResult next = await EnqueueAsync(Item("truck-17") with { ReplaceKey = "speed" });
        Assert.Equal(result.Sequence, Assert.Single(next.Replaced!).Sequence);
    }

    [Fact]
    public async Task A_message_in_hand_is_not_replaced()
    {
        DeviceRecord device = await DeviceAsync();
        EnqueueItem item = Item("truck-17") with { ReplaceKey = "speed" };
        Sequence held = (await EnqueueAsync(item)).Sequence;
        SessionEpoch epoch = await OpenAsync(device);
        LeaseId lease = (await LeaseAsync(device, epoch))[0].Lease;
        EnqueueResult second = await EnqueueAsync(item);
        Assert.Null(second.Replaced);
        await SettleAsync(device, epoch, lease, SettleVerb.Release);
        EnqueueResult third = await EnqueueAsync(item);
        Assert.Equal([(held, 1), (second.Sequence, 0)], third.Replaced!.Select(r => (r.Sequence, r.DeliveryCount)));
        Assert.Equal(third.Sequence, Assert.Single(await LeaseAsync(device, epoch)).Sequence);
    }

    [Fact]
    public async Task A_full_mailbox_takes_what_replaces_a_message()
    {
        DeviceRecord device = await DeviceAsync();
        EnqueueItem item = Item("truck-17") with { ReplaceKey = "speed" };
        await EnqueueAsync(item);
        while ((await Mailboxes.GetInfoAsync(device.Number)).Messages < Limits.MaxDepth)
            await SendAsync();
        Assert.Equal(EnqueueStatus.MailboxFull, (await EnqueueAsync(Item("truck-17"))).Status);
        Assert.Equal((EnqueueStatus.Enqueued, Limits.MaxDepth), (await EnqueueAsync(item)) is var r ? (r.Status, r.Depth) : default);
        EnqueueResult tooLarge = await EnqueueAsync(item with { Content = new byte[Limits.MaxBytes] });
        Assert.Equal((EnqueueStatus.MailboxBytesFull, Limits.MaxDepth), (tooLarge.Status, tooLarge.Depth));
        Assert.Equal(Limits.MaxDepth, (await LeaseAsync(device, await OpenAsync(device))).Count);
    }

    [Fact]
    public async Task Messages_of_one_call_replace_each_other()
    {
        DeviceRecord device = await DeviceAsync();
        EnqueueItem item = Item("truck-17") with { ReplaceKey = "speed" };
        EnqueueResult[] results = await Mailboxes.EnqueueAsync(new[] { item, item, item }, Now);
        Assert.Equal([1, 1, 1], results.Select(r => r.Depth));
        Assert.Equal(Outcome.Cancelled, await OutcomeAsync(results[0].Sequence));
        Assert.Equal($"Replaced by message {results[2].Sequence}.", (await Mailboxes.FindOutcomeAsync(results[1].Sequence))!.Reason);
        Assert.Equal(results[2].Sequence, Assert.Single(await LeaseAsync(device, await OpenAsync(device))).Sequence);
        Assert.Equal(new MailboxInfo(1, 10, 1), await Mailboxes.GetInfoAsync(device.Number));
    }

    [Fact]
    public async Task Keys_are_known_after_a_restart()
    {
        if (!CanRestart)
            return;
        DeviceRecord device = await DeviceAsync();
        EnqueueItem item = Item("truck-17") with { ReplaceKey = "speed" };
        Sequence old = (await EnqueueAsync(item)).Sequence;
        await RestartAsync();
        Assert.Equal(old, Assert.Single((await EnqueueAsync(item)).Replaced!).Sequence);
        await RestartAsync();
        Assert.Equal("speed", Assert.Single(await Mailboxes.BrowseAsync(device.Number, default, 10, Now)).ReplaceKey);
    }

    [Fact]
    public async Task A_message_that_nobody_has_in_hand_is_taken_back()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence waiting = await SendAsync();
        Sequence held = await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        LeasedMessage first = (await LeaseAsync(device, epoch, max: 1))[0];
        await SettleAsync(device, epoch, (await LeaseAsync(device, epoch))[0].Lease, SettleVerb.Release);
        Assert.Equal(new CancelResult(CancelStatus.InHand, device.Number), await Mailboxes.CancelAsync(waiting, "no more", Now));
        Assert.Equal(new CancelResult(CancelStatus.Cancelled, device.Number), await Mailboxes.CancelAsync(held, new string('x', 600), Now));
        OutcomeRecord outcome = (await Mailboxes.FindOutcomeAsync(held))!;
        Assert.Equal((Outcome.Cancelled, new string('x', 512), 1), (outcome.Outcome, outcome.Reason, outcome.DeliveryCount));
        Assert.Equal(CancelStatus.NotFound, (await Mailboxes.CancelAsync(held, "again", Now)).Status);
        Assert.Equal(CancelStatus.NotFound, (await Mailboxes.CancelAsync(new Sequence(4_711), "x", Now)).Status);
        Assert.Empty(await LeaseAsync(device, epoch));
        Assert.Equal(Outcome.Accepted, (await SettleAsync(device, epoch, first.Lease, SettleVerb.Accept)).Outcome);
    }

    [Fact]
    public async Task A_hand_out_that_did_not_reach_the_receiver_is_not_counted()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence first = await SendAsync(expiresAtMs: Now + 10);
        Sequence second = await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        LeaseId[] leases = [.. (await LeaseAsync(device, epoch)).Select(m => m.Lease)];
        Assert.Empty(await Mailboxes.ReturnAsync(device.Number, new SessionEpoch(epoch.Value + 9), leases, Now));
        Assert.Equal(2, (await Mailboxes.GetInfoAsync(device.Number)).Leased);
        Now += 10;
        Assert.Equal(
            [new EndedMessage(device.Number, first, MessageKind.Command, Outcome.Expired, 0)],
            await Mailboxes.ReturnAsync(device.Number, epoch, leases, Now));
        Assert.Equal(new LeaseId(second, 1), Assert.Single(await LeaseAsync(device, epoch)).Lease);
        Assert.Empty(await Mailboxes.ReturnAsync(device.Number, epoch, new[] { new LeaseId(second, 2), new LeaseId(first, 1) }, Now));
        Assert.Equal(1, (await Mailboxes.GetInfoAsync(device.Number)).Leased);
    }

    [Fact]
    public async Task Of_what_a_session_held_only_the_first_counts_as_handed_out()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence[] sent = [await SendAsync(), await SendAsync(), await SendAsync()];
        for (int i = 1; i < Limits.MaxDeliveries; i++)
        {
            SessionEpoch epoch = await OpenAsync(device);
            Assert.Equal([i, 1, 1], (await LeaseAsync(device, epoch)).Select(m => m.DeliveryCount));
            if (i % 2 == 0)
                await Mailboxes.CloseSessionAsync(device.Number, epoch, Now);
        }

        Assert.Equal(3, (await LeaseAsync(device, await OpenAsync(device))).Count);
        OpenedSession opened = (await Mailboxes.OpenSessionAsync(device.Number, Now))!.Value;
        Assert.Equal([new EndedMessage(device.Number, sent[0], MessageKind.Command, Outcome.Undeliverable, 5)], opened.Ended);
        Assert.Equal([1, 1], (await LeaseAsync(device, opened.Epoch)).Select(m => m.DeliveryCount));
    }

    [Fact]
    public async Task Counts_that_were_taken_back_stay_so_after_a_restart()
    {
        if (!CanRestart)
            return;
        DeviceRecord device = await DeviceAsync();
        Sequence[] sent = [await SendAsync(), await SendAsync()];
        SessionEpoch epoch = await OpenAsync(device);
        await LeaseAsync(device, epoch);
        await SendAsync();
        await Mailboxes.CloseSessionAsync(device.Number, epoch, Now);
        await RestartAsync();
        Assert.Equal([1, 0, 0], (await Mailboxes.BrowseAsync(device.Number, default, 10, Now)).Select(m => m.DeliveryCount));
        Assert.Equal(sent[0], (await Mailboxes.BrowseAsync(device.Number, default, 1, Now))[0].Sequence);
    }
}
