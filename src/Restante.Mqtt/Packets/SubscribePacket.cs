using Restante.Mqtt.Codec;

namespace Restante.Mqtt.Packets;

/// <summary>A received SUBSCRIBE. A view, valid during the callback only. [MQTT 5 §3.8]</summary>
public readonly ref struct SubscribePacket
{
    internal ReadOnlySpan<byte> Payload { get; init; }

    public PacketId PacketId { get; internal init; }

    /// <summary>How many filters there are: at least one. The answer carries as many reason codes, in the same order.</summary>
    public int Count { get; internal init; }

    public MqttProperties Properties { get; internal init; }

    /// <summary>The subscription identifier, 1 to 268,435,455; null when absent.</summary>
    public uint? SubscriptionIdentifier => Properties.Number(MqttPropertyId.SubscriptionIdentifier);

    /// <summary>Walks the filters: foreach (SubscriptionRequest request in packet).</summary>
    public Enumerator GetEnumerator() => new(Payload);

    /// <summary>Walks the filters of a SUBSCRIBE.</summary>
    public ref struct Enumerator
    {
        private PacketReader _reader;

        internal Enumerator(ReadOnlySpan<byte> payload)
        {
            _reader = new PacketReader(payload);
            Current = default;
        }

        public SubscriptionRequest Current { get; private set; }

        public bool MoveNext()
        {
            if (_reader.IsAtEnd)
            {
                return false;
            }

            ReadOnlySpan<byte> filter = _reader.ReadBinary();
            Current = new SubscriptionRequest(filter, _reader.ReadByte());
            return true;
        }
    }
}
