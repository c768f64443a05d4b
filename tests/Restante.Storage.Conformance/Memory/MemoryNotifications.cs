using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Notifications;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

/// <summary>The rules of the notifications in their shortest form.</summary>
internal sealed class MemoryNotifications(MemoryState state) : INotificationStore
{
    public ValueTask<PublishResult> PublishAsync(NewNotification notification, long nowMs, Action<PublishResult> published)
    {
        byte[] content = notification.Content.ToArray();
        return state.Run(() =>
        {
            if (notification.MessageId?.Length > 256)
                throw new ArgumentException("A message-id has at most 256 characters.", nameof(notification));
            state.CheckWrite();
            MemoryNotification? same = notification.MessageId is null ? null : state.Notifications.Values.LastOrDefault(n =>
                n.Record.Sender == notification.Sender && n.Record.MessageId == notification.MessageId
                && n.Record.AtMs > nowMs - state.Limits.IdempotencyRetentionMs);
            if (same is not null && state.Limits.IdempotencyRetentionMs > 0)
                return new PublishResult(PublishStatus.Duplicate, same.Record.Sequence, same.Record.ExpiresAtMs);
            if (state.Notifications.Values.Count(n => n.Record.State == NotificationState.Active) >= state.Limits.MaxActiveNotifications)
                return new PublishResult(PublishStatus.TooManyActive, default, 0);
            if (state.Notifications.Values.Count(n => n.Record.State == NotificationState.Active && n.Record.Sender == notification.Sender)
                >= state.Limits.MaxActiveNotificationsOfSender())
            {
                return new PublishResult(PublishStatus.TooManyOfSender, default, 0);
            }

            Sequence sequence = state.NextSequence();
            state.Notifications.Add(sequence.Value, new MemoryNotification
            {
                Record = new NotificationRecord
                {
                    Sequence = sequence,
                    Audience = notification.Audience,
                    Sender = notification.Sender,
                    MessageId = notification.MessageId,
                    AtMs = nowMs,
                    ExpiresAtMs = notification.ExpiresAtMs,
                    State = NotificationState.Active,
                    Accepted = 0,
                    Rejected = 0,
                    Undeliverable = 0,
                    Content = content,
                },
            });
            state.LastPublished = sequence;
            var result = new PublishResult(PublishStatus.Published, sequence, notification.ExpiresAtMs);
            published(result);
            return result;
        });
    }

    public ValueTask<IReadOnlyList<ActiveNotification>> ListActiveAsync() => state.Run<IReadOnlyList<ActiveNotification>>(() =>
    [
        .. state.Notifications.Values.Select(n => n.Record).Where(r => r.State == NotificationState.Active)
            .Select(r => new ActiveNotification(r.Sequence, r.Audience, r.ExpiresAtMs)),
    ]);

    public ValueTask<NotificationRecord?> FindAsync(Sequence sequence, long nowMs) => state.Run(() =>
        state.Notifications.TryGetValue(sequence.Value, out MemoryNotification? found) ? Show(found, nowMs) : null);

    public ValueTask<IReadOnlyList<NotificationRecord>> ListAsync(Sequence after, int max, long nowMs, string? sender = null) =>
        state.Run<IReadOnlyList<NotificationRecord>>(() =>
        {
            CheckPage(max);
            return
            [
                .. state.Notifications.Values
                    .Where(n => n.Record.Sequence.CompareTo(after) > 0 && (sender is null || n.Record.Sender == sender)).Take(max)
                    .Select(n => Show(n, nowMs) with { Content = default }),
            ];
        });

    public ValueTask<IReadOnlyList<NotificationDevice>> ListDevicesAsync(Sequence sequence, DeviceNumber after, int max) =>
        state.Run<IReadOnlyList<NotificationDevice>>(() =>
        {
            CheckPage(max);
            return state.Notifications.TryGetValue(sequence.Value, out MemoryNotification? found)
                ? [.. found.Settled.Values.Where(d => d.Number.Value > after.Value).Take(max)]
                : [];
        });

    public ValueTask<RecallStatus> RecallAsync(Sequence sequence, string reason, long nowMs) => state.Run(() =>
    {
        state.CheckWrite();
        if (!state.Notifications.TryGetValue(sequence.Value, out MemoryNotification? found))
            return RecallStatus.NotFound;
        if (Show(found, nowMs).State != NotificationState.Active)
            return RecallStatus.NotActive;
        found.Record = found.Record with
        {
            State = NotificationState.Recalled,
            EndedAtMs = nowMs,
            Reason = reason.Length > 512 ? reason[..512] : reason,
        };
        TakeOut(sequence);
        return RecallStatus.Recalled;
    });

