using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Notifications;
using Restante.Core.Storage;

namespace Restante.Core.Tests.Support;

/// <summary>Passes every call on; before the answer to a publication the test may do something, and it sees what is offered.</summary>
internal sealed class HookedNotifications(INotificationStore inner) : INotificationStore
{
    /// <summary>Called once a notification is stored and before whoever sent it hears of that.</summary>
    public Func<Sequence, Task>? AfterPublish { get; set; }

    /// <summary>Called once it has been read what is active, and before whoever asked hears of that.</summary>
    public Action? AfterListActive { get; set; }

    /// <summary>Called before something is offered to a mailbox.</summary>
    public Action? BeforeOffer { get; set; }

    /// <summary>Called before what is due is looked for.</summary>
    public Action? BeforeSweep { get; set; }

    /// <summary>How often notifications were listed.</summary>
    public int Lists { get; private set; }

    /// <summary>What was offered, mailbox after mailbox.</summary>
    public List<Sequence> Offered { get; } = [];

    public async ValueTask<PublishResult> PublishAsync(NewNotification notification, long nowMs, Action<PublishResult> published)
    {
        PublishResult result = await inner.PublishAsync(notification, nowMs, published);
        if (AfterPublish is not null)
            await AfterPublish(result.Sequence);
        return result;
    }

    public async ValueTask<IReadOnlyList<ActiveNotification>> ListActiveAsync()
    {
        IReadOnlyList<ActiveNotification> active = await inner.ListActiveAsync();
        AfterListActive?.Invoke();
        return active;
    }

    public ValueTask<NotificationRecord?> FindAsync(Sequence sequence, long nowMs) => inner.FindAsync(sequence, nowMs);

    public ValueTask<IReadOnlyList<NotificationRecord>> ListAsync(Sequence after, int max, long nowMs, string? sender = null)
    {
        Lists++;
        return inner.ListAsync(after, max, nowMs, sender);
    }

    public ValueTask<IReadOnlyList<NotificationDevice>> ListDevicesAsync(Sequence sequence, DeviceNumber after, int max) =>
        inner.ListDevicesAsync(sequence, after, max);

    public ValueTask<RecallStatus> RecallAsync(Sequence sequence, string reason, long nowMs) =>
        inner.RecallAsync(sequence, reason, nowMs);

    public ValueTask<int> OfferAsync(DeviceNumber device, SessionEpoch epoch, ReadOnlyMemory<Sequence> notifications)
    {
        BeforeOffer?.Invoke();
        lock (Offered)
            Offered.AddRange(notifications.Span);
        return inner.OfferAsync(device, epoch, notifications);
    }

    public ValueTask WithdrawAsync(DeviceNumber device, ReadOnlyMemory<Sequence> notifications) =>
        inner.WithdrawAsync(device, notifications);

    public ValueTask<NotificationSweep> SweepAsync(long nowMs, int maxItems)
    {
        BeforeSweep?.Invoke();
        return inner.SweepAsync(nowMs, maxItems);
    }
}
