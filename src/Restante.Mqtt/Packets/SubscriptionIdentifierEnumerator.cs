using Restante.Mqtt.Codec;

namespace Restante.Mqtt.Packets;

/// <summary>Walks the subscription identifiers of a packet, without allocation. [MQTT 5 §3.3.2.3.8]</summary>
public ref struct SubscriptionIdentifierEnumerator
{
    private PropertyCursor _cursor;

    internal SubscriptionIdentifierEnumerator(ReadOnlySpan<byte> properties)
    {
        _cursor = new PropertyCursor(properties);
    }

    public readonly uint Current => _cursor.Number;

    public readonly SubscriptionIdentifierEnumerator GetEnumerator() => this;

    public bool MoveNext()
    {
        while (_cursor.MoveNext())
        {
            if (_cursor.Id == MqttPropertyId.SubscriptionIdentifier)
            {
                return true;
            }
        }

        return false;
    }
}
