using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Notifications;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>Every rule of <see cref="INotificationStore"/>, and what offered notifications mean to the verbs of mailboxes.</summary>
public abstract partial class NotificationStoreConformance : StoreConformance
{
    /// <inheritdoc/>
    protected override MailboxLimits Limits => base.Limits with { MaxActiveNotifications = 8, ActiveNotificationSharePercent = 75 };

    private INotificationStore Notifications => Store.Notifications;

    [Fact]
    public async Task A_notification_is_found_as_it_was_published()
    {
        Sequence sequence = await PublishAsync("id = 'a'", fill: 7, messageId: "m");
        NotificationRecord? found = await Notifications.FindAsync(sequence, Now);
        Assert.NotNull(found);
        Assert.Equal(
            (sequence, "id = 'a'", "owner", "m", Now, Now + 60_000, NotificationState.Active),
            (found.Sequence, found.Audience, found.Sender, found.MessageId, found.AtMs, found.ExpiresAtMs, found.State));
        Assert.Equal((0L, 0L, 0L, null, null), (found.Accepted, found.Rejected, found.Undeliverable, found.EndedAtMs, found.Reason));
        Assert.Equal(Content(7), found.Content.ToArray());
        Assert.Equal(new ActiveNotification(sequence, "id = 'a'", Now + 60_000), Assert.Single(await Notifications.ListActiveAsync()));
        Assert.Null(await Notifications.FindAsync(new Sequence(sequence.Value + 1), Now));
        await RestartIfPossibleAsync();
        Assert.Equal(found with { Content = default }, (await Notifications.FindAsync(sequence, Now))! with { Content = default });
        Assert.Single(await Notifications.ListActiveAsync());
    }

