using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Restante.Amqp.Types;

/// <summary>A map that keeps the order of its entries. Look-ups are linear in a short map, as most on the wire are; a long one has an
/// index of its keys. [AMQP 1.6.23]</summary>
[SuppressMessage("Naming", "CA1710", Justification = "The name of the type in the specification.")]
public sealed class AmqpMap : IReadOnlyCollection<KeyValuePair<object, object?>>
{
    private const int IndexedFrom = 17;

    private readonly List<KeyValuePair<object, object?>> _entries;

    // The places of all keys; null until the first look-up in a long map, and after a removal.
    private Dictionary<object, int>? _index;

    public AmqpMap() => _entries = [];

    internal AmqpMap(int capacity) => _entries = new List<KeyValuePair<object, object?>>(capacity);

    public int Count => _entries.Count;

    /// <summary>The value under a key, or null; setting replaces or appends.</summary>
    public object? this[object key]
    {
        get => TryGetValue(key, out object? value) ? value : null;
        set
        {
            int index = IndexOf(key);
            if (index < 0)
                Append(key, value);
            else
                _entries[index] = new(key, value);
        }
    }

    public bool TryGetValue(object key, out object? value)
    {
        int index = IndexOf(key);
        value = index < 0 ? null : _entries[index].Value;
        return index >= 0;
    }

    /// <summary>The value under a name, whether the key is a string or a symbol.</summary>
    public bool TryGetNamed(string name, out object? value)
    {
        foreach (KeyValuePair<object, object?> entry in _entries)
        {
            if ((entry.Key is Symbol symbol && symbol.Value == name) || (entry.Key is string text && text == name))
            {
                value = entry.Value;
                return true;
            }
        }

        value = null;
        return false;
    }

    /// <summary>Adds an entry for the collection initialiser; an existing key is replaced.</summary>
    public void Add(object key, object? value) => this[key] = value;

    /// <summary>Adds an entry with a symbol as the key.</summary>
    public void AddSymbol(string key, object? value) => this[new Symbol(key)] = value;

    /// <summary>Takes an entry out. It costs a pass over the map: those behind it move up.</summary>
    public bool Remove(object key)
    {
        int index = IndexOf(key);
        if (index < 0)
            return false;
        _entries.RemoveAt(index);
        _index = null;
        return true;
    }

    public IEnumerator<KeyValuePair<object, object?>> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _entries.GetEnumerator();

    /// <summary>Adds an entry; false where the key is there.</summary>
    internal bool TryAppend(object key, object? value)
    {
        if (IndexOf(key) >= 0)
            return false;
        Append(key, value);
        return true;
    }

    private void Append(object key, object? value)
    {
        _index?.Add(key, _entries.Count);
        _entries.Add(new(key, value));
    }

    private int IndexOf(object key)
    {
        if (_entries.Count >= IndexedFrom)
            return (_index ??= MakeIndex()).TryGetValue(key, out int index) ? index : -1;
        for (int i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].Key.Equals(key))
                return i;
        }

        return -1;
    }

    private Dictionary<object, int> MakeIndex()
    {
        var index = new Dictionary<object, int>(_entries.Count, KeyComparer.Instance);
        for (int i = 0; i < _entries.Count; i++)
            index.Add(_entries[i].Key, i);
        return index;
    }
}
