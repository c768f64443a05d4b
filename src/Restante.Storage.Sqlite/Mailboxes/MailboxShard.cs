using Restante.Core.Storage;
using Restante.Storage.Sqlite.Notifications;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>
/// A share of the mailboxes, in memory, under one lock that is never held over a read or write of the disk. Entries are added and removed
/// by the writer's thread only, after its commit; leases are given, taken back and renewed by any thread.
/// </summary>
internal sealed partial class MailboxShard
{
    private readonly MailboxLimits _limits;
    private readonly NotificationIndex _notifications;
    private readonly NumberSet _devices = new();
    private readonly int _shards;
    private readonly Dictionary<long, int> _mailboxes = [];
    private readonly Slab<MailboxSlot> _slots = new();
    private readonly Slab<MailboxEntry> _entries = new();
    private readonly RecentContents _recent;
    private readonly Lock _gate = new();
    private long _filled;
    private long _messages;
    private long _bytes;
    private long _leased;

    public MailboxShard(MailboxLimits limits, int shards, long recentBytes, NotificationIndex notifications)
    {
        _notifications = notifications;
        _limits = limits;
        _shards = shards;
        _recent = new RecentContents(recentBytes);
    }

    public MailboxTotals Totals
    {
        get
        {
            lock (_gate)
                return new MailboxTotals(_filled, _messages, _bytes, _leased);
        }
    }

    public long Devices
    {
        get
        {
            lock (_gate)
                return _devices.Count;
        }
    }

    public void AddDevice(long device)
    {
        lock (_gate)
            _devices.Add(device / _shards);
    }

    public bool HasDevice(long device)
    {
        lock (_gate)
            return _devices.Contains(device / _shards);
    }

    /// <summary>What a mailbox holds; false when there is no such device.</summary>
    public bool TryGetInfo(long device, out MailboxInfo info)
    {
        info = default;
        lock (_gate)
        {
            if (_mailboxes.TryGetValue(device, out int slot))
            {
                ref MailboxSlot mailbox = ref _slots[slot];
                info = new MailboxInfo(mailbox.Messages, mailbox.Bytes, mailbox.Leased);
                return true;
            }

            return _devices.Contains(device / _shards);
        }
    }

    /// <summary>Appends a message that has been committed. Sequences of a mailbox come in rising order.</summary>
    /// <param name="added">The message.</param>
    /// <param name="nowMs">The time; 0 at the start, when it is not known.</param>
    /// <param name="content">The message's content, to be kept at hand if a session holds the mailbox.</param>
    public void Append(in NewEntry added, long nowMs, StoredContent? content)
    {
        lock (_gate)
        {
            int slot = SlotOf(added.Device);
            ref MailboxSlot mailbox = ref _slots[slot];
            int place = _entries.Allocate();
            ref MailboxEntry entry = ref _entries[place];
            entry.Sequence = added.Sequence;
            entry.ExpiresAtMs = added.ExpiresAtMs;
            entry.Mailbox = slot;
            entry.Size = added.Size;
            entry.Previous = mailbox.Tail;
            entry.DeliveryCount = (ushort)Math.Min(added.StoredCount, ushort.MaxValue);
            entry.States = MailboxEntry.StatesOf(added.Kind, added.Flags)
                | (added.StoredCount > 0 ? EntryStates.CountStored : EntryStates.None);
            if (mailbox.Tail == 0)
                mailbox.Head = place;
            else
                _entries[mailbox.Tail].Next = place;
            mailbox.Tail = place;
            if (mailbox.Cursor == 0)
                mailbox.Cursor = place;
            _filled += mailbox.Messages++ == 0 ? 1 : 0;
            mailbox.Bytes += added.Size;
            _messages++;
            _bytes += added.Size;
            if (added.ExpiresAtMs != long.MaxValue)
                PushExpiry(added.ExpiresAtMs, place);
            if (added.NotBeforeMs > nowMs)
                PutOff(place, added.NotBeforeMs);
            if (added.ReplaceKey is not null)
                AddKey(place, added.Device, added.ReplaceKey);
            if (content is not null && mailbox.Epoch != 0)
                _recent.Add(added.Sequence, content);
        }
    }