    [Fact]
    public async Task Notifications_take_their_places_among_the_messages()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence before = await SendAsync();
        Sequence notification = await PublishAsync();
        Sequence after = await SendAsync();
        Assert.True(before.CompareTo(notification) < 0 && notification.CompareTo(after) < 0);
        SessionEpoch epoch = await OpenAsync(device);
        Assert.Equal(1, await OfferAsync(device, epoch, notification));
        IReadOnlyList<LeasedMessage> leased = await LeaseAsync(device, epoch);
        Assert.Equal([before, notification, after], leased.Select(m => m.Sequence));
        LeasedMessage middle = leased[1];
        Assert.Equal((MessageKind.Notification, "owner", Now + 60_000, 1), (middle.Kind, middle.Sender, middle.ExpiresAtMs, middle.DeliveryCount));
        Assert.Equal(Content(1), middle.Content.ToArray());
    }

    [Fact]
    public async Task They_are_put_in_at_the_front_in_the_middle_and_at_the_end()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence first = await PublishAsync();
        Sequence a = await SendAsync();
        Sequence second = await PublishAsync();
        Sequence b = await SendAsync();
        Sequence third = await PublishAsync();
        SessionEpoch epoch = await OpenAsync(device);
        Assert.Equal(1, await OfferAsync(device, epoch, third));
        Assert.Equal(1, await OfferAsync(device, epoch, first));
        Assert.Equal(1, await OfferAsync(device, epoch, third, second, first));
        Assert.Equal([first, a, second, b, third], (await LeaseAsync(device, epoch)).Select(m => m.Sequence));
    }

    [Fact]
    public async Task One_that_is_put_in_behind_the_leases_comes_next()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence notification = await PublishAsync();
        Sequence message = await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        Assert.Equal(message, Assert.Single(await LeaseAsync(device, epoch)).Sequence);
        Assert.Equal(1, await OfferAsync(device, epoch, notification));
        Assert.Equal(notification, Assert.Single(await LeaseAsync(device, epoch)).Sequence);
    }

    [Fact]
    public async Task Nothing_behind_a_notification_is_handed_out_to_who_has_not_looked_at_it()
    {
        DeviceRecord device = await DeviceAsync();
        SessionEpoch epoch = await OpenAsync(device);
        Sequence before = await SendAsync();
        Sequence notification = await PublishAsync();
        Sequence after = await SendAsync();
        var wish = new LeaseRequest(device.Number, epoch, 10, int.MaxValue, Now, 1_000, LookedThrough: before);
        LeaseResult first = await Mailboxes.LeaseAsync(wish);
        Assert.Equal((before, notification), (Assert.Single(first.Messages).Sequence, first.HeldBackBy));
        LeaseResult none = await Mailboxes.LeaseAsync(wish);
        Assert.Equal((0, notification), (none.Messages.Count, none.HeldBackBy));
        Assert.Equal(1, await OfferAsync(device, epoch, notification));
        Assert.Equal(notification, (await Mailboxes.LeaseAsync(wish)).HeldBackBy);
        LeaseResult rest = await Mailboxes.LeaseAsync(wish with { LookedThrough = notification });
        Assert.Equal([notification, after], rest.Messages.Select(m => m.Sequence));
        Assert.Null(rest.HeldBackBy);
        Assert.Null((await Mailboxes.LeaseAsync(wish)).HeldBackBy); // Nothing waits there.
    }

    [Fact]
    public async Task Who_does_not_say_what_it_has_looked_at_is_handed_out_whatever_waits()
    {
        DeviceRecord device = await DeviceAsync();
        SessionEpoch epoch = await OpenAsync(device);
        await PublishAsync();
        Sequence after = await SendAsync();
        LeaseResult all = await Mailboxes.LeaseAsync(new LeaseRequest(device.Number, epoch, 10, int.MaxValue, Now, 1_000));
        Assert.Equal((after, null), (Assert.Single(all.Messages).Sequence, all.HeldBackBy));
    }

    [Fact]
    public async Task Notifications_of_an_earlier_opening_hold_nothing_back()
    {
        DeviceRecord device = await DeviceAsync();
        await PublishAsync();
        Sequence after = await SendAsync();
        if (!CanRestart)
            return;
        await RestartAsync();
        SessionEpoch epoch = await OpenAsync(device);
        var wish = new LeaseRequest(device.Number, epoch, 10, int.MaxValue, Now, 1_000, LookedThrough: default(Sequence));
        Assert.Equal(after, Assert.Single((await Mailboxes.LeaseAsync(wish)).Messages).Sequence);
    }

    [Fact]
    public async Task Who_publishes_is_called_before_the_answer_and_only_for_what_was_stored()
    {
        var stored = new List<PublishResult>();
        PublishResult first = await Notifications.PublishAsync(Wish("m", 1_000), Now, stored.Add);
        Assert.Equal([first], stored);
        PublishResult same = await Notifications.PublishAsync(Wish("m", 1_000), Now, stored.Add);
        Assert.Equal(PublishStatus.Duplicate, same.Status);
        Assert.Equal([first], stored);
    }

    [Theory]
    [InlineData(SettleVerb.Accept, Outcome.Accepted)]
    [InlineData(SettleVerb.Reject, Outcome.Rejected)]
    public async Task A_device_that_settled_it_never_gets_it_again(SettleVerb verb, Outcome outcome)
    {
        DeviceRecord device = await DeviceAsync();
        DeviceRecord other = await DeviceAsync("bus-1");
        Sequence notification = await PublishAsync();
        SessionEpoch epoch = await OpenAsync(device);
        await OfferAsync(device, epoch, notification);
        LeasedMessage message = Assert.Single(await LeaseAsync(device, epoch));
        Now += 5;
        Assert.Equal(new SettleResult(SettleStatus.Done, outcome), await SettleAsync(device, epoch, message.Lease, verb, "why"));
        Assert.Equal(new SettleResult(SettleStatus.LeaseLapsed, null), await SettleAsync(device, epoch, message.Lease, verb));
        var expected = new NotificationDevice(device.Id, device.Number, outcome, "why", 1, Now);
        Assert.Equal(expected, Assert.Single(await Notifications.ListDevicesAsync(notification, default, 10)));
        await CheckCountsAsync(notification, outcome == Outcome.Accepted ? 1 : 0, outcome == Outcome.Rejected ? 1 : 0, 0);
        Assert.Equal(0, await OfferAsync(device, epoch, notification));
        Assert.Null(await OutcomeAsync(notification));
        Assert.Empty((await Mailboxes.ReadOutcomesAsync(0, 10)).Outcomes);
        await RestartIfPossibleAsync();
        epoch = await OpenAsync(device);
        Assert.Equal(0, await OfferAsync(device, epoch, notification));
        Assert.Empty(await LeaseAsync(device, epoch));
        Assert.Equal(1, await OfferAsync(other, await OpenAsync(other), notification));
        Assert.Equal(expected, Assert.Single(await Notifications.ListDevicesAsync(notification, default, 10)));
    }

    [Fact]
    public async Task Leases_of_many_devices_on_one_notification_are_apart()
    {
        Sequence notification = await PublishAsync();
        var held = new List<(DeviceRecord Device, SessionEpoch Epoch, LeasedMessage Message)>();
        for (int i = 0; i < 40; i++)
        {
            DeviceRecord device = await DeviceAsync($"d-{i}");
            SessionEpoch epoch = await OpenAsync(device);
            await OfferAsync(device, epoch, notification);
            held.Add((device, epoch, Assert.Single(await LeaseAsync(device, epoch))));
        }

        foreach ((DeviceRecord device, SessionEpoch epoch, LeasedMessage message) in held.Where((_, i) => i % 2 == 0))
            Assert.Equal(SettleStatus.Done, (await SettleAsync(device, epoch, message.Lease, SettleVerb.Accept)).Status);
        await CheckCountsAsync(notification, 20, 0, 0);
        foreach ((DeviceRecord device, SessionEpoch epoch, LeasedMessage message) in held.Where((_, i) => i % 2 == 1))
        {
            Assert.Equal(new SettleResult(SettleStatus.Done, null), await SettleAsync(device, epoch, message.Lease, SettleVerb.Release));
            Assert.Equal(2, Assert.Single(await LeaseAsync(device, epoch)).DeliveryCount);
        }

        IReadOnlyList<NotificationDevice> first = await Notifications.ListDevicesAsync(notification, default, 15);
        IReadOnlyList<NotificationDevice> rest = await Notifications.ListDevicesAsync(notification, first[^1].Number, 15);
        Assert.Equal((15, 5), (first.Count, rest.Count));
        Assert.Equal(held.Where((_, i) => i % 2 == 0).Select(h => h.Device.Number), first.Concat(rest).Select(d => d.Number));
    }

    [Fact]
    public async Task It_counts_for_no_limit_and_is_no_stored_message()
    {
        DeviceRecord device = await DeviceAsync();
        var all = new List<Sequence>();
        for (int i = 0; i < Limits.MaxDepth + 2; i++)
            all.Add(await PublishAsync(size: 400, sender: i % 2 == 0 ? "owner" : "other"));
        SessionEpoch epoch = await OpenAsync(device);
        Assert.Equal(all.Count, await OfferAsync(device, epoch, [.. all]));
        Assert.Equal(new MailboxInfo(0, 0, 0), await Mailboxes.GetInfoAsync(device.Number));
        for (int i = 0; i < Limits.MaxDepth; i++)
            await SendAsync();
        Assert.Equal(Limits.MaxDepth, (await Mailboxes.GetInfoAsync(device.Number)).Messages);
        Assert.Equal(all.Count + Limits.MaxDepth, (await LeaseAsync(device, epoch)).Count);
        Assert.Equal(new MailboxInfo(5, 50, 5), await Mailboxes.GetInfoAsync(device.Number));
        Assert.Equal(new MailboxTotals(1, 5, 50, 5), Mailboxes.Totals);
        IReadOnlyList<BrowsedMessage> shown = await Mailboxes.BrowseAsync(device.Number, default, 100, Now);
        Assert.Equal(all.Count, shown.Count(m => m.Kind == MessageKind.Notification && m.Device == device.Id && m.LeasedUntilMs is not null));
    }

    [Fact]
    public async Task A_purge_leaves_it_alone_and_a_cancel_does_not_find_it()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence notification = await PublishAsync();
        await SendAsync();
        SessionEpoch epoch = await OpenAsync(device);
        await OfferAsync(device, epoch, notification);
        Assert.Equal(CancelStatus.NotFound, (await Mailboxes.CancelAsync(notification, "no", Now)).Status);
        Assert.Null(await Mailboxes.FindMessageAsync(notification, Now));
        Assert.Single(await Mailboxes.PurgeAsync(device.Number, "purge", Now));
        Assert.Equal(notification, Assert.Single(await LeaseAsync(device, epoch)).Sequence);
    }

    [Fact]
    public async Task It_leaves_the_mailbox_with_the_session()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence leased = await PublishAsync();
        Sequence waiting = await PublishAsync();
        SessionEpoch epoch = await OpenAsync(device);
        await OfferAsync(device, epoch, leased, waiting);
        LeasedMessage message = Assert.Single(await LeaseAsync(device, epoch, max: 1));
        await Mailboxes.CloseSessionAsync(device.Number, epoch, Now);
        Assert.Empty(await Mailboxes.BrowseAsync(device.Number, default, 100, Now));
        Assert.Equal(SettleStatus.HeldByOther, (await SettleAsync(device, epoch, message.Lease, SettleVerb.Accept)).Status);
        Assert.Equal(0, await OfferAsync(device, epoch, waiting));
        SessionEpoch next = await OpenAsync(device);
        Assert.Empty(await LeaseAsync(device, next));
        await OfferAsync(device, next, leased, waiting);
        SessionEpoch newest = await OpenAsync(device);
        Assert.Empty(await LeaseAsync(device, newest));
        Assert.Equal(0, await OfferAsync(device, next, leased));
    }

    [Fact]
    public async Task Hand_outs_are_counted_over_sessions_until_it_is_undeliverable()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence notification = await PublishAsync();
        Sequence second = await PublishAsync();
        for (int i = 1; i <= Limits.MaxDeliveries; i++)
        {
            SessionEpoch epoch = await OpenAsync(device);
            await OfferAsync(device, epoch, notification, second);
            IReadOnlyList<LeasedMessage> leased = await LeaseAsync(device, epoch);
            Assert.Equal([i, 1], leased.Select(m => m.DeliveryCount)); // Only the first one of a window counts when its session ends.
            IReadOnlyList<EndedMessage> ended = await Mailboxes.CloseSessionAsync(device.Number, epoch, Now);
            Assert.Equal(i == Limits.MaxDeliveries, ended.Count == 1);
            if (i == 2)
                await RestartIfPossibleAsync();
        }

        NotificationDevice settled = Assert.Single(await Notifications.ListDevicesAsync(notification, default, 10));
        Assert.Equal((device.Id, Outcome.Undeliverable, Limits.MaxDeliveries), (settled.Device, settled.Outcome, settled.DeliveryCount));
        await CheckCountsAsync(notification, 0, 0, 1);
        SessionEpoch last = await OpenAsync(device);
        Assert.Equal(0, await OfferAsync(device, last, notification));
    }

    [Fact]
    public async Task A_release_hands_it_out_again_and_a_return_does_not_count()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence notification = await PublishAsync();
        SessionEpoch epoch = await OpenAsync(device);
        await OfferAsync(device, epoch, notification);
        LeasedMessage message = Assert.Single(await LeaseAsync(device, epoch));
        Assert.Empty(await Mailboxes.ReturnAsync(device.Number, epoch, new[] { message.Lease }, Now));
        message = Assert.Single(await LeaseAsync(device, epoch));
        Assert.Equal(1, message.DeliveryCount);
        SettleResult renewed = await SettleAsync(device, epoch, message.Lease, SettleVerb.Renew, leaseDurationMs: 9_000);
        Assert.Equal(new SettleResult(SettleStatus.Done, null), renewed);
        await SettleAsync(device, epoch, message.Lease, SettleVerb.Release);
        Assert.Equal(2, Assert.Single(await LeaseAsync(device, epoch)).DeliveryCount);
    }

    [Fact]
    public async Task A_lapsed_lease_hands_it_out_again()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence notification = await PublishAsync();
        SessionEpoch epoch = await OpenAsync(device);
        await OfferAsync(device, epoch, notification);
        await LeaseAsync(device, epoch, durationMs: 100);
        Now += 100;
        SweepResult swept = await SweepAsync();
        Assert.Equal(notification, Assert.Single(swept.Lapses).Sequence);
        Assert.Equal(device.Number, Assert.Single(swept.DevicesWithMail));
        Assert.Equal(2, Assert.Single(await LeaseAsync(device, epoch)).DeliveryCount);
    }

    [Fact]
    public async Task A_recall_takes_waiting_ones_back_and_leaves_leased_ones_in_hand()
    {
        DeviceRecord waits = await DeviceAsync();
        DeviceRecord holds = await DeviceAsync("holds");
        DeviceRecord releases = await DeviceAsync("releases");
        Sequence notification = await PublishAsync();
        SessionEpoch[] epochs = [await OpenAsync(waits), await OpenAsync(holds), await OpenAsync(releases)];
        await OfferAsync(waits, epochs[0], notification);
        await OfferAsync(holds, epochs[1], notification);
        await OfferAsync(releases, epochs[2], notification);
        LeasedMessage held = Assert.Single(await LeaseAsync(holds, epochs[1]));
        LeasedMessage released = Assert.Single(await LeaseAsync(releases, epochs[2]));
        Now += 9;
        Assert.Equal(RecallStatus.Recalled, await Notifications.RecallAsync(notification, "Recalled by ops.", Now));
        Assert.Empty(await LeaseAsync(waits, epochs[0]));
        Assert.Equal(new SettleResult(SettleStatus.Done, null), await SettleAsync(releases, epochs[2], released.Lease, SettleVerb.Release));
        Assert.Empty(await LeaseAsync(releases, epochs[2]));
        Assert.Equal(new SettleResult(SettleStatus.Done, Outcome.Accepted), await SettleAsync(holds, epochs[1], held.Lease, SettleVerb.Accept));
        Assert.Equal(0, await OfferAsync(waits, epochs[0], notification));
        NotificationRecord found = (await Notifications.FindAsync(notification, Now))!;
        Assert.Equal((NotificationState.Recalled, Now, "Recalled by ops.", 1L), (found.State, found.EndedAtMs, found.Reason, found.Accepted));
        Assert.Empty(await Notifications.ListActiveAsync());
        Assert.Equal(RecallStatus.NotActive, await Notifications.RecallAsync(notification, "again", Now));
        Assert.Equal(RecallStatus.NotFound, await Notifications.RecallAsync(new Sequence(9_999), "what", Now));
        await RestartIfPossibleAsync();
        Assert.Equal(0, await OfferAsync(waits, await OpenAsync(waits), notification));
    }

    [Fact]
    public async Task It_is_never_handed_out_past_its_expiry_and_expires_everywhere()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceRecord other = await DeviceAsync("other");
        Sequence notification = await PublishAsync(ttlMs: 50);
        SessionEpoch epoch = await OpenAsync(device);
        SessionEpoch otherEpoch = await OpenAsync(other);
        await OfferAsync(device, epoch, notification);
        await OfferAsync(other, otherEpoch, notification);
        LeasedMessage inTime = Assert.Single(await LeaseAsync(other, otherEpoch));
        Now += 50;
        Assert.Empty(await LeaseAsync(device, epoch));
        Assert.Equal(NotificationState.Expired, (await Notifications.FindAsync(notification, Now))!.State);
        Assert.Equal(RecallStatus.NotActive, await Notifications.RecallAsync(notification, "late", Now));
        Assert.Equal(notification, Assert.Single((await Notifications.SweepAsync(Now, 100)).Expired));
        Assert.Empty((await Notifications.SweepAsync(Now, 100)).Expired);
        Assert.Empty(await Mailboxes.BrowseAsync(device.Number, default, 10, Now));
        Assert.Equal(0, await OfferAsync(device, epoch, notification));
        Assert.Equal(Outcome.Accepted, (await SettleAsync(other, otherEpoch, inTime.Lease, SettleVerb.Accept)).Outcome);
        await CheckCountsAsync(notification, 1, 0, 0);
        Assert.Empty(await Notifications.ListActiveAsync());
    }

    [Fact]
    public async Task A_withdrawn_one_is_gone_and_a_leased_one_goes_when_it_is_given_back()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence waiting = await PublishAsync();
        Sequence leased = await PublishAsync();
        SessionEpoch epoch = await OpenAsync(device);
        await OfferAsync(device, epoch, leased);
        LeasedMessage message = Assert.Single(await LeaseAsync(device, epoch));
        await OfferAsync(device, epoch, waiting);
        await Notifications.WithdrawAsync(device.Number, new[] { waiting, leased, new Sequence(777) });
        Assert.Empty(await LeaseAsync(device, epoch));
        await SettleAsync(device, epoch, message.Lease, SettleVerb.Release);
        Assert.Empty(await LeaseAsync(device, epoch));
        Assert.Equal(2, await OfferAsync(device, epoch, waiting, leased));
        Assert.Equal([1, 2], (await LeaseAsync(device, epoch)).Select(m => m.DeliveryCount));
        await Notifications.WithdrawAsync(device.Number, new[] { leased });
        Assert.Equal(0, await OfferAsync(device, epoch, leased)); // It stands there, and may stay.
        await SettleAsync(device, epoch, message.Lease with { DeliveryCount = 2 }, SettleVerb.Release);
        Assert.Equal(leased, Assert.Single(await LeaseAsync(device, epoch)).Sequence);
    }

    [Fact]
    public async Task The_same_one_is_taken_once_for_a_while()
    {
        Sequence first = await PublishAsync(messageId: "m", ttlMs: 30);
        Now += 40;
        PublishResult again = await TryPublishAsync(messageId: "m", ttlMs: 70);
        Assert.Equal(new PublishResult(PublishStatus.Duplicate, first, Now - 10), again);
        PublishResult other = await Notifications.PublishAsync(Wish("m", 100) with { Sender = "other" }, Now, static _ => { });
        Assert.Equal(PublishStatus.Published, other.Status);
        await RestartIfPossibleAsync();
        Assert.Equal(first, (await TryPublishAsync(messageId: "m")).Sequence);
        Now += Limits.IdempotencyRetentionMs - 40;
        Assert.Equal(PublishStatus.Published, (await TryPublishAsync(messageId: "m")).Status);
        await Assert.ThrowsAsync<ArgumentException>(async () => await TryPublishAsync(messageId: new string('x', 257)));
    }

    [Fact]
    public async Task Only_so_many_are_active()
    {
        var all = new List<Sequence>();
        for (int i = 0; i < Limits.MaxActiveNotifications; i++)
            all.Add(await PublishAsync(ttlMs: i == 0 ? 10 : 60_000, sender: i < 4 ? "owner" : "other"));
        Assert.Equal(new PublishResult(PublishStatus.TooManyActive, default, 0), await TryPublishAsync());
        await Notifications.RecallAsync(all[1], "room", Now);
        await PublishAsync();
        Assert.Equal(PublishStatus.TooManyActive, (await TryPublishAsync()).Status);
        Now += 10;
        await Notifications.SweepAsync(Now, 100);
        await PublishAsync();
        await RestartIfPossibleAsync();
        Assert.Equal(PublishStatus.TooManyActive, (await TryPublishAsync()).Status);
    }

    [Fact]
    public async Task Only_so_many_are_of_one_sender()
    {
        int share = Limits.MaxActiveNotificationsOfSender();
        Assert.Equal(6, share);
        var all = new List<Sequence>();
        for (int i = 0; i < share; i++)
            all.Add(await PublishAsync(ttlMs: i == 0 ? 10 : 60_000));
        Assert.Equal(new PublishResult(PublishStatus.TooManyOfSender, default, 0), await TryPublishAsync());
        await PublishAsync(sender: "other");
        await Notifications.RecallAsync(all[1], "room", Now);
        await PublishAsync();
        Now += 10;
        await Notifications.SweepAsync(Now, 100);
        await PublishAsync();
        await RestartIfPossibleAsync();
        Assert.Equal(PublishStatus.TooManyOfSender, (await TryPublishAsync()).Status);
        await PublishAsync(sender: "other");
        Assert.Equal(PublishStatus.TooManyActive, (await TryPublishAsync()).Status);
    }

    [Fact]
    public async Task Those_of_one_sender_are_listed_apart()
    {
        Sequence first = await PublishAsync(sender: "a");
        await PublishAsync(sender: "b");
        Sequence second = await PublishAsync(sender: "a");
        Sequence third = await PublishAsync(sender: "a");
        await RestartIfPossibleAsync();
        Assert.Equal([first, second], (await Notifications.ListAsync(default, 2, Now, "a")).Select(n => n.Sequence));
        Assert.Equal([second, third], (await Notifications.ListAsync(first, 10, Now, "a")).Select(n => n.Sequence));
        Assert.All(await Notifications.ListAsync(default, 10, Now, "a"), n => Assert.Equal(("a", 0), (n.Sender, n.Content.Length)));
        Assert.Empty(await Notifications.ListAsync(third, 10, Now, "a"));
        Assert.Empty(await Notifications.ListAsync(default, 10, Now, "c"));
    }

    [Fact]
    public async Task They_are_listed_in_order_without_contents_and_dropped_after_their_retention()
    {
        Sequence first = await PublishAsync(ttlMs: 10);
        Sequence second = await PublishAsync();
        Sequence third = await PublishAsync();
        DeviceRecord device = await DeviceAsync();
        SessionEpoch epoch = await OpenAsync(device);
        await OfferAsync(device, epoch, first);
        await SettleAsync(device, epoch, Assert.Single(await LeaseAsync(device, epoch)).Lease, SettleVerb.Accept);
        Assert.Equal([first, second], (await Notifications.ListAsync(default, 2, Now)).Select(n => n.Sequence));
        IReadOnlyList<NotificationRecord> rest = await Notifications.ListAsync(second, 10, Now);
        Assert.Equal((third, 0), (Assert.Single(rest).Sequence, rest[0].Content.Length));
        await Registry.RemoveDeviceAsync(device.Id, null, Now);
        Now += 10;
        await Notifications.SweepAsync(Now, 100);
        Assert.Equal(device.Id, Assert.Single(await Notifications.ListDevicesAsync(first, default, 10)).Device);
        Now += Limits.OutcomeRetentionMs - 1;
        Assert.Equal(0, (await Notifications.SweepAsync(Now, 100)).Dropped);
        Now += 1;
        Assert.True((await Notifications.SweepAsync(Now, 100)).Dropped > 0);
        Assert.Null(await Notifications.FindAsync(first, Now));
        Assert.Empty(await Notifications.ListDevicesAsync(first, default, 10));
        Assert.Equal([second, third], (await Notifications.ListAsync(default, 10, Now)).Select(n => n.Sequence));
    }

    [Fact]
    public async Task A_device_that_is_removed_loses_it_and_one_created_under_its_id_is_another()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence notification = await PublishAsync();
        SessionEpoch epoch = await OpenAsync(device);
        await OfferAsync(device, epoch, notification);
        LeasedMessage message = Assert.Single(await LeaseAsync(device, epoch));
        await SettleAsync(device, epoch, message.Lease, SettleVerb.Accept);
        await Registry.RemoveDeviceAsync(device.Id, null, Now);
        Assert.Equal(0, await OfferAsync(device, epoch, notification));
        DeviceRecord again = await DeviceAsync();
        SessionEpoch next = await OpenAsync(again);
        Assert.Equal(1, await OfferAsync(again, next, notification));
        await SettleAsync(again, next, Assert.Single(await LeaseAsync(again, next)).Lease, SettleVerb.Reject);
        Assert.Equal([device.Number, again.Number], (await Notifications.ListDevicesAsync(notification, default, 10)).Select(d => d.Number));
        await CheckCountsAsync(notification, 1, 1, 0);
    }

    private static byte[] Content(byte fill, int size = 10) => [.. Enumerable.Repeat(fill, size)];

    private async Task RestartIfPossibleAsync()
    {
        if (CanRestart)
            await RestartAsync();
    }

    private NewNotification Wish(string? messageId, long ttlMs, string audience = "true", byte fill = 1, int size = 10) => new()
    {
        Audience = audience,
        Content = Content(fill, size),
        ExpiresAtMs = Now + ttlMs,
        Sender = "owner",
        MessageId = messageId,
    };

    private ValueTask<PublishResult> TryPublishAsync(string? messageId = null, long ttlMs = 60_000) =>
        Notifications.PublishAsync(Wish(messageId, ttlMs), Now, static _ => { });

    private async Task<Sequence> PublishAsync(
        string audience = "true", byte fill = 1, string? messageId = null, long ttlMs = 60_000, int size = 10, string sender = "owner")
    {
        NewNotification wish = Wish(messageId, ttlMs, audience, fill, size) with { Sender = sender };
        PublishResult result = await Notifications.PublishAsync(wish, Now, static _ => { });
        Assert.Equal((PublishStatus.Published, Now + ttlMs), (result.Status, result.ExpiresAtMs));
        return result.Sequence;
    }

    private ValueTask<int> OfferAsync(DeviceRecord device, SessionEpoch epoch, params Sequence[] notifications) =>
        Notifications.OfferAsync(device.Number, epoch, notifications);

    private async Task CheckCountsAsync(Sequence notification, long accepted, long rejected, long undeliverable)
    {
        NotificationRecord? found = await Notifications.FindAsync(notification, Now);
        Assert.Equal((accepted, rejected, undeliverable), (found!.Accepted, found.Rejected, found.Undeliverable));
    }
}
