using System.Runtime.InteropServices;
using Restante.Storage.Sqlite.Mailboxes;

namespace Restante.Storage.Sqlite.Notifications;

/// <summary>
/// The active notifications in memory: a bit for each device that has settled one, and a number for each device that was handed one in a
/// session that has ended since. A lock of a mailbox share is taken before this one, never after it.
/// </summary>
internal sealed class NotificationIndex(long recentBytes)
{
    private readonly Dictionary<long, Active> _active = [];
    private readonly Dictionary<string, int> _senders = new(StringComparer.Ordinal);
    private readonly RecentContents _contents = new(recentBytes);
    private readonly Dictionary<(long Notification, long Device), int> _unwritten = [];
    private readonly Lock _gate = new();
    private long _latest;

    /// <summary>The latest that was published since the store was opened; set by the writer before anything behind it is seen.</summary>
    public long Latest
    {
        get => Volatile.Read(ref _latest);
        set => Volatile.Write(ref _latest, value);
    }

    public int Count
    {
        get
        {
            lock (_gate)
                return _active.Count;
        }
    }

    public bool HasUnwrittenCounts
    {
        get
        {
            lock (_gate)
                return _unwritten.Count > 0;
        }
    }

    /// <summary>How many are of this sender.</summary>
    public int CountOf(string sender)
    {
        lock (_gate)
            return _senders.GetValueOrDefault(sender);
    }

    /// <summary>Enters a notification that has been committed.</summary>
    public void Add(long sequence, long expiresAtMs, int size, string sender, StoredContent? content)
    {
        lock (_gate)
        {
            _active.Add(sequence, new Active(expiresAtMs, size, sender));
            _senders[sender] = _senders.GetValueOrDefault(sender) + 1;
            if (content is not null)
                _contents.Add(sequence, content);
        }
    }

    /// <summary>Forgets a notification that nobody gets any more.</summary>
    public void Remove(long sequence)
    {
        lock (_gate)
        {
            if (_active.Remove(sequence, out Active? one))
            {
                foreach (long device in one.Counts.Keys)
                    _unwritten.Remove((sequence, device));
                if (--_senders[one.Sender] == 0)
                    _senders.Remove(one.Sender);
            }
        }
    }

    /// <summary>Looks whether a device may get a notification.</summary>
    /// <param name="sequence">Which.</param>
    /// <param name="device">Who.</param>
    /// <param name="offer">What it would get.</param>
    /// <returns>False when it is not active, or the device has settled it.</returns>
    public bool IsFor(long sequence, long device, out Offer offer)
    {
        offer = default;
        lock (_gate)
        {
            if (!_active.TryGetValue(sequence, out Active? one) || one.Settled.Contains(device))
                return false;
            offer = new Offer(one.ExpiresAtMs, one.Size, one.Counts.GetValueOrDefault(device));
            return true;
        }
    }

    /// <summary>A device has settled a notification, durably.</summary>
    public void Settled(long sequence, long device)
    {
        lock (_gate)
        {
            if (!_active.TryGetValue(sequence, out Active? one))
                return;
            one.Settled.Add(device);
            one.Counts.Remove(device);
            _unwritten.Remove((sequence, device));
        }
    }

    /// <summary>A session that was handed a notification has ended; the next commit writes how often that was.</summary>
    public void KeepCount(long sequence, long device, int count)
    {
        lock (_gate)
        {
            if (!_active.TryGetValue(sequence, out Active? one) || one.Settled.Contains(device))
                return;
            ref int kept = ref CollectionsMarshal.GetValueRefOrAddDefault(one.Counts, device, out _);
            if (kept == count)
                return;
            kept = count;
            _unwritten[(sequence, device)] = count;
        }
    }

    /// <summary>Enters what the database holds of a device.</summary>
    public void Load(long sequence, long device, bool isSettled, int count)
    {
        lock (_gate)
        {
            if (!_active.TryGetValue(sequence, out Active? one))
                return;
            if (isSettled)
                one.Settled.Add(device);
            else
                one.Counts[device] = count;
        }
    }

    /// <summary>Takes the counts out that are to be written.</summary>
    public void TakeCounts(List<UnwrittenCount> taken)
    {
        lock (_gate)
        {
            foreach (((long notification, long device), int count) in _unwritten)
                taken.Add(new UnwrittenCount(notification, device, count));
            _unwritten.Clear();
        }
    }

    /// <summary>Puts counts back that could not be written, unless there are newer ones.</summary>
    public void PutBack(List<UnwrittenCount> counts)
    {
        lock (_gate)
        {
            foreach (UnwrittenCount one in counts)
            {
                if (_active.TryGetValue(one.Notification, out Active? active) && active.Counts.ContainsKey(one.Device))
                    _unwritten.TryAdd((one.Notification, one.Device), one.Count);
            }
        }
    }

    /// <summary>The notifications whose time has passed, in order.</summary>
    public List<long> Due(long nowMs, int max)
    {
        lock (_gate)
            return [.. _active.Where(a => a.Value.ExpiresAtMs <= nowMs).Select(a => a.Key).Order().Take(max)];
    }

    /// <summary>The content of a notification, if it is at hand.</summary>
    public StoredContent? Content(long sequence)
    {
        lock (_gate)
            return _contents.Find(sequence);
    }

    /// <summary>Keeps a content at hand that was read.</summary>
    public void KeepContent(long sequence, StoredContent content)
    {
        lock (_gate)
        {
            if (_contents.Find(sequence) is null)
                _contents.Add(sequence, content);
        }
    }

    private sealed record Active(long ExpiresAtMs, int Size, string Sender)
    {
        public NumberSet Settled { get; } = new();

        public Dictionary<long, int> Counts { get; } = [];
    }
}

/// <summary>A notification as it is put into a mailbox.</summary>
internal readonly record struct Offer(long ExpiresAtMs, int Size, int DeliveryCount);

/// <summary>How often a device was handed a notification, on its way to the database.</summary>
internal readonly record struct UnwrittenCount(long Notification, long Device, int Count);
