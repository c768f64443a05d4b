using Restante.Core.Mailboxes;
using Restante.Core.Storage;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <content>
/// Sessions and leases. A lease ends by being settled, by takeover or close of the session, or when a sweep takes it back after its time;
/// that its time has run out changes nothing before the sweep, so a late accept of a message that nobody else has been given still counts.
/// </content>
internal sealed partial class MailboxShard
{
    private readonly Dictionary<EntryKey, Hold> _holds = [];
    private readonly DueHeap _lapses = new();

    /// <summary>Gives the mailbox to a new session. What had been leased waits again, or is claimed to end.</summary>
    /// <returns>The session's epoch; null when there is no such device.</returns>
    public SessionEpoch? OpenSession(long device, MailboxIndex index, long nowMs, ref List<Claim>? ends)
    {
        lock (_gate)
        {
            if (!_devices.Contains(device / _shards))
                return null;
            int slot = SlotOf(device);

            // Taken inside the lock: of two sessions that open at once the later one to enter is the newer one.
            SessionEpoch epoch = index.NextEpoch();
            _slots[slot].Epoch = epoch.Value;
            GiveAllBack(slot, nowMs, ref ends);
            return epoch;
        }
    }

    public void CloseSession(long device, long epoch, long nowMs, ref List<Claim>? ends)
    {
        lock (_gate)
        {
            if (!TryGetHeld(device, epoch, out int slot))
                return;
            _slots[slot].Epoch = 0;
            GiveAllBack(slot, nowMs, ref ends);
            FreeIfUnused(slot);
        }
    }

    /// <summary>
    /// Leases waiting messages in order. One that has expired, or has been handed out as often as allowed, is claimed to end instead.
    /// Those behind one that an older session is settling, or that is being taken back, wait until it is known whether that was stored.
    /// </summary>
    /// <param name="request">The wish.</param>
    /// <param name="grants">What is leased.</param>
    /// <param name="ends">What is claimed to end.</param>
    /// <param name="heldBackBy">See <see cref="LeaseResult.HeldBackBy"/>; 0 for null.</param>
    /// <returns>False when the session does not hold the mailbox.</returns>
    public bool Lease(in LeaseRequest request, List<Grant> grants, ref List<Claim>? ends, out long heldBackBy)
    {
        heldBackBy = 0;
        lock (_gate)
        {
            if (!TryGetHeld(request.Device.Value, request.Epoch.Value, out int slot))
                return false;
            StartDue(request.NowMs);
            ref MailboxSlot mailbox = ref _slots[slot];
            long bytes = 0;
            int at = mailbox.Cursor;
            int passedOver = 0;

            // Read inside the lock: whoever put an entry in has seen to it before that what was published earlier is seen here.
            long latest = _notifications.Latest;
            long last = request.LookedThrough is { } looked && looked.Value < latest ? looked.Value : long.MaxValue;
            for (; at != 0 && grants.Count < request.MaxMessages; at = _entries[at].Next)
            {
                ref MailboxEntry entry = ref _entries[at];
                if (!entry.IsWaiting || entry.Has(EntryStates.Early))
                {
                    entry.States |= entry.Has(EntryStates.Claimed) ? EntryStates.Missed : EntryStates.None;
                    if (!entry.Has(EntryStates.HoldsUp) || entry.Has(EntryStates.Early))
                        continue;
                    if (IsWished(request, entry))
                        break;
                    passedOver = passedOver == 0 ? at : passedOver;
                    continue;
                }

                if (entry.Sequence > last)
                {
                    heldBackBy = latest;
                    break;
                }

                if (DueEnd(entry, request.NowMs) is Outcome outcome)
                {
                    (ends ??= []).Add(ClaimEnd(at, outcome));
                    continue;
                }

                if (!IsWished(request, entry))
                {
                    passedOver = passedOver == 0 ? at : passedOver;
                    continue;
                }

                if (IsDelayed(entry, request.NowMs) || (grants.Count > 0 && bytes + entry.Size > request.MaxBytes))
                    break;
                bytes += entry.Size;
                grants.Add(Hand(ref mailbox, at, request));
            }

            mailbox.Cursor = passedOver == 0 ? at : passedOver;
            return true;
        }
    }

