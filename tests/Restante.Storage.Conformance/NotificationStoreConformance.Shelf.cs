using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <content>Notifications on the dead-letter shelf.</content>
public abstract partial class NotificationStoreConformance
{
    [Fact]
    public async Task What_a_device_rejects_is_on_its_shelf_and_on_no_other()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceRecord other = await DeviceAsync("bus-1");
        Sequence notification = await PublishAsync(fill: 7, messageId: "n-1");
        long sentAt = Now;
        Now += 5;
        await SettleAsync(device, notification, SettleVerb.Reject, "no");
        await SettleAsync(other, notification, SettleVerb.Accept);
        ShelvedMessage shelved = Assert.Single(await Store.Shelf.ListAsync(device.Number, default, 10));
        Assert.Equal(
            (notification, MessageKind.Notification, Outcome.Rejected, "no", "n-1", "owner", MessageFlags.None),
            (shelved.Sequence, shelved.Kind, shelved.Outcome, shelved.Reason, shelved.MessageId, shelved.Sender, shelved.Flags));
        Assert.Equal((sentAt, Now, 1), (shelved.EnqueuedAtMs, shelved.AtMs, shelved.DeliveryCount));
        Assert.Equal(Content(7), shelved.Content.ToArray());
        Assert.Empty(await Store.Shelf.ListAsync(other.Number, default, 10));
    }

    [Fact]
    public async Task What_is_undeliverable_for_a_device_is_on_its_shelf()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence notification = await PublishAsync();
        for (int i = 0; i < Limits.MaxDeliveries; i++)
            await SettleAsync(device, notification, SettleVerb.Release);
        ShelvedMessage shelved = Assert.Single(await Store.Shelf.ListAsync(device.Number, default, 10));
        Assert.Equal((notification, Outcome.Undeliverable, 3), (shelved.Sequence, shelved.Outcome, shelved.DeliveryCount));
    }

    [Fact]
    public async Task One_that_expires_or_is_recalled_is_on_no_shelf()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence expiring = await PublishAsync(ttlMs: 10);
        Sequence recalled = await PublishAsync();
        SessionEpoch epoch = await OpenAsync(device);
        await OfferAsync(device, epoch, expiring, recalled);
        await Notifications.RecallAsync(recalled, "no", Now);
        Now += 10;
        await SweepAsync();
        await Notifications.SweepAsync(Now, 100);
        Assert.Empty(await Store.Shelf.ListAsync(device.Number, default, 10));
    }

    [Fact]
    public async Task It_is_sent_again_to_this_device_alone_as_a_message_of_its_own()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence notification = await PublishAsync(fill: 7);
        await SettleAsync(device, notification, SettleVerb.Reject);
        EnqueueResult result = (await Store.Shelf.ResendAsync(device.Number, notification, Now + 70, Now))!.Value;
        Assert.Equal((EnqueueStatus.Enqueued, 1), (result.Status, result.Depth));
        BrowsedMessage waiting = (await Mailboxes.FindMessageAsync(result.Sequence, Now))!;
        Assert.Equal(
            (MessageKind.Notification, notification, Now + 70, device.Id),
            (waiting.Kind, waiting.Origin, waiting.ExpiresAtMs, waiting.Device));
        SessionEpoch epoch = await OpenAsync(device);
        LeasedMessage message = Assert.Single(await LeaseAsync(device, epoch));
        Assert.Equal((result.Sequence, MessageKind.Notification), (message.Sequence, message.Kind));
        Assert.Equal(Content(7), message.Content.ToArray());
        Assert.Equal(Outcome.Rejected, (await SettleAsync(device, epoch, message.Lease, SettleVerb.Reject)).Outcome);
        Assert.Equal(Outcome.Rejected, await OutcomeAsync(result.Sequence));
        Assert.Empty((await Mailboxes.ReadOutcomesAsync(0, 10)).Outcomes);
        Assert.Equal(result.Sequence, Assert.Single(await Store.Shelf.ListAsync(device.Number, default, 10)).Sequence);
        await CheckCountsAsync(notification, 0, 1, 0);
    }

    [Fact]
    public async Task What_is_on_a_shelf_outlives_the_notification()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence notification = await PublishAsync(fill: 7, ttlMs: 100);
        await SettleAsync(device, notification, SettleVerb.Reject);
        Now += 100;
        await Notifications.SweepAsync(Now, 100);
        Now += Limits.OutcomeRetentionMs;
        await Notifications.SweepAsync(Now, 100);
        Assert.Null(await Notifications.FindAsync(notification, Now));
        await RestartIfPossibleAsync();
        Assert.Equal(Content(7), (await Store.Shelf.FindAsync(device.Number, notification))!.Content.ToArray());
        EnqueueResult result = (await Store.Shelf.ResendAsync(device.Number, notification, Now + 70, Now))!.Value;
        Assert.Equal(Content(7), (await Mailboxes.FindMessageAsync(result.Sequence, Now))!.Content.ToArray());
    }

    private async Task SettleAsync(DeviceRecord device, Sequence notification, SettleVerb verb, string? reason = null)
    {
        SessionEpoch epoch = await OpenAsync(device);
        await OfferAsync(device, epoch, notification);
        LeaseId lease = Assert.Single(await LeaseAsync(device, epoch)).Lease;
        Assert.Equal(SettleStatus.Done, (await SettleAsync(device, epoch, lease, verb, reason)).Status);
        await Mailboxes.CloseSessionAsync(device.Number, epoch, Now);
    }
}
