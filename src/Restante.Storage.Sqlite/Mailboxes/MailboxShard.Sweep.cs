using Restante.Core.Mailboxes;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <content>What comes due, and the delivery counts that wait for the next commit.</content>
internal sealed partial class MailboxShard
{
    private readonly DueHeap _expiries = new();
    private readonly List<int> _risen = [];
    private int _risenCount;

    /// <summary>True when a delivery count has risen since it was last taken.</summary>
    public bool HasRisenCounts => Volatile.Read(ref _risenCount) > 0;

    /// <summary>
    /// Claims lapsed leases and then waiting messages past their expiry, and takes out what may be handed out from now on, until there is
    /// so much work in all. A leased message stays until its lease ends, as it is in the receiver's hands in time.
    /// </summary>
    public void TakeDue(long nowMs, int max, DueWork work)
    {
        lock (_gate)
        {
            while (work.Count < max && _lapses.TryPop(nowMs, out DueHeap.Due due))
            {
                if (HoldOf(due) is null || _entries[due.Entry].Has(EntryStates.Claimed))
                    continue;
                Outcome? outcome = DueEnd(_entries[due.Entry], nowMs);
                Claim claim = ClaimEnd(due.Entry, outcome ?? default);
                claim.Action = outcome is null ? ClaimAction.GiveBack : ClaimAction.End;
                work.Claims.Add(claim);
            }

            while (work.Count < max && _expiries.TryPop(nowMs, out DueHeap.Due due))
            {
                ref MailboxEntry entry = ref _entries[due.Entry];
                if (!IsExpiryOf(due))
                    continue;
                // Whoever holds it puts the instant back when it waits again; what the claim undoes does the same.
                entry.States |= EntryStates.ExpiryPassed;
                if (entry.IsWaiting)
                    work.Claims.Add(ClaimEnd(due.Entry, Outcome.Expired));
            }

            TakeStarted(nowMs, max, work);
        }
    }

    /// <summary>
    /// Takes the delivery counts out that have risen. Those of claimed entries stay: the claim may end them, and their count with them.
    /// </summary>
    public void TakeRisenCounts(List<RisenCount> taken)
    {
        lock (_gate)
        {
            int kept = 0;
            for (int i = 0; i < _risen.Count; i++)
            {
                int place = _risen[i];
                ref MailboxEntry entry = ref _entries[place];
                if (!entry.Has(EntryStates.CountRose))
                    continue;
                if (entry.Has(EntryStates.Claimed))
                {
                    _risen[kept++] = place;
                    continue;
                }

                entry.States &= ~EntryStates.CountRose;
                taken.Add(new RisenCount(this, place, entry.Sequence, entry.DeliveryCount));
            }

            _risen.RemoveRange(kept, _risen.Count - kept);
            Volatile.Write(ref _risenCount, kept);
        }
    }

    /// <summary>A count has been committed.</summary>
    public void CountWritten(in RisenCount risen)
    {
        lock (_gate)
        {
            if (IsStill(risen.Entry, risen.Sequence))
                _entries[risen.Entry].States |= EntryStates.CountStored;
        }
    }

    /// <summary>A count has not been committed.</summary>
    public void CountNotWritten(in RisenCount risen)
    {
        lock (_gate)
        {
            if (IsStill(risen.Entry, risen.Sequence))
                NoteCount(risen.Entry);
        }
    }

    /// <summary>
    /// Whether the database has a delivery count of a claimed entry. For the writer's thread, which alone adds and removes entries.
    /// </summary>
    public bool IsCountStored(int place) => _entries[place].Has(EntryStates.CountStored);

    private void NoteCount(int place)
    {
        ref MailboxEntry entry = ref _entries[place];
        if (entry.Has(EntryStates.CountRose | EntryStates.Offered))
            return;
        entry.States |= EntryStates.CountRose;
        _risen.Add(place);
        Volatile.Write(ref _risenCount, _risen.Count);
    }

    private bool IsExpiryOf(DueHeap.Due due)
    {
        ref MailboxEntry entry = ref _entries[due.Entry];
        return entry.Sequence != 0 && entry.ExpiresAtMs == due.AtMs;
    }

    private void PushExpiry(long atMs, int place)
    {
        if (_expiries.WantsSift)
            _expiries.Sift(IsExpiryOf);
        _expiries.Push(atMs, place);
    }
}

/// <summary>A delivery count that is about to be written.</summary>
internal readonly record struct RisenCount(MailboxShard Shard, int Entry, long Sequence, int DeliveryCount);