    /// <summary>Takes a hand-out back that did not reach the receiver because its content could not be read. It is not counted.</summary>
    public void TakeBack(in Grant grant, long epoch)
    {
        lock (_gate)
        {
            if (!IsStill(grant.Entry, grant.Sequence))
                return;
            ref MailboxEntry entry = ref _entries[grant.Entry];
            if (!entry.Has(EntryStates.Leased) || entry.Has(EntryStates.Claimed) || entry.DeliveryCount != grant.DeliveryCount
                || _slots[entry.Mailbox].Epoch != epoch)
            {
                return;
            }

            Uncount(grant.Entry);
            if (!IsGone(grant.Entry))
                Wait(grant.Entry);
        }
    }

    /// <summary>Takes a hand-out back that did not reach its receiver. It is not counted.</summary>
    public void Return(long device, long epoch, LeaseId lease, long nowMs, ref List<Claim>? ends)
    {
        lock (_gate)
        {
            if (!TryGetHeld(device, epoch, out int slot) || !_holds.TryGetValue(new EntryKey(slot, lease.Sequence.Value), out Hold hold))
                return;
            ref MailboxEntry entry = ref _entries[hold.Entry];
            if (entry.Has(EntryStates.Claimed) || entry.DeliveryCount != lease.DeliveryCount)
                return;
            Uncount(hold.Entry);
            if (IsGone(hold.Entry))
                return;
            Wait(hold.Entry);
            if (DueEnd(entry, nowMs) is Outcome outcome)
                (ends ??= []).Add(ClaimEnd(hold.Entry, outcome));
        }
    }

    /// <summary>Claims a message that its sender takes back.</summary>
    public CancelStatus TryClaimCancelled(long device, long sequence, string? reason, out Claim claim)
    {
        claim = default;
        lock (_gate)
        {
            if (!_mailboxes.TryGetValue(device, out int slot))
                return CancelStatus.NotFound;
            int at = _slots[slot].Head;
            while (at != 0 && _entries[at].Sequence < sequence)
                at = _entries[at].Next;
            if (at == 0 || _entries[at].Sequence != sequence || _entries[at].Has(EntryStates.Offered))
                return CancelStatus.NotFound;
            if (!_entries[at].IsWaiting)
                return CancelStatus.InHand;
            claim = ClaimEnd(at, Outcome.Cancelled);
            claim.Reason = reason;
            return CancelStatus.Cancelled;
        }
    }

    /// <summary>Claims all messages of a mailbox that are in nobody's hands, in order, to cancel them. Notifications stay.</summary>
    public List<Claim> ClaimWaiting(long device, string? reason)
    {
        var claims = new List<Claim>();
        lock (_gate)
        {
            if (!_mailboxes.TryGetValue(device, out int slot))
                return claims;
            for (int at = _slots[slot].Head; at != 0; at = _entries[at].Next)
            {
                if (!_entries[at].IsWaiting || _entries[at].Has(EntryStates.Offered))
                    continue;
                Claim claim = ClaimEnd(at, Outcome.Cancelled);
                claim.Reason = reason;
                claims.Add(claim);
            }
        }

        return claims;
    }

    /// <summary>Claims a hand-out whose stored bytes are damaged, to end it.</summary>
    public bool TryClaimDamaged(in Grant grant, string reason, out Claim claim)
    {
        claim = default;
        lock (_gate)
        {
            if (!IsStill(grant.Entry, grant.Sequence) || _entries[grant.Entry].Has(EntryStates.Claimed))
                return false;
            claim = ClaimEnd(grant.Entry, Outcome.Undeliverable);
            claim.Reason = reason;
            claim.IsDamaged = true;
            return true;
        }
    }

    /// <summary>Claims what a settle names. A renewal is done at once, as nothing depends on its being undone.</summary>
    /// <param name="item">What to settle.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="claim">What was claimed; null when nothing is left to do.</param>
    public SettleStatus TryClaim(in SettleItem item, long nowMs, out Claim? claim)
    {
        claim = null;
        lock (_gate)
        {
            if (!TryGetHeld(item.Device.Value, item.Epoch.Value, out int slot))
                return SettleStatus.HeldByOther;
            if (!_holds.TryGetValue(new EntryKey(slot, item.Lease.Sequence.Value), out Hold hold))
                return SettleStatus.LeaseLapsed;
            ref MailboxEntry entry = ref _entries[hold.Entry];
            if (entry.Has(EntryStates.Claimed) || entry.DeliveryCount != item.Lease.DeliveryCount)
                return SettleStatus.LeaseLapsed;
            if (item.Verb == SettleVerb.Renew)
            {
                Hold(hold.Entry, Until(nowMs, item.LeaseDurationMs));
                return SettleStatus.Done;
            }

            Outcome? outcome = item.Verb switch
            {
                SettleVerb.Accept => Outcome.Accepted,
                SettleVerb.Reject => Outcome.Rejected,
                _ => DueEnd(entry, nowMs),
            };
            Claim claimed = ClaimEnd(hold.Entry, outcome ?? default);
            claimed.Action = outcome is not null ? ClaimAction.End : ClaimAction.GiveBack;
            claimed.Reason = item.Reason;
            claim = claimed;
            return SettleStatus.Done;
        }
    }

