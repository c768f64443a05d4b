using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Notifications;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>All mailboxes in memory, in shares that are locked one by one.</summary>
internal sealed class MailboxIndex : ICommitPassenger
{
    /// <summary>How many shares there are; a device's is its number modulo this.</summary>
    public const int Shards = 16;

    private readonly MailboxShard[] _shards = new MailboxShard[Shards];
    private readonly List<RisenCount> _risen = [];
    private readonly List<UnwrittenCount> _counts = [];
    private long _epoch;
    private int _sweepFrom;

    public MailboxIndex(MailboxLimits limits, long recentContentBytes)
    {
        Ids = new CommandIds(limits);
        Notifications = new NotificationIndex(recentContentBytes);
        for (int i = 0; i < Shards; i++)
            _shards[i] = new MailboxShard(limits, Shards, recentContentBytes / Shards, Notifications);
    }

    public MailboxTotals Totals
    {
        get
        {
            MailboxTotals all = default;
            foreach (MailboxShard shard in _shards)
            {
                MailboxTotals one = shard.Totals;
                all = new MailboxTotals(
                    all.Mailboxes + one.Mailboxes, all.Messages + one.Messages, all.Bytes + one.Bytes, all.Leased + one.Leased);
            }

            return all;
        }
    }

    /// <summary>The message-ids of the commands taken lately.</summary>
    public CommandIds Ids { get; }

    /// <summary>The notifications that are active.</summary>
    public NotificationIndex Notifications { get; }

    public long Devices => _shards.Sum(s => s.Devices);

    public bool HasRisenCounts => Notifications.HasUnwrittenCounts || Array.Exists(_shards, s => s.HasRisenCounts);

    public MailboxShard ShardOf(long device) => _shards[(ulong)device % Shards];

    /// <summary>A new epoch; epochs rise over all mailboxes, so that one is never used twice for the same mailbox.</summary>
    public SessionEpoch NextEpoch() => new(Interlocked.Increment(ref _epoch));

    /// <summary>Claims and takes out what is due, beginning with another share each time.</summary>
    public DueWork TakeDue(long nowMs, int max)
    {
        var work = new DueWork();
        int from = Interlocked.Increment(ref _sweepFrom) & int.MaxValue;
        for (int i = 0; i < Shards && work.Count < max; i++)
            _shards[(from + i) % Shards].TakeDue(nowMs, max, work);
        return work;
    }

    /// <summary>Forgets a notification that nobody gets any more, and takes it out of all mailboxes.</summary>
    public void TakeOut(long notification)
    {
        Notifications.Remove(notification);
        foreach (MailboxShard shard in _shards)
            shard.TakeOut(notification);
    }

    void ICommitPassenger.Take()
    {
        foreach (MailboxShard shard in _shards)
        {
            if (shard.HasRisenCounts)
                shard.TakeRisenCounts(_risen);
        }

        Notifications.TakeCounts(_counts);
    }

    void ICommitPassenger.Write(WriteSession session)
    {
        foreach (RisenCount risen in _risen)
        {
            if (!session.Mail.IsReplaced(risen.Sequence))
                session.KeepDelivery(risen.Sequence, risen.DeliveryCount);
        }

        foreach (UnwrittenCount count in _counts)
            NotificationRows.PutCount(session.Connection, count);
    }

    void ICommitPassenger.Written()
    {
        foreach (RisenCount risen in _risen)
            risen.Shard.CountWritten(risen);
        _risen.Clear();
        _counts.Clear();
    }

    void ICommitPassenger.Undo()
    {
        foreach (RisenCount risen in _risen)
            risen.Shard.CountNotWritten(risen);
        _risen.Clear();
        Notifications.PutBack(_counts);
        _counts.Clear();
    }
}