    /// <summary>The messages of a mailbox after a place, in order, with what only the index knows.</summary>
    public List<Listed> List(long device, long after, int max)
    {
        var found = new List<Listed>();
        lock (_gate)
        {
            if (!_mailboxes.TryGetValue(device, out int slot))
                return found;
            for (int at = _slots[slot].Head; at != 0 && found.Count < max; at = _entries[at].Next)
            {
                ref MailboxEntry entry = ref _entries[at];
                if (entry.Sequence <= after)
                    continue;
                long? until = entry.Has(EntryStates.Leased) ? _holds[entry.Key].UntilMs : null;
                bool isOffered = entry.Has(EntryStates.Offered);
                found.Add(
                    new Listed(entry.Sequence, device, entry.Kind, entry.Flags, entry.DeliveryCount, until, DelayOf(entry), isOffered));
            }
        }

        return found;
    }

    /// <summary>Forgets a device that has been removed, with its mailbox and session.</summary>
    public void RemoveDevice(long device)
    {
        lock (_gate)
        {
            _devices.Remove(device / _shards);
            if (!_mailboxes.TryGetValue(device, out int slot))
                return;
            _slots[slot].Epoch = 0;
            while (_slots[slot].Head != 0)
                Remove(_slots[slot].Head, keepSlot: true);
            FreeIfUnused(slot);
        }
    }

    private int SlotOf(long device)
    {
        if (_mailboxes.TryGetValue(device, out int slot))
            return slot;
        slot = _slots.Allocate();
        _slots[slot].Device = device;
        _mailboxes.Add(device, slot);
        return slot;
    }

    private void FreeIfUnused(int slot)
    {
        ref MailboxSlot mailbox = ref _slots[slot];
        if (mailbox.Head != 0 || mailbox.Epoch != 0)
            return;
        _mailboxes.Remove(mailbox.Device);
        _slots.Free(slot);
    }

    private void Remove(int place, bool keepSlot = false)
    {
        ref MailboxEntry entry = ref _entries[place];
        int slot = entry.Mailbox;
        ref MailboxSlot mailbox = ref _slots[slot];
        TellOfNext(entry);
        if (entry.Previous == 0)
            mailbox.Head = entry.Next;
        else
            _entries[entry.Previous].Next = entry.Next;
        if (entry.Next == 0)
            mailbox.Tail = entry.Previous;
        else
            _entries[entry.Next].Previous = entry.Previous;
        if (mailbox.Cursor == place)
            mailbox.Cursor = entry.Next;
        if (entry.Has(EntryStates.Leased))
            DropHold(ref mailbox, ref entry);
        if (entry.Has(EntryStates.HasKey))
            RemoveKey(place, mailbox.Device);
        if (entry.Has(EntryStates.Early))
            _notBefore.Remove(entry.Sequence);
        if (entry.Has(EntryStates.Delayed))
            _delayed.Remove(entry.Key);
        if (entry.Has(EntryStates.Offered))
            mailbox.Offered--;
        else
            Discount(ref mailbox, entry);
        _entries.Free(place);
        if (!keepSlot)
            FreeIfUnused(slot);
    }

    private void Discount(ref MailboxSlot mailbox, in MailboxEntry entry)
    {
        mailbox.Messages--;
        mailbox.Bytes -= entry.Size;
        _filled -= mailbox.Messages == 0 ? 1 : 0;
        _messages--;
        _bytes -= entry.Size;
        _recent.Remove(entry.Sequence);
    }

    /// <summary>True when the place still holds the message with this sequence.</summary>
    private bool IsStill(int place, long sequence) => _entries[place].Sequence == sequence;

    // A notification stands in many mailboxes under the same sequence, and one of them may have taken the place of another.
    private bool IsStill(in Claim claim) =>
        IsStill(claim.Entry, claim.Sequence) && _slots[_entries[claim.Entry].Mailbox].Device == claim.Device;
}
