using Restante.Core.Devices;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <content>
/// Messages that are not to be handed out yet: those whose time has not come, which hold up nobody, and those that were given back often,
/// which hold up what is behind them. Few messages are among them; the others cost nothing here.
/// </content>
internal sealed partial class MailboxShard
{
    private readonly DueHeap _starts = new();
    private readonly Dictionary<long, long> _notBefore = [];
    private readonly List<(int Place, long Sequence)> _untold = [];
    private readonly DueHeap _delays = new();
    private readonly Dictionary<EntryKey, Delay> _delayed = [];

    /// <summary>The sweep that told of a message has failed: the next one tells again.</summary>
    public void TellAgain(int place, long sequence)
    {
        lock (_gate)
            _untold.Add((place, sequence));
    }

    private void PutOff(int place, long notBeforeMs)
    {
        _entries[place].States |= EntryStates.Early;
        _notBefore.Add(_entries[place].Sequence, notBeforeMs);
        if (_starts.WantsSift)
            _starts.Sift(IsStartOf);
        _starts.Push(notBeforeMs, place);
    }

    /// <summary>Lets messages be handed out whose time has come; the next sweep tells their devices.</summary>
    private void StartDue(long nowMs)
    {
        while (_starts.TryPop(nowMs, out DueHeap.Due due))
        {
            if (IsStartOf(due))
                Start(due.Entry);
        }
    }

    private void Start(int place)
    {
        ref MailboxEntry entry = ref _entries[place];
        entry.States &= ~EntryStates.Early;
        _notBefore.Remove(entry.Sequence);
        _untold.Add((place, entry.Sequence));
        BringCursorTo(place);
    }

    /// <summary>Lets a message that was given back wait for a while, the longer the more often it has been handed out.</summary>
    private void PutBack(int place, long nowMs)
    {
        ref MailboxEntry entry = ref _entries[place];
        if (entry.DeliveryCount < 2 || _limits.RedeliveryDelayMs == 0)
            return;
        int doublings = Math.Min(entry.DeliveryCount - 2, 40);
        long longest = _limits.MaxRedeliveryDelayMs;
        long delay = _limits.RedeliveryDelayMs > longest >> doublings ? longest : _limits.RedeliveryDelayMs << doublings;
        if (delay == 0)
            return;
        entry.States |= EntryStates.Delayed;
        long until = Until(nowMs, delay);
        _delayed[entry.Key] = new Delay(until, _slots[entry.Mailbox].Epoch);
        if (_delays.WantsSift)
            _delays.Sift(IsDelayOf);
        _delays.Push(until, place);
    }

    /// <summary>True when an entry still has to wait since it was given back within the session that is open now.</summary>
    private long? DelayOf(in MailboxEntry entry) =>
        entry.Has(EntryStates.Delayed) && _delayed[entry.Key] is Delay delay && delay.Epoch == _slots[entry.Mailbox].Epoch
            ? delay.UntilMs
            : null;

    private bool IsDelayed(in MailboxEntry entry, long nowMs) => DelayOf(entry) > nowMs;

    private void TakeStarted(long nowMs, int max, DueWork work)
    {
        if (work.Count >= max)
            return; // What has expired is claimed first, so that nobody is told of it.
        while (work.Count < max && _starts.TryPop(nowMs, out DueHeap.Due due))
        {
            if (!IsStartOf(due))
                continue;
            Start(due.Entry);
            work.Started++;
        }

        while (work.Count < max && _delays.TryPop(nowMs, out DueHeap.Due due))
        {
            if (!IsDelayOf(due))
                continue;
            EndDelay(ref _entries[due.Entry]);
            _untold.Add((due.Entry, _entries[due.Entry].Sequence));
            work.Started++;
        }

        foreach ((int place, long sequence) in _untold)
        {
            ref MailboxEntry entry = ref _entries[place];
            if (entry.Sequence != sequence || !entry.IsWaiting)
                continue;
            work.WithMail.Add(new DeviceNumber(_slots[entry.Mailbox].Device));
            work.Told.Add((this, place, sequence));
        }

        _untold.Clear();
    }

    private void EndDelay(ref MailboxEntry entry)
    {
        entry.States &= ~EntryStates.Delayed;
        _delayed.Remove(entry.Key);
    }

    private bool IsStartOf(DueHeap.Due due)
    {
        ref MailboxEntry entry = ref _entries[due.Entry];
        return entry.Has(EntryStates.Early) && _notBefore[entry.Sequence] == due.AtMs;
    }

    private bool IsDelayOf(DueHeap.Due due)
    {
        ref MailboxEntry entry = ref _entries[due.Entry];
        return entry.Has(EntryStates.Delayed) && _delayed[entry.Key] is Delay delay && delay.UntilMs == due.AtMs
            && delay.Epoch == _slots[entry.Mailbox].Epoch;
    }

    private readonly record struct Delay(long UntilMs, long Epoch);
}