    /// <summary>Does what was claimed. For an end the commit has happened.</summary>
    /// <param name="claim">What to do.</param>
    /// <param name="nowMs">The time.</param>
    public void Finish(in Claim claim, long nowMs)
    {
        lock (_gate)
        {
            if (!IsStill(claim))
                return;
            ref MailboxEntry entry = ref _entries[claim.Entry];
            if (claim.Action == ClaimAction.End)
            {
                if (claim.IsOffered && claim.Ended && claim.Outcome != Outcome.Expired)
                    _notifications.Settled(claim.Sequence, claim.Device);
                Remove(claim.Entry);
                return;
            }

            if (IsGone(claim.Entry))
                return;
            entry.States &= ~(EntryStates.Claimed | EntryStates.Missed | EntryStates.HoldsUp);
            Wait(claim.Entry);
            if (_slots[entry.Mailbox].Epoch == claim.Epoch)
                PutBack(claim.Entry, nowMs);
        }
    }

    /// <summary>
    /// Lets a claimed entry be what it was, unless its session has gone meanwhile: then it waits. The next sweep tells of what a session
    /// has not been given for it.
    /// </summary>
    public void Undo(in Claim claim)
    {
        lock (_gate)
        {
            if (!IsStill(claim))
                return;
            ref MailboxEntry entry = ref _entries[claim.Entry];
            bool isMissed = entry.Has(EntryStates.Missed | EntryStates.Leased);
            bool isHeld = entry.Has(EntryStates.Leased) && _slots[entry.Mailbox].Epoch == claim.Epoch;
            if (!isHeld && IsGone(claim.Entry))
                return;
            entry.States &= ~(EntryStates.Claimed | EntryStates.Missed | EntryStates.HoldsUp);
            if (isHeld)
            {
                Hold(claim.Entry, _holds[entry.Key].UntilMs);
                return;
            }

            Wait(claim.Entry);
            if (isMissed && _slots[entry.Mailbox].Epoch != 0)
                _untold.Add((claim.Entry, claim.Sequence));
        }
    }

    private static long Until(long nowMs, long durationMs) => durationMs > long.MaxValue - nowMs ? long.MaxValue : nowMs + durationMs;

    private bool TryGetHeld(long device, long epoch, out int slot) =>
        _mailboxes.TryGetValue(device, out slot) && epoch != 0 && _slots[slot].Epoch == epoch;

    private static bool IsWished(in LeaseRequest request, in MailboxEntry entry) =>
        ((int)request.Kinds & (1 << (int)entry.Kind)) != 0
        && (request.Excluded is null || !request.Excluded.Contains(new Sequence(entry.Sequence)));

    private Outcome? DueEnd(in MailboxEntry entry, long nowMs) =>
        nowMs >= entry.ExpiresAtMs ? Outcome.Expired
        : entry.DeliveryCount >= _limits.MaxDeliveries ? Outcome.Undeliverable
        : null;

    private Grant Hand(ref MailboxSlot mailbox, int place, in LeaseRequest request)
    {
        ref MailboxEntry entry = ref _entries[place];
        entry.DeliveryCount++;
        entry.States |= EntryStates.Leased;
        if (entry.Has(EntryStates.Delayed))
            EndDelay(ref entry);
        CountLeased(ref mailbox, entry, 1);
        long until = Until(request.NowMs, request.LeaseDurationMs);
        Hold(place, until);
        NoteCount(place);
        bool isOffered = entry.Has(EntryStates.Offered);
        StoredContent? content = isOffered ? _notifications.Content(entry.Sequence) : _recent.Find(entry.Sequence);
        return new Grant(place, entry.Sequence, entry.ExpiresAtMs, entry.DeliveryCount, until, content, isOffered);
    }

    private void Uncount(int place)
    {
        _entries[place].DeliveryCount--;
        NoteCount(place);
    }