    public ValueTask<int> OfferAsync(DeviceNumber device, SessionEpoch epoch, ReadOnlyMemory<Sequence> notifications)
    {
        Sequence[] all = notifications.ToArray();
        return state.Run(() =>
        {
            if (epoch.Value == 0 || !state.ByNumber.TryGetValue(device.Value, out MemoryDevice? found) || found.Epoch != epoch.Value)
                return 0;
            return all.Count(n => Offer(found, n));
        });
    }

    public ValueTask WithdrawAsync(DeviceNumber device, ReadOnlyMemory<Sequence> notifications)
    {
        Sequence[] all = notifications.ToArray();
        return state.Run(() =>
        {
            if (!state.ByNumber.TryGetValue(device.Value, out MemoryDevice? found))
                return;
            foreach (Sequence sequence in all)
                TakeOut(found, sequence);
        });
    }

    public ValueTask<NotificationSweep> SweepAsync(long nowMs, int maxItems) => state.Run(() =>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxItems, 1);
        List<MemoryNotification> due =
        [
            .. state.Notifications.Values.Where(n => n.Record.State == NotificationState.Active && n.Record.ExpiresAtMs <= nowMs).Take(maxItems),
        ];
        List<MemoryNotification> old =
        [
            .. state.Notifications.Values
                .Where(n => n.Record.State != NotificationState.Active && n.Record.EndedAtMs <= nowMs - state.Limits.OutcomeRetentionMs)
                .OrderBy(n => n.Record.EndedAtMs).Take(maxItems - due.Count),
        ];
        if (due.Count + old.Count == 0)
            return new NotificationSweep([], 0, false);
        state.CheckWrite();
        foreach (MemoryNotification one in due)
        {
            one.Record = one.Record with { State = NotificationState.Expired, EndedAtMs = one.Record.ExpiresAtMs };
            TakeOut(one.Record.Sequence);
        }

        foreach (MemoryNotification one in old)
            state.Notifications.Remove(one.Record.Sequence.Value);
        return new NotificationSweep([.. due.Select(n => n.Record.Sequence)], old.Sum(n => 1 + n.Settled.Count), due.Count + old.Count >= maxItems);
    });

    private static void CheckPage(int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, 1_000);
    }

    private static NotificationRecord Show(MemoryNotification notification, long nowMs)
    {
        NotificationRecord record = notification.Record;
        return record.State == NotificationState.Active && nowMs >= record.ExpiresAtMs
            ? record with { State = NotificationState.Expired, EndedAtMs = record.ExpiresAtMs }
            : record;
    }

    private bool Offer(MemoryDevice device, Sequence sequence)
    {
        if (!state.Notifications.TryGetValue(sequence.Value, out MemoryNotification? found) || found.Record.State != NotificationState.Active
            || found.Settled.ContainsKey(device.Record.Number.Value))
        {
            return false;
        }

        if (device.Offered.TryGetValue(sequence.Value, out MemoryMessage? there))
        {
            there.IsWithdrawn = false;
            return false;
        }

        NotificationRecord record = found.Record;
        device.Offered.Add(sequence.Value, new MemoryMessage
        {
            Sequence = sequence,
            Item = new EnqueueItem
            {
                Device = device.Record.Id,
                Kind = MessageKind.Notification,
                Content = record.Content,
                ExpiresAtMs = record.ExpiresAtMs,
                MessageId = record.MessageId,
                Sender = record.Sender,
            },
            Content = record.Content.ToArray(),
            EnqueuedAtMs = record.AtMs,
            DeliveryCount = found.Counts.GetValueOrDefault(device.Record.Number.Value),
            IsTold = true,
            IsOffered = true,
        });
        return true;
    }

    private void TakeOut(Sequence sequence)
    {
        foreach (MemoryDevice device in state.ByNumber.Values)
            TakeOut(device, sequence);
    }

    private void TakeOut(MemoryDevice device, Sequence sequence)
    {
        if (!device.Offered.TryGetValue(sequence.Value, out MemoryMessage? message))
            return;
        message.IsWithdrawn = true;
        state.RemoveIfWithdrawn(device, message);
    }
}
