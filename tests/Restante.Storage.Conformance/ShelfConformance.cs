using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>The dead-letter shelf, and outcomes that are not told.</summary>
public abstract class ShelfConformance : StoreConformance
{
    /// <inheritdoc/>
    protected override MailboxLimits Limits { get; } = new()
    {
        MaxDepth = 4,
        MaxDeliveries = 1,
        OutcomeRetentionMs = 10_000,
        MaxShelved = 3,
        ShelfRetentionMs = 5_000,
    };

    private IShelfStore Shelf => Store.Shelf;

    [Fact]
    public async Task What_is_rejected_or_undeliverable_is_shelved_whole()
    {
        DeviceRecord device = await DeviceAsync();
        EnqueueItem item = Item("truck-17", 7, 33, messageId: "m-1") with { Sender = "dispatcher", Flags = MessageFlags.ShelveExpired };
        Sequence rejected = (await EnqueueAsync(item)).Sequence;
        Sequence undeliverable = await SendAsync();
        Sequence accepted = await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        IReadOnlyList<LeasedMessage> leased = await LeaseAsync(device, epoch);
        Now += 5;
        await SettleAsync(device, epoch, leased[0].Lease, SettleVerb.Reject, "no such gear");
        await SettleAsync(device, epoch, leased[1].Lease, SettleVerb.Release);
        await SettleAsync(device, epoch, leased[2].Lease, SettleVerb.Accept);
        IReadOnlyList<ShelvedMessage> shelved = await Shelf.ListAsync(device.Number, default, 10);
        Assert.Equal([rejected, undeliverable], shelved.Select(m => m.Sequence));
        Assert.Equal(Enumerable.Repeat((byte)7, 33), shelved[0].Content.ToArray());
        Assert.Equal(
            new ShelvedMessage
            {
                Sequence = rejected,
                Kind = MessageKind.Command,
                Outcome = Outcome.Rejected,
                Reason = "no such gear",
                MessageId = "m-1",
                Sender = "dispatcher",
                Flags = MessageFlags.ShelveExpired,
                EnqueuedAtMs = Now - 5,
                AtMs = Now,
                DeliveryCount = 1,
                Content = default,
            },
            shelved[0] with { Content = default });
        Assert.Equal((Outcome.Undeliverable, null), (shelved[1].Outcome, shelved[1].Reason));
        Assert.Equal(undeliverable, (await Shelf.FindAsync(device.Number, undeliverable))!.Sequence);
        Assert.Null(await Shelf.FindAsync(device.Number, accepted));
        Assert.Null(await Shelf.FindAsync(new DeviceNumber(device.Number.Value + 1), rejected));
        Assert.Equal([undeliverable], (await Shelf.ListAsync(device.Number, rejected, 1)).Select(m => m.Sequence));
    }

    [Fact]
    public async Task What_expires_is_shelved_where_that_was_wished()
    {
        DeviceRecord device = await DeviceAsync();
        EnqueueItem item = Item("truck-17", expiresAtMs: Now + 10);
        Sequence wished = (await EnqueueAsync(item with { Flags = MessageFlags.ShelveExpired })).Sequence;
        await EnqueueAsync(item);
        Sequence cancelled = (await EnqueueAsync(item with { Flags = MessageFlags.ShelveExpired })).Sequence;
        await Mailboxes.CancelAsync(cancelled, "x", Now);
        Now += 10;
        await SweepAsync();
        ShelvedMessage shelved = Assert.Single(await Shelf.ListAsync(device.Number, default, 10));
        Assert.Equal((wished, Outcome.Expired), (shelved.Sequence, shelved.Outcome));
    }

    [Fact]
    public async Task The_oldest_goes_when_the_shelf_is_full()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceRecord other = await DeviceAsync("other");
        Sequence kept = await SendAsync("other");
        await RejectAsync(other);
        var sent = new List<Sequence>();
        for (int i = 0; i < Limits.MaxShelved + 2; i++)
        {
            sent.Add(await SendAsync());
            await RejectAsync(device);
        }

