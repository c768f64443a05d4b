using Restante.Core.Mailboxes;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// The deliveries of one connection; at most <see cref="MqttHeadOptions.MaxInFlight"/>, so they are searched in a line. Costs nothing while
/// empty.
/// </summary>
internal struct DeliveryTable
{
    private const int SmallCapacity = 4;

    private Delivery[]? _items;

    public int Count { get; private set; }

    public readonly Span<Delivery> Items => _items.AsSpan(0, Count);

    public readonly int Find(PacketId id)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_items![i].PacketId == id)
                return i;
        }

        return -1;
    }

    public readonly int Find(LeaseId lease)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_items![i].Lease == lease)
                return i;
        }

        return -1;
    }

    /// <summary>Whether one of them has a place among what the peer may hold unacknowledged.</summary>
    public readonly bool HoldsPlace()
    {
        foreach (ref readonly Delivery delivery in Items)
        {
            if (!delivery.PacketId.IsNone)
                return true;
        }

        return false;
    }

    public void Add(in Delivery delivery)
    {
        _items ??= new Delivery[SmallCapacity];
        if (Count == _items.Length)
            Array.Resize(ref _items, Count * 2);
        _items[Count++] = delivery;
    }

    public void RemoveAt(int index)
    {
        Count--;
        _items![index] = _items[Count];
        _items[Count] = default;
        if (Count == 0)
            _items = null;
    }
}
