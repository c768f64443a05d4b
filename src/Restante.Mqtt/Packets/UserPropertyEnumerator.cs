using Restante.Mqtt.Codec;

namespace Restante.Mqtt.Packets;

/// <summary>Walks the user properties of a packet in the order they were sent, without allocation.</summary>
public ref struct UserPropertyEnumerator
{
    private PropertyCursor _cursor;

    internal UserPropertyEnumerator(ReadOnlySpan<byte> properties)
    {
        _cursor = new PropertyCursor(properties);
    }

    public readonly UserPropertyView Current => new(_cursor.Bytes, _cursor.SecondBytes);

    public readonly UserPropertyEnumerator GetEnumerator() => this;

    public bool MoveNext()
    {
        while (_cursor.MoveNext())
        {
            if (_cursor.Id == MqttPropertyId.UserProperty)
            {
                return true;
            }
        }

        return false;
    }
}