        Assert.Equal(sent[2..], (await Shelf.ListAsync(device.Number, default, 10)).Select(m => m.Sequence));
        Assert.Equal(kept, Assert.Single(await Shelf.ListAsync(other.Number, default, 10)).Sequence);
    }

    [Fact]
    public async Task The_oldest_goes_also_when_the_clock_was_set_back()
    {
        DeviceRecord device = await DeviceAsync();
        var sent = new List<Sequence>();
        for (int i = 0; i < Limits.MaxShelved + 2; i++)
        {
            Now -= i == Limits.MaxShelved ? 100 : 0;
            sent.Add(await SendAsync());
            await RejectAsync(device);
        }

        Assert.Equal(sent[2..], (await Shelf.ListAsync(device.Number, default, 10)).Select(m => m.Sequence));
    }

    [Fact]
    public async Task A_clock_that_is_set_far_back_drops_nothing_of_the_shelf()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence shelved = await SendAsync();
        await RejectAsync(device);
        Now -= 3 * Limits.ShelfRetentionMs;
        Assert.Equal(0, (await SweepAsync()).ShelvedDropped);
        Assert.Equal(shelved, Assert.Single(await Shelf.ListAsync(device.Number, default, 10)).Sequence);
    }

    [Fact]
    public async Task Shelved_messages_go_after_their_time_in_steps()
    {
        DeviceRecord device = await DeviceAsync();
        for (int i = 0; i < 3; i++)
        {
            await SendAsync();
            await RejectAsync(device);
            Now += 10;
        }

        Now += 4_980;
        Assert.Equal(2, (await SweepAsync(1)).ShelvedDropped);
        Assert.Single(await Shelf.ListAsync(device.Number, default, 10));
        Now += 10;
        Assert.Equal(1, (await SweepAsync()).ShelvedDropped);
        Assert.Equal(3, (await Mailboxes.ReadOutcomesAsync(0, 10)).Outcomes.Count);
    }

    [Fact]
    public async Task A_shelved_message_is_sent_again_as_a_new_one()
    {
        DeviceRecord device = await DeviceAsync();
        EnqueueItem item = Item("truck-17", 7, 33, messageId: "m-1") with { Flags = MessageFlags.ShelveExpired, ReplaceKey = "k", Job = 3 };
        Sequence old = (await EnqueueAsync(item)).Sequence;
        await RejectAsync(device);
        Sequence waiting = await SendAsync();
        EnqueueResult result = (await Shelf.ResendAsync(device.Number, old, Now + 70, Now))!.Value;
        Assert.Equal((EnqueueStatus.Enqueued, 2, device.Number), (result.Status, result.Depth, result.Device));
        Assert.Empty(await Shelf.ListAsync(device.Number, default, 10));
        BrowsedMessage again = (await Mailboxes.FindMessageAsync(result.Sequence, Now))!;
        Assert.Equal(
            (device.Id, MessageKind.Command, "m-1", "owner", Now, Now + 70),
            (again.Device, again.Kind, again.MessageId, again.Sender, again.EnqueuedAtMs, again.ExpiresAtMs));
        Assert.Equal((0, old, MessageFlags.ShelveExpired), (again.DeliveryCount, again.Origin, again.Flags));
        IReadOnlyList<LeasedMessage> leased = await LeaseAsync(device, await OpenAsync(device));
        Assert.Equal([waiting, result.Sequence], leased.Select(m => m.Sequence));
        Assert.Equal(Enumerable.Repeat((byte)7, 33), leased[1].Content.ToArray());
        Assert.Null(await Shelf.ResendAsync(device.Number, old, Now + 70, Now));
        await OpenAsync(device);
        await Mailboxes.PurgeAsync(device.Number, "x", Now);
        Assert.Equal((old, 0L), (await Mailboxes.FindOutcomeAsync(result.Sequence)) is { } o ? (o.Origin, o.Job) : default);
    }

    [Fact]
    public async Task A_message_stays_on_the_shelf_when_the_mailbox_is_full()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence old = await SendAsync();
        await RejectAsync(device);
        for (int i = 0; i < Limits.MaxDepth; i++)
            await SendAsync();
        Assert.Equal(
            new EnqueueResult(EnqueueStatus.MailboxFull, default, device.Number, Limits.MaxDepth),
            await Shelf.ResendAsync(device.Number, old, Now + 70, Now));
        Assert.Equal(old, Assert.Single(await Shelf.ListAsync(device.Number, default, 10)).Sequence);
    }

    [Fact]
    public async Task Shelved_messages_are_deleted_and_go_with_their_device()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceRecord other = await DeviceAsync("other");
        var sent = new List<Sequence>();
        for (int i = 0; i < 3; i++)
        {
            sent.Add(await SendAsync());
            await RejectAsync(device);
        }

        await SendAsync("other");
        await RejectAsync(other);
        Assert.True(await Shelf.DeleteAsync(device.Number, sent[0]));
        Assert.False(await Shelf.DeleteAsync(device.Number, sent[0]));
        Assert.Equal(2, await Shelf.DeleteAllAsync(device.Number));
        Assert.Equal(0, await Shelf.DeleteAllAsync(device.Number));
        await Registry.RemoveDeviceAsync(other.Id, null, Now);
        Assert.Empty(await Shelf.ListAsync(other.Number, default, 10));
        Assert.Empty(await Shelf.ListAsync(device.Number, default, 10));
    }

    [Fact]
    public async Task The_shelf_is_kept_over_a_restart()
    {
        if (!CanRestart)
            return;
        DeviceRecord device = await DeviceAsync();
        Sequence old = await SendAsync();
        await RejectAsync(device);
        await RestartAsync();
        Assert.Equal(old, Assert.Single(await Shelf.ListAsync(device.Number, default, 10)).Sequence);
        EnqueueResult result = (await Shelf.ResendAsync(device.Number, old, Now + 70, Now))!.Value;
        await RestartAsync();
        Assert.Equal(old, (await Mailboxes.FindMessageAsync(result.Sequence, Now))!.Origin);
        Assert.Empty(await Shelf.ListAsync(device.Number, default, 10));
    }

    [Fact]
    public async Task An_outcome_that_is_not_wanted_is_found_but_not_told()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence first = await SendAsync();
        Sequence quiet = (await EnqueueAsync(Item("truck-17") with { Flags = MessageFlags.OutcomeNotWanted })).Sequence;
        Sequence last = await SendAsync();
        await Mailboxes.PurgeAsync(device.Number, "gone", Now);
        OutcomeBatch told = await Mailboxes.ReadOutcomesAsync(0, 10);
        Assert.Equal([(1, first), (2, last)], told.Outcomes.Select(o => (o.Number, o.Sequence)));
        Assert.Equal((0, 2), (told.SkippedByRetention, told.LastNumber));
        OutcomeRecord found = (await Mailboxes.FindOutcomeAsync(quiet))!;
        Assert.Equal((0, Outcome.Cancelled, MessageFlags.OutcomeNotWanted), (found.Number, found.Outcome, found.Flags));
        Now += 10_000;
        Assert.Equal(3, (await SweepAsync(1)).OutcomesDropped);
        Assert.Null(await Mailboxes.FindOutcomeAsync(quiet));
    }

    [Fact]
    public async Task The_outcome_of_an_answer_is_found_but_not_told()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence answer = (await EnqueueAsync(Item("truck-17", expiresAtMs: Now + 10) with { Kind = MessageKind.Answer })).Sequence;
        Sequence rejected = (await EnqueueAsync(Item("truck-17") with { Kind = MessageKind.Answer, Sender = "alpha" })).Sequence;
        SessionEpoch epoch = await OpenAsync(device);
        IReadOnlyList<LeasedMessage> leased = await LeaseAsync(device, epoch);
        Assert.Equal(Outcome.Rejected, (await SettleAsync(device, epoch, leased[1].Lease, SettleVerb.Reject, "no")).Outcome);
        Now += 10;
        Assert.Equal(
            [new EndedMessage(device.Number, answer, MessageKind.Answer, Outcome.Expired, 1)],
            await Mailboxes.CloseSessionAsync(device.Number, epoch, Now));
        Assert.Empty((await Mailboxes.ReadOutcomesAsync(0, 10)).Outcomes);
        Assert.Equal(0, (await Mailboxes.ReadOutcomesAsync(0, 10)).LastNumber);
        OutcomeRecord outcome = (await Mailboxes.FindOutcomeAsync(rejected))!;
        Assert.Equal(
            (0L, MessageKind.Answer, Outcome.Rejected, "no", "alpha", Now - 10),
            (outcome.Number, outcome.Kind, outcome.Outcome, outcome.Reason, outcome.Sender, outcome.AtMs));
        Assert.Equal(Outcome.Expired, await OutcomeAsync(answer));
        Assert.Equal(rejected, Assert.Single(await Shelf.ListAsync(device.Number, default, 10)).Sequence);
        Assert.Equal(default, await Mailboxes.GetInfoAsync(device.Number));
        Now += 10_000;
        Assert.Equal(2, (await SweepAsync()).OutcomesDropped);
        Assert.Null(await OutcomeAsync(answer));
    }

    private async Task RejectAsync(DeviceRecord device)
    {
        SessionEpoch epoch = await OpenAsync(device);
        LeaseId lease = (await LeaseAsync(device, epoch))[0].Lease;
        Assert.Equal(SettleStatus.Done, (await SettleAsync(device, epoch, lease, SettleVerb.Reject)).Status);
        await Mailboxes.CloseSessionAsync(device.Number, epoch, Now);
    }
}
