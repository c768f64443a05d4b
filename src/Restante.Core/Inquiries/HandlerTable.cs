using Restante.Core.Signals;

namespace Restante.Core.Inquiries;

/// <summary>Which subjects are handled in this process, and the signals that tell their handlers of new inquiries.</summary>
/// <param name="maxSubjects">So many at the most.</param>
/// <param name="linger">How long a handler that polls counts as attached after its poll.</param>
/// <param name="time">The clock.</param>
internal sealed class HandlerTable(int maxSubjects, TimeSpan linger, TimeProvider time)
{
    private readonly Dictionary<string, Entry> _subjects = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>How many subjects are handled.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _subjects.Count;
        }
    }

    /// <summary>One handler more; false when too many subjects are handled already.</summary>
    public bool TryAttach(string subject, out Signal added)
    {
        lock (_gate)
        {
            if (!_subjects.TryGetValue(subject, out Entry? entry))
            {
                added = new Signal();
                if (_subjects.Count >= maxSubjects)
                    return false;
                _subjects.Add(subject, entry = new Entry(added));
            }

            entry.Attached++;
            added = entry.Added;
            return true;
        }
    }

    /// <summary>One handler less. One that will come again counts for a while longer.</summary>
    public void Detach(string subject, bool comesAgain)
    {
        lock (_gate)
        {
            if (!_subjects.TryGetValue(subject, out Entry? entry))
                return;
            entry.Attached--;
            if (comesAgain)
                entry.SeenAt = time.GetTimestamp();
            if (!IsHandled(entry))
                _subjects.Remove(subject);
        }
    }

    /// <summary>True when a handler of the subject is attached, or has polled lately.</summary>
    public bool IsHandled(string subject)
    {
        lock (_gate)
            return _subjects.TryGetValue(subject, out Entry? entry) && IsHandled(entry);
    }

    /// <summary>There are inquiries of the subject.</summary>
    public void Pulse(string subject)
    {
        Signal? added;
        lock (_gate)
            added = _subjects.TryGetValue(subject, out Entry? entry) ? entry.Added : null;
        added?.Pulse();
    }

    /// <summary>Forgets the subjects whose handlers have not come again.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            foreach ((string subject, Entry entry) in _subjects)
            {
                if (!IsHandled(entry))
                    _subjects.Remove(subject);
            }
        }
    }

    private bool IsHandled(Entry entry) => entry.Attached > 0 || (entry.SeenAt is long seen && time.GetElapsedTime(seen) < linger);

    private sealed class Entry(Signal added)
    {
        public Signal Added { get; } = added;

        public int Attached { get; set; }

        public long? SeenAt { get; set; }
    }
}
