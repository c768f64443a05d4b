using System.Text;
using Restante.Mqtt.Codec;

namespace Restante.Mqtt.Packets;

/// <summary>
/// The validated property block of a received packet. A view of the packet's bytes, valid during the callback only;
/// values are found by scanning, and only when the property is known to be there. Empty for MQTT 3.1.1.
/// </summary>
public readonly ref struct MqttProperties
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly ulong _present;

    internal MqttProperties(ReadOnlySpan<byte> bytes, ulong present)
    {
        _bytes = bytes;
        _present = present;
    }

    /// <summary>Whether the packet carried no property at all.</summary>
    public bool IsEmpty => _present == 0;

    /// <summary>The properties as they stood on the wire, without their length.</summary>
    public ReadOnlySpan<byte> Encoded => _bytes;

    /// <summary>The user properties, in the order they were sent. Use in a foreach.</summary>
    public UserPropertyEnumerator UserProperties =>
        new(Contains(MqttPropertyId.UserProperty) ? _bytes : default);

    /// <summary>The subscription identifiers. Use in a foreach.</summary>
    public SubscriptionIdentifierEnumerator SubscriptionIdentifiers =>
        new(Contains(MqttPropertyId.SubscriptionIdentifier) ? _bytes : default);

    /// <summary>Whether the packet carried this property.</summary>
    public bool Contains(MqttPropertyId id) => (_present & (1UL << (int)id)) != 0;

    /// <summary>The value of a numeric property of any width, or null when it is absent.</summary>
    public uint? Number(MqttPropertyId id)
    {
        PropertyCursor cursor = new(_bytes);
        return Find(ref cursor, id) ? cursor.Number : null;
    }

    /// <summary>The value of a yes/no property, or the given default when it is absent.</summary>
    public bool Flag(MqttPropertyId id, bool absent)
    {
        uint? number = Number(id);
        return number is null ? absent : number != 0;
    }

    /// <summary>The bytes of a text or binary property; empty when it is absent (see <see cref="Contains"/>).</summary>
    public ReadOnlySpan<byte> Bytes(MqttPropertyId id)
    {
        PropertyCursor cursor = new(_bytes);
        return Find(ref cursor, id) ? cursor.Bytes : default;
    }

    /// <summary>The value of a text property as a new string, or null when it is absent.</summary>
    public string? Text(MqttPropertyId id) => Contains(id) ? Encoding.UTF8.GetString(Bytes(id)) : null;

    /// <summary>Copies the user properties into an array; an empty array when there are none.</summary>
    public MqttUserProperty[] CopyUserProperties()
    {
        if (!Contains(MqttPropertyId.UserProperty))
        {
            return [];
        }

        List<MqttUserProperty> list = [];
        foreach (UserPropertyView property in UserProperties)
        {
            list.Add(property.ToUserProperty());
        }

        return [.. list];
    }

    private bool Find(ref PropertyCursor cursor, MqttPropertyId id)
    {
        if (!Contains(id))
        {
            return false;
        }

        while (cursor.MoveNext())
        {
            if (cursor.Id == id)
            {
                return true;
            }
        }

        return false;
    }
}
