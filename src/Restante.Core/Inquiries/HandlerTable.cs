using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Signals;

namespace Restante.Core.Inquiries;

/// <summary>Which subjects are handled in this process and by whom, and the signals that tell their handlers of new inquiries.</summary>
/// <param name="maxSubjects">So many at the most.</param>
/// <param name="shares">How many of them each policy handles.</param>
/// <param name="linger">How long a handler that polls counts as attached after its poll.</param>
/// <param name="time">The clock.</param>
internal sealed class HandlerTable(int maxSubjects, PolicyShares shares, TimeSpan linger, TimeProvider time)
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

    /// <summary>One handler more; false when too many subjects are handled already, or the policy handles its share of them.</summary>
    public bool TryAttach(string subject, ServicePrincipal handler, out Signal added, out bool isShareTaken)
    {
        isShareTaken = false;
        string policy = handler.Name;
        lock (_gate)
        {
            bool isNew = !_subjects.TryGetValue(subject, out Entry? entry);
            entry ??= new Entry();
            added = entry.Added;
            if (isNew && _subjects.Count >= maxSubjects)
                return false;
            if (!entry.Handlers.TryGetValue(policy, out Handlers? handlers))
            {
                isShareTaken = !shares.TryTake(policy);
                if (isShareTaken)
                    return false;
                entry.Handlers.Add(policy, handlers = new Handlers { Newest = handler });
                _subjects.TryAdd(subject, entry);
            }

            handlers.Newest = handler;
            handlers.Attached++;
            return true;
        }
    }

    /// <summary>One handler less. One that will come again counts for a while longer.</summary>
    public void Detach(string subject, string policy, bool comesAgain)
    {
        lock (_gate)
        {
            if (!_subjects.TryGetValue(subject, out Entry? entry) || !entry.Handlers.TryGetValue(policy, out Handlers? handlers))
                return;
            handlers.Attached--;
            if (comesAgain)
                handlers.SeenAt = time.GetTimestamp();
            Forget(subject, entry);
        }
    }

    /// <summary>True when a handler of the subject is attached, or has polled lately.</summary>
    public bool IsHandled(string subject)
    {
        lock (_gate)
            return _subjects.TryGetValue(subject, out Entry? entry) && entry.Handlers.Values.Any(AreThere);
    }

    /// <summary>
    /// True when such a handler has the device in scope; without a device, when one has all of them.
    /// </summary>
    public bool IsHandled(string subject, DeviceRecord? device)
    {
        lock (_gate)
        {
            return _subjects.TryGetValue(subject, out Entry? entry)
                && entry.Handlers.Values.Any(h => AreThere(h) && (device is null ? h.Newest.ReachesAll : h.Newest.Reaches(device)));
        }
    }

    /// <summary>There may be inquiries of whatever subject for handlers that have not all devices in scope.</summary>
    public void PulseScoped()
    {
        Signal[] scoped;
        lock (_gate)
            scoped = [.. _subjects.Values.Where(e => e.Handlers.Values.Any(h => !h.Newest.ReachesAll)).Select(e => e.Added)];
        foreach (Signal added in scoped)
            added.Pulse();
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
                Forget(subject, entry);
        }
    }

    private void Forget(string subject, Entry entry)
    {
        foreach ((string policy, Handlers handlers) in entry.Handlers)
        {
            if (AreThere(handlers))
                continue;
            entry.Handlers.Remove(policy);
            shares.Return(policy);
        }

        if (entry.Handlers.Count == 0)
            _subjects.Remove(subject);
    }

    private bool AreThere(Handlers handlers) =>
        handlers.Attached > 0 || (handlers.SeenAt is long seen && time.GetElapsedTime(seen) < linger);

    /// <summary>A subject with the policies that handle it.</summary>
    private sealed class Entry
    {
        public Signal Added { get; } = new();

        public Dictionary<string, Handlers> Handlers { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>The handlers that a policy has of a subject.</summary>
    private sealed class Handlers
    {
        /// <summary>The one that came last; all of a policy have its scope.</summary>
        public required ServicePrincipal Newest { get; set; }

        public int Attached { get; set; }

        public long? SeenAt { get; set; }
    }
}
