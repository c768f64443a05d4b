using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Flows;

/// <summary>SUBSCRIBE and UNSUBSCRIBE packets without an answer: the peer's on a server, our own on a client.</summary>
internal sealed class PendingRequests
{
    private Request[] _requests = new Request[2];

    public int Count { get; private set; }

    public bool Contains(PacketId id) => Find(id) >= 0;

    public void Add(PacketId id, MqttPacketType type, int filters)
    {
        if (Count == _requests.Length)
        {
            Array.Resize(ref _requests, Count * 2);
        }

        _requests[Count++] = new Request(id, type, (ushort)filters);
    }

    /// <summary>The number of filters in a pending request of this type; 0 when there is none.</summary>
    public int FiltersOf(PacketId id, MqttPacketType type)
    {
        int index = Find(id);
        return index >= 0 && _requests[index].Type == type ? _requests[index].Filters : 0;
    }

    public void Remove(PacketId id)
    {
        int index = Find(id);
        if (index >= 0)
        {
            _requests[index] = _requests[--Count];
        }
    }

    private int Find(PacketId id)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_requests[i].PacketId == id)
            {
                return i;
            }
        }

        return -1;
    }

    private readonly record struct Request(PacketId PacketId, MqttPacketType Type, ushort Filters);
}
