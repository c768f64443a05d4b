using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Flows;

/// <summary>
/// Identifiers whose answers leave in the order the identifiers came, whatever the order in which the answers become known.
/// [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT-4.6.0-4]
/// </summary>
internal struct AcknowledgementQueue
{
    private const int SmallCapacity = 4;

    private Entry[]? _entries;
    private int _head;

    public int Count { get; private set; }

    public readonly bool Contains(PacketId id) => Find(id) >= 0;

    public void Enqueue(PacketId id)
    {
        if (_entries is null)
        {
            _entries = new Entry[SmallCapacity];
        }
        else if (Count == _entries.Length)
        {
            Grow();
        }

        _entries[Slot(Count)] = new Entry(id, false, default, null);
        Count++;
    }

    /// <summary>Notes the answer for an identifier; false when it is not here or answered already.</summary>
    public readonly bool Complete(PacketId id, MqttReasonCode code, string? reasonString)
    {
        int slot = Find(id);
        if (slot < 0 || _entries![slot].IsComplete)
        {
            return false;
        }

        _entries[slot] = new Entry(id, true, code, reasonString);
        return true;
    }

    /// <summary>Takes the oldest entry if its answer is known.</summary>
    public bool TryDequeue(out Entry entry)
    {
        if (Count == 0 || !_entries![_head].IsComplete)
        {
            entry = default;
            return false;
        }

        entry = _entries[_head];
        _entries[_head] = default;
        _head = Slot(1);
        Count--;
        return true;
    }

    /// <summary>Writes all identifiers, oldest first.</summary>
    public readonly void CopyIds(List<ushort> target)
    {
        for (int i = 0; i < Count; i++)
        {
            target.Add(_entries![Slot(i)].PacketId.Value);
        }
    }

    /// <summary>Writes the identifiers that wait in the queue with an answer of success.</summary>
    public readonly void CopyAcceptedIds(List<ushort> target)
    {
        for (int i = 0; i < Count; i++)
        {
            ref readonly Entry entry = ref _entries![Slot(i)];
            if (entry.IsComplete && entry.Code < MqttReasonCode.UnspecifiedError)
            {
                target.Add(entry.PacketId.Value);
            }
        }
    }

    private readonly int Slot(int offset) => (_head + offset) & (_entries!.Length - 1);

    private readonly int Find(PacketId id)
    {
        for (int i = 0; i < Count; i++)
        {
            int slot = Slot(i);
            if (_entries![slot].PacketId == id)
            {
                return slot;
            }
        }

        return -1;
    }

    private void Grow()
    {
        Entry[] larger = new Entry[_entries!.Length * 2];
        for (int i = 0; i < Count; i++)
        {
            larger[i] = _entries[Slot(i)];
        }

        _entries = larger;
        _head = 0;
    }

    /// <summary>One identifier and, once known, its answer.</summary>
    public readonly record struct Entry(PacketId PacketId, bool IsComplete, MqttReasonCode Code, string? ReasonString);
}
