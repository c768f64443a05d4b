using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Restante.Amqp.Types;

/// <summary>A map that keeps the order of its entries. Look-ups are linear: maps on the wire are short. [AMQP 1.6.23]</summary>
[SuppressMessage("Naming", "CA1710", Justification = "The name of the type in the specification.")]
public sealed class AmqpMap : IReadOnlyCollection<KeyValuePair<object, object?>>
{
    private readonly List<KeyValuePair<object, object?>> _entries;

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
                _entries.Add(new(key, value));
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

    public bool Remove(object key)
    {
        int index = IndexOf(key);
        if (index >= 0)
            _entries.RemoveAt(index);
        return index >= 0;
    }

    public IEnumerator<KeyValuePair<object, object?>> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _entries.GetEnumerator();

    internal void AppendUnchecked(object key, object? value) => _entries.Add(new(key, value));

    private int IndexOf(object key)
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].Key.Equals(key))
                return i;
        }

        return -1;
    }
}
