using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Notifications;

namespace Restante.Core.Storage;

/// <summary>
/// Notifications, each stored once however many devices it is for. It takes one place in the order of all messages. To a mailbox that is
/// held it is offered: it stands there in its place and is leased and settled like a message, but nothing about it is stored for a device
/// before the device has settled it, and it leaves the mailbox with the session. It counts for no limit of the mailbox, and a purge leaves
/// it alone.
/// </summary>
public interface INotificationStore
{
    /// <summary>Stores a notification; durable on return. The same one (message-id and sender) is taken once within
    /// <see cref="MailboxLimits.IdempotencyRetentionMs"/>.</summary>
    /// <param name="notification">What to store.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="published">Called once it is stored, in the order of places and before anything that stands behind it is handed out to
    /// whoever says what it has <see cref="LeaseRequest.LookedThrough"/>. It holds up all writing: it neither waits nor calls the store.
    /// </param>
    ValueTask<PublishResult> PublishAsync(NewNotification notification, long nowMs, Action<PublishResult> published);

    /// <summary>The notifications that are neither recalled nor known to have expired, in order.</summary>
    ValueTask<IReadOnlyList<ActiveNotification>> ListActiveAsync();

    /// <summary>Finds a notification; null when there is none, or its retention has passed.</summary>
    ValueTask<NotificationRecord?> FindAsync(Sequence sequence, long nowMs);

    /// <summary>Lists notifications in order, without their contents.</summary>
    /// <param name="after">The place to go on after.</param>
    /// <param name="max">How many at the most, 1 to 1,000.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="sender">Only those that this policy has sent, which cost nothing of the others; null for all.</param>
    ValueTask<IReadOnlyList<NotificationRecord>> ListAsync(Sequence after, int max, long nowMs, string? sender = null);

    /// <summary>Lists the devices that have settled a notification, in the order of their numbers.</summary>
    /// <param name="sequence">The notification.</param>
    /// <param name="after">The device to go on after; 0 to begin.</param>
    /// <param name="max">How many at the most, 1 to 1,000.</param>
    ValueTask<IReadOnlyList<NotificationDevice>> ListDevicesAsync(Sequence sequence, DeviceNumber after, int max);

    /// <summary>
    /// Takes a notification back wherever it waits; durable on return. Where it is leased it may still be settled, but is not handed out
    /// again.
    /// </summary>
    /// <param name="sequence">The notification.</param>
    /// <param name="reason">Kept with it; cut to 512 characters.</param>
    /// <param name="nowMs">The time.</param>
    ValueTask<RecallStatus> RecallAsync(Sequence sequence, string reason, long nowMs);

    /// <summary>
    /// Puts notifications into a mailbox that is held by this session. Passed over are those that are not active, that the device has
    /// settled, and that stand there already. How often the device was handed one in earlier sessions goes on counting.
    /// </summary>
    /// <returns>How many were put in.</returns>
    ValueTask<int> OfferAsync(DeviceNumber device, SessionEpoch epoch, ReadOnlyMemory<Sequence> notifications);

    /// <summary>
    /// Takes notifications out of a mailbox again, if they stand there. A leased one may still be settled, but is not handed out again.
    /// </summary>
    ValueTask WithdrawAsync(DeviceNumber device, ReadOnlyMemory<Sequence> notifications);

    /// <summary>
    /// Lets notifications expire, which takes them out wherever they wait, and drops those whose retention has passed, with what is known
    /// of their devices.
    /// </summary>
    /// <param name="nowMs">The time.</param>
    /// <param name="maxItems">How much to do in one call, so that other work gets its turn.</param>
    ValueTask<NotificationSweep> SweepAsync(long nowMs, int maxItems);
}