    private Claim ClaimEnd(int place, Outcome outcome)
    {
        ref MailboxEntry entry = ref _entries[place];
        entry.States |= EntryStates.Claimed | (outcome == Outcome.Cancelled ? EntryStates.HoldsUp : EntryStates.None);
        ref MailboxSlot mailbox = ref _slots[entry.Mailbox];
        return new Claim
        {
            Shard = this,
            Action = ClaimAction.End,
            Entry = place,
            Sequence = entry.Sequence,
            Device = mailbox.Device,
            Size = entry.Size,
            DeliveryCount = entry.DeliveryCount,
            Kind = entry.Kind,
            Flags = entry.Flags,
            Epoch = mailbox.Epoch,
            WasLeased = entry.Has(EntryStates.Leased),
            IsOffered = entry.Has(EntryStates.Offered),
            Outcome = outcome,
        };
    }

    /// <summary>
    /// Gives back what a session held that has ended. Only the first message counts as handed out: it may be the one that the receiver
    /// cannot bear, while those behind it were just in its window.
    /// </summary>
    private void GiveAllBack(int slot, long nowMs, ref List<Claim>? ends)
    {
        ref MailboxSlot mailbox = ref _slots[slot];
        bool isFirst = true;
        for (int at = mailbox.Head; at != 0 && mailbox.Leased + mailbox.OfferedLeased > 0; at = _entries[at].Next)
        {
            ref MailboxEntry entry = ref _entries[at];
            if (!entry.Has(EntryStates.Leased))
                continue;
            if (entry.Has(EntryStates.Claimed))
            {
                entry.States |= EntryStates.HoldsUp;
                BringCursorTo(at);
                continue;
            }

            if (!isFirst)
                Uncount(at);
            isFirst = false;
            Wait(at);
            if (DueEnd(entry, nowMs) is Outcome outcome)
                (ends ??= []).Add(ClaimEnd(at, outcome));
        }

        if (mailbox.Offered > 0)
            RemoveOffered(slot);
    }

    /// <summary>Has the next sweep tell of what waits behind an entry that has held it up, and goes.</summary>
    private void TellOfNext(in MailboxEntry entry)
    {
        if (!entry.Has(EntryStates.HoldsUp) || !entry.Has(EntryStates.Missed) || _slots[entry.Mailbox].Epoch == 0)
            return;
        int at = entry.Next;
        while (at != 0 && (!_entries[at].IsWaiting || _entries[at].Has(EntryStates.Early)))
            at = _entries[at].Next;
        if (at != 0)
            _untold.Add((at, _entries[at].Sequence));
    }

    /// <summary>Sets until when a leased entry is held.</summary>
    private void Hold(int place, long untilMs)
    {
        _holds[_entries[place].Key] = new Hold(place, untilMs);
        if (_lapses.WantsSift)
            _lapses.Sift(due => HoldOf(due) is not null);
        _lapses.Push(untilMs, place);
    }

    /// <summary>The hold that an instant of the heap is about; null when the instant has become pointless.</summary>
    private Hold? HoldOf(DueHeap.Due due)
    {
        ref MailboxEntry entry = ref _entries[due.Entry];
        return entry.Has(EntryStates.Leased) && _holds.TryGetValue(entry.Key, out Hold hold) && hold.UntilMs == due.AtMs ? hold : null;
    }

    /// <summary>Lets an entry wait, whatever it was before, and makes sure that it is found again.</summary>
    private void Wait(int place)
    {
        ref MailboxEntry entry = ref _entries[place];
        ref MailboxSlot mailbox = ref _slots[entry.Mailbox];
        if (entry.Has(EntryStates.Leased))
            DropHold(ref mailbox, ref entry);
        if (entry.Has(EntryStates.ExpiryPassed))
        {
            entry.States &= ~EntryStates.ExpiryPassed;
            PushExpiry(entry.ExpiresAtMs, place);
        }

        BringCursorTo(place);
    }

    private void BringCursorTo(int place)
    {
        ref MailboxEntry entry = ref _entries[place];
        ref MailboxSlot mailbox = ref _slots[entry.Mailbox];
        if (mailbox.Cursor == 0 || entry.Sequence < _entries[mailbox.Cursor].Sequence)
            mailbox.Cursor = place;
    }

    private void DropHold(ref MailboxSlot mailbox, ref MailboxEntry entry)
    {
        entry.States &= ~EntryStates.Leased;
        CountLeased(ref mailbox, entry, -1);
        _holds.Remove(entry.Key);
    }

    private void CountLeased(ref MailboxSlot mailbox, in MailboxEntry entry, int change)
    {
        if (entry.Has(EntryStates.Offered))
        {
            mailbox.OfferedLeased += change;
            return;
        }

        mailbox.Leased += change;
        _leased += change;
    }
}

/// <summary>A lease in memory.</summary>
internal readonly record struct Hold(int Entry, long UntilMs);
