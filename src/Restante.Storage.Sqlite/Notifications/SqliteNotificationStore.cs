using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Notifications;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Mailboxes;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Notifications;

/// <summary>
/// The notifications of the embedded store. What the port leaves open: counts of hand-outs in sessions that have ended travel with the next
/// commit, so a process that is killed before it forgets them.
/// </summary>
internal sealed class SqliteNotificationStore(MailboxIndex index, ReaderPool readers, Writer writer, MailboxLimits limits)
    : INotificationStore
{
    private const int MaxMessageId = 256;
    private const int MaxListed = 1_000;

    private const string Insert = """
        INSERT INTO notification (sequence, audience, sender, message_id, at, expires_at, size, checksum, state,
            accepted, rejected, undeliverable)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0)
        """;

    private const string InsertContent = "INSERT INTO notification_content (sequence, content) VALUES (?, ?)";
    private const string SelectSame = """
        SELECT sequence, expires_at FROM notification WHERE sender = ? AND message_id = ? AND at > ? ORDER BY sequence DESC LIMIT 1
        """;

    private const string SelectState = "SELECT state, expires_at FROM notification WHERE sequence = ?";
    private const string PutState = "UPDATE notification SET state = ?, ended_at = ?, reason = ? WHERE sequence = ?";
    private const string SelectOld = "SELECT sequence FROM notification WHERE state <> 0 AND ended_at <= ? ORDER BY ended_at LIMIT 1";
    private const string DropDevices = """
        DELETE FROM notification_device
        WHERE notification = ?1 AND device IN (SELECT device FROM notification_device WHERE notification = ?1 LIMIT ?2)
        """;

    private const string Drop = "DELETE FROM notification WHERE sequence = ?";

    // What stands on a shelf goes with the last one that needs it.
    private const string DropContent = """
        DELETE FROM notification_content WHERE sequence = ?1
            AND NOT EXISTS (SELECT 1 FROM dead_letter WHERE sequence = ?1 AND content IS NULL)
        """;

    public ValueTask<PublishResult> PublishAsync(NewNotification notification, long nowMs, Action<PublishResult> published)
    {
        if (notification.MessageId?.Length > MaxMessageId)
        {
            return ValueTask.FromException<PublishResult>(
                new ArgumentException("A message-id has at most 256 characters.", nameof(notification)));
        }

        byte[] content = notification.Content.ToArray();
        return writer.Submit(new SimpleOperation<PublishResult>(
            session => Publish(session, notification, content, nowMs),
            result =>
            {
                if (result.Status != PublishStatus.Published)
                    return;
                var stored = new StoredContent(MessageKind.Notification, notification.MessageId, notification.Sender, nowMs, content);
                index.Notifications.Add(result.Sequence.Value, notification.ExpiresAtMs, content.Length, notification.Sender, stored);
                published(result);
                index.Notifications.Latest = result.Sequence.Value;
            },
            alone: true,
            bytes: content.Length));
    }

    public ValueTask<IReadOnlyList<ActiveNotification>> ListActiveAsync() =>
        StoreRead.Of<IReadOnlyList<ActiveNotification>>(() => readers.Read(0, static (c, _) => NotificationRows.ReadActive(c)));

    public ValueTask<NotificationRecord?> FindAsync(Sequence sequence, long nowMs) =>
        StoreRead.Of(() => readers.Read((sequence, nowMs), static (c, x) => NotificationRows.Read(c, x.sequence.Value, x.nowMs)));

    public ValueTask<IReadOnlyList<NotificationRecord>> ListAsync(Sequence after, int max, long nowMs, string? sender = null)
    {
        CheckPage(max);
        return StoreRead.Of<IReadOnlyList<NotificationRecord>>(() =>
            readers.Read(
                (after, max, nowMs, sender), static (c, x) => NotificationRows.ReadList(c, x.after.Value, x.max, x.nowMs, x.sender)));
    }

    public ValueTask<IReadOnlyList<NotificationDevice>> ListDevicesAsync(Sequence sequence, DeviceNumber after, int max)
    {
        CheckPage(max);
        return StoreRead.Of<IReadOnlyList<NotificationDevice>>(() =>
            readers.Read((sequence, after, max), static (c, x) => NotificationRows.ReadDevices(c, x.sequence.Value, x.after.Value, x.max)));
    }

    public ValueTask<RecallStatus> RecallAsync(Sequence sequence, string reason, long nowMs) =>
        writer.Submit(new SimpleOperation<RecallStatus>(
            session => Recall(session.Connection, sequence.Value, ReasonText.Cut(reason)!, nowMs),
            status =>
            {
                if (status == RecallStatus.Recalled)
                    index.TakeOut(sequence.Value);
            }));

    public ValueTask<int> OfferAsync(DeviceNumber device, SessionEpoch epoch, ReadOnlyMemory<Sequence> notifications) =>
        ValueTask.FromResult(index.ShardOf(device.Value).Offer(device.Value, epoch.Value, notifications.Span));

    public ValueTask WithdrawAsync(DeviceNumber device, ReadOnlyMemory<Sequence> notifications)
    {
        index.ShardOf(device.Value).Withdraw(device.Value, notifications.Span);
        return ValueTask.CompletedTask;
    }

    public async ValueTask<NotificationSweep> SweepAsync(long nowMs, int maxItems)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxItems, 1);
        long retainedFrom = nowMs - limits.OutcomeRetentionMs;
        List<long> due = index.Notifications.Due(nowMs, maxItems);
        long old = readers.Read(retainedFrom, FindOld);
        if (due.Count == 0 && old == 0)
            return new NotificationSweep([], 0, false);
        return await writer.Submit(new SimpleOperation<NotificationSweep>(
            session => Sweep(session.Connection, due, retainedFrom, maxItems),
            swept =>
            {
                foreach (Sequence expired in swept.Expired)
                    index.TakeOut(expired.Value);
            }));
    }

    private static void CheckPage(int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, MaxListed);
    }

    private static long FindOld(Connection connection, long retainedFrom)
    {
        Statement select = connection.Prepare(SelectOld).Bind(1, retainedFrom);
        if (!select.Step())
            return 0;
        long sequence = select.Int64(0);
        select.Reset();
        return sequence;
    }

    private static RecallStatus Recall(Connection connection, long sequence, string reason, long nowMs)
    {
        Statement select = connection.Prepare(SelectState).Bind(1, sequence);
        if (!select.Step())
            return RecallStatus.NotFound;
        bool isActive = select.Int32(0) == (int)NotificationState.Active && nowMs < select.Int64(1);
        select.Reset();
        if (!isActive)
            return RecallStatus.NotActive;
        connection.Prepare(PutState).Bind(1, (long)NotificationState.Recalled).Bind(2, nowMs).Bind(3, reason).Bind(4, sequence).Run();
        return RecallStatus.Recalled;
    }

    private static NotificationSweep Sweep(Connection connection, List<long> due, long retainedFrom, int maxItems)
    {
        var expired = new List<Sequence>();
        foreach (long sequence in due)
        {
            // Another operation of the same transaction may have recalled it.
            Statement select = connection.Prepare(SelectState).Bind(1, sequence);
            bool isActive = select.Step() && select.Int32(0) == (int)NotificationState.Active;
            long at = isActive ? select.Int64(1) : 0;
            select.Reset();
            if (!isActive)
                continue;
            connection.Prepare(PutState).Bind(1, (long)NotificationState.Expired).Bind(2, at).Bind(3, (string?)null).Bind(4, sequence)
                .Run();
            expired.Add(new Sequence(sequence));
        }

        int dropped = 0;
        int left = maxItems - due.Count;
        while (left > dropped && FindOld(connection, retainedFrom) is long old and not 0)
        {
            connection.Prepare(DropDevices).Bind(1, old).Bind(2, left - dropped).Run();
            dropped += connection.Changes;
            if (dropped == left)
                break;
            connection.Prepare(DropContent).Bind(1, old).Run();
            connection.Prepare(Drop).Bind(1, old).Run();
            dropped++;
        }

        return new NotificationSweep(expired, dropped, due.Count + dropped >= maxItems);
    }

    private PublishResult Publish(WriteSession session, NewNotification notification, byte[] content, long nowMs)
    {
        if (notification.MessageId is not null && limits.IdempotencyRetentionMs > 0)
        {
            Statement same = session.Connection.Prepare(SelectSame).Bind(1, notification.Sender).Bind(2, notification.MessageId)
                .Bind(3, nowMs - limits.IdempotencyRetentionMs);
            if (same.Step())
            {
                var first = new PublishResult(PublishStatus.Duplicate, new Sequence(same.Int64(0)), same.Int64(1));
                same.Reset();
                return first;
            }
        }

        if (index.Notifications.Count >= limits.MaxActiveNotifications)
            return new PublishResult(PublishStatus.TooManyActive, default, 0);
        if (index.Notifications.CountOf(notification.Sender) >= limits.MaxActiveNotificationsOfSender())
            return new PublishResult(PublishStatus.TooManyOfSender, default, 0);
        long sequence = session.TakeSequence();
        session.Connection.Prepare(Insert).Bind(1, sequence).Bind(2, notification.Audience).Bind(3, notification.Sender)
            .Bind(4, notification.MessageId).Bind(5, nowMs).Bind(6, notification.ExpiresAtMs).Bind(7, content.Length)
            .Bind(8, MessageChecksum.Of(sequence, 0, notification.ExpiresAtMs, 0, content)).Run();
        session.Connection.Prepare(InsertContent).Bind(1, sequence).Bind(2, content).Run();
        return new PublishResult(PublishStatus.Published, new Sequence(sequence), notification.ExpiresAtMs);
    }
}
