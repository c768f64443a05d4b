namespace Restante.Core.Signals;

/// <summary>A signal for each key that somebody looks at, and nothing for the others.</summary>
internal sealed class SignalTable<TKey>
    where TKey : notnull
{
    private readonly Dictionary<TKey, Entry> _entries = [];
    private readonly Lock _gate = new();

    /// <summary>For how many keys there is a signal.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    /// <summary>The signal of a key, kept until what is returned is disposed.</summary>
    public SignalHold Hold(TKey key)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out Entry? entry))
                _entries.Add(key, entry = new Entry());
            entry.Holds++;
            return new SignalHold(entry.Signal, () => Leave(key, entry));
        }
    }

    /// <summary>There is news of a key.</summary>
    public void Pulse(TKey key)
    {
        Entry? entry;
        lock (_gate)
            _entries.TryGetValue(key, out entry);
        entry?.Signal.Pulse();
    }

    /// <summary>There may be news of every key.</summary>
    public void PulseAll()
    {
        Entry[] all;
        lock (_gate)
            all = [.. _entries.Values];
        foreach (Entry entry in all)
            entry.Signal.Pulse();
    }

    private void Leave(TKey key, Entry entry)
    {
        lock (_gate)
        {
            if (--entry.Holds == 0)
                _entries.Remove(key);
        }
    }

    private sealed class Entry
    {
        public Signal Signal { get; } = new();

        public int Holds { get; set; }
    }
}
