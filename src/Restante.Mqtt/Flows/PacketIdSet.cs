using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Flows;

/// <summary>A few packet identifiers in the order they were added. Takes no memory until the first one.</summary>
internal struct PacketIdSet
{
    private const int SmallCapacity = 4;

    private ushort[]? _ids;

    public int Count { get; private set; }

    public readonly ReadOnlySpan<ushort> Ids => _ids.AsSpan(0, Count);

    public readonly bool Contains(PacketId id) => Ids.Contains(id.Value);

    public void Add(PacketId id)
    {
        if (_ids is null)
        {
            _ids = new ushort[SmallCapacity];
        }
        else if (Count == _ids.Length)
        {
            Array.Resize(ref _ids, Count * 2);
        }

        _ids[Count++] = id.Value;
    }

    public bool Remove(PacketId id)
    {
        int index = Ids.IndexOf(id.Value);
        if (index < 0)
        {
            return false;
        }

        Count--;
        _ids.AsSpan(index + 1, Count - index).CopyTo(_ids.AsSpan(index));
        return true;
    }

    /// <summary>Takes over identifiers; 0 and repetitions are left out.</summary>
    public void Restore(ReadOnlySpan<ushort> ids)
    {
        foreach (ushort id in ids)
        {
            if (id != 0 && !Ids.Contains(id))
            {
                Add(new PacketId(id));
            }
        }
    }
}
