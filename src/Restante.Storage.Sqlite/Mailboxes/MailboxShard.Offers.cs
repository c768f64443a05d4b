using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Storage.Sqlite.Notifications;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <content>
/// Notifications in mailboxes that are held. Each is an entry in its place whose end writes how the device settled it, and that leaves with
/// the session. Any thread adds and removes them; they count for no limit.
/// </content>
internal sealed partial class MailboxShard
{
    /// <summary>Puts notifications into a mailbox that is held by this session. Returns how many were put in.</summary>
    public int Offer(long device, long epoch, ReadOnlySpan<Sequence> notifications)
    {
        int offered = 0;
        lock (_gate)
        {
            if (!TryGetHeld(device, epoch, out int slot))
                return 0;
            foreach (Sequence notification in notifications)
            {
                if (_notifications.IsFor(notification.Value, device, out Offer offer) && Offer(slot, notification.Value, offer))
                    offered++;
            }
        }

        return offered;
    }

    /// <summary>Takes notifications out of a mailbox; one that is leased goes when it is given back.</summary>
    public void Withdraw(long device, ReadOnlySpan<Sequence> notifications)
    {
        lock (_gate)
        {
            if (!_mailboxes.TryGetValue(device, out int slot))
                return;
            foreach (Sequence notification in notifications)
                TakeOut(slot, notification.Value);
        }
    }

    /// <summary>Takes a notification out of all mailboxes; where it is leased it goes when it is given back.</summary>
    public void TakeOut(long notification)
    {
        lock (_gate)
        {
            foreach (int slot in _mailboxes.Values.Where(s => _slots[s].Offered > 0).ToList())
                TakeOut(slot, notification);
        }
    }

    /// <summary>Keeps the content of a notification at hand: other mailboxes will want it.</summary>
    public void KeepContent(long notification, StoredContent content) => _notifications.KeepContent(notification, content);

    private bool Offer(int slot, long sequence, Offer offer)
    {
        ref MailboxSlot mailbox = ref _slots[slot];
        int before = mailbox.Tail;
        while (before != 0 && _entries[before].Sequence > sequence)
            before = _entries[before].Previous;
        if (before != 0 && _entries[before].Sequence == sequence)
        {
            // It stands there, perhaps in hands, perhaps withdrawn a moment ago.
            _entries[before].States &= ~EntryStates.Withdrawn;
            return false;
        }

        int place = _entries.Allocate();
        ref MailboxEntry entry = ref _entries[place];
        entry.Sequence = sequence;
        entry.ExpiresAtMs = offer.ExpiresAtMs;
        entry.Mailbox = slot;
        entry.Size = offer.Size;
        entry.DeliveryCount = (ushort)Math.Min(offer.DeliveryCount, ushort.MaxValue);
        entry.States = MailboxEntry.StatesOf(MessageKind.Notification, MessageFlags.None) | EntryStates.Offered;
        entry.Previous = before;
        entry.Next = before == 0 ? mailbox.Head : _entries[before].Next;
        if (before == 0)
            mailbox.Head = place;
        else
            _entries[before].Next = place;
        if (entry.Next == 0)
            mailbox.Tail = place;
        else
            _entries[entry.Next].Previous = place;
        mailbox.Offered++;
        BringCursorTo(place);
        return true;
    }

    private void TakeOut(int slot, long sequence)
    {
        int at = _slots[slot].Tail;
        while (at != 0 && _entries[at].Sequence > sequence)
            at = _entries[at].Previous;
        if (at == 0 || _entries[at].Sequence != sequence || !_entries[at].Has(EntryStates.Offered))
            return;
        _entries[at].States |= EntryStates.Withdrawn;
        if (_entries[at].IsWaiting)
            IsGone(at);
    }

    /// <summary>Removes an entry that must not wait again: a notification that was withdrawn, or whose session has gone.</summary>
    private bool IsGone(int place)
    {
        ref MailboxEntry entry = ref _entries[place];
        if (!entry.Has(EntryStates.Offered) || (!entry.Has(EntryStates.Withdrawn) && _slots[entry.Mailbox].Epoch != 0))
            return false;
        KeepCount(entry);
        Remove(place);
        return true;
    }

    /// <summary>Removes the notifications of a session that has ended, but for those that a call has claimed.</summary>
    private void RemoveOffered(int slot)
    {
        for (int at = _slots[slot].Head; at != 0 && _slots[slot].Offered > 0;)
        {
            int next = _entries[at].Next;
            ref MailboxEntry entry = ref _entries[at];
            if (entry.Has(EntryStates.Offered) && !entry.Has(EntryStates.Claimed))
            {
                KeepCount(entry);
                Remove(at, keepSlot: true);
            }

            at = next;
        }
    }

    private void KeepCount(in MailboxEntry entry) =>
        _notifications.KeepCount(entry.Sequence, _slots[entry.Mailbox].Device, entry.DeliveryCount);
}
