using Restante.Mqtt.Codec;

namespace Restante.Mqtt.Packets;

/// <summary>A received UNSUBSCRIBE. A view, valid during the callback only. [MQTT 5 §3.10]</summary>
public readonly ref struct UnsubscribePacket
{
    internal ReadOnlySpan<byte> Payload { get; init; }

    public PacketId PacketId { get; internal init; }

    /// <summary>How many filters there are: at least one. The answer carries as many reason codes, in the same order.</summary>
    public int Count { get; internal init; }

    public MqttProperties Properties { get; internal init; }

    /// <summary>Walks the filters: foreach (ReadOnlySpan&lt;byte&gt; filter in packet).</summary>
    public Enumerator GetEnumerator() => new(Payload);

    /// <summary>Walks the filters of an UNSUBSCRIBE.</summary>
    public ref struct Enumerator
    {
        private PacketReader _reader;

        internal Enumerator(ReadOnlySpan<byte> payload)
        {
            _reader = new PacketReader(payload);
            Current = default;
        }

        public ReadOnlySpan<byte> Current { get; private set; }

        public bool MoveNext()
        {
            if (_reader.IsAtEnd)
            {
                return false;
            }

            Current = _reader.ReadBinary();
            return true;
        }
    }
}
