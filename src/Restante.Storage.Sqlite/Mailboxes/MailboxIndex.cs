using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>All mailboxes in memory, in shares that are locked one by one.</summary>
internal sealed class MailboxIndex : IDeliveryCounts
{
    private const int Shards = 16;

    private readonly MailboxShard[] _shards = new MailboxShard[Shards];
    private readonly List<RisenCount> _risen = [];
    private long _epoch;
    private int _sweepFrom;

    public MailboxIndex(MailboxLimits limits, long recentContentBytes)
    {
        for (int i = 0; i < Shards; i++)
            _shards[i] = new MailboxShard(limits, Shards, recentContentBytes / Shards);
    }

    public MailboxTotals Totals
    {
        get
        {
            MailboxTotals all = default;
            foreach (MailboxShard shard in _shards)
            {
                MailboxTotals one = shard.Totals;
                all = new MailboxTotals(all.Mailboxes + one.Mailboxes, all.Messages + one.Messages, all.Bytes + one.Bytes, all.Leased + one.Leased);
            }

            return all;
        }
    }

    public long Devices => _shards.Sum(s => s.Devices);

    public bool HasRisenCounts => Array.Exists(_shards, s => s.HasRisenCounts);

    public MailboxShard ShardOf(long device) => _shards[(ulong)device % Shards];

    /// <summary>A new epoch; epochs rise over all mailboxes, so that one is never used twice for the same mailbox.</summary>
    public SessionEpoch NextEpoch() => new(Interlocked.Increment(ref _epoch));

    /// <summary>Claims what is due, beginning with another share each time.</summary>
    public List<Claim> ClaimDue(long nowMs, int max)
    {
        var claims = new List<Claim>();
        int from = Interlocked.Increment(ref _sweepFrom) & int.MaxValue;
        for (int i = 0; i < Shards && claims.Count < max; i++)
            _shards[(from + i) % Shards].ClaimDue(nowMs, max - claims.Count, claims);
        return claims;
    }

    void IDeliveryCounts.Take()
    {
        foreach (MailboxShard shard in _shards)
        {
            if (shard.HasRisenCounts)
                shard.TakeRisenCounts(_risen);
        }
    }

    void IDeliveryCounts.Write(WriteSession session)
    {
        foreach (RisenCount risen in _risen)
            session.KeepDelivery(risen.Sequence, risen.DeliveryCount);
    }

    void IDeliveryCounts.Written()
    {
        foreach (RisenCount risen in _risen)
            risen.Shard.CountWritten(risen);
        _risen.Clear();
    }

    void IDeliveryCounts.Undo()
    {
        foreach (RisenCount risen in _risen)
            risen.Shard.CountNotWritten(risen);
        _risen.Clear();
    }
}
