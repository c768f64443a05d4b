using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>SUBSCRIBE as written. [MQTT 5 §3.8]</summary>
internal readonly ref struct OutgoingSubscribe(
    MqttVersion version, PacketId packetId, ReadOnlySpan<MqttSubscription> subscriptions, uint? identifier) : IOutgoingPacket
{
    private readonly ReadOnlySpan<MqttSubscription> _subscriptions = subscriptions;

    public byte FirstByte => ((byte)MqttPacketType.Subscribe << 4) | 0x02;

    public ReadOnlySpan<byte> Payload => default;

    public bool TryShorten() => false;

    public void WriteProperties(ref PacketWriter writer)
    {
        if (version == MqttVersion.V500 && identifier is { } value)
        {
            writer.WriteSubscriptionIdentifier(value);
        }
    }

    public void WriteFields(ref PacketWriter writer, int propertyLength)
    {
        writer.WriteUInt16(packetId.Value);
        if (version == MqttVersion.V500)
        {
            writer.WriteVariableByteInteger((uint)propertyLength);
            WriteProperties(ref writer);
        }

        foreach (ref readonly MqttSubscription subscription in _subscriptions)
        {
            writer.WriteText(subscription.Filter);
            writer.WriteByte(Options(subscription));
        }
    }

    private byte Options(in MqttSubscription subscription)
    {
        int options = (int)subscription.MaximumQos;
        if (version == MqttVersion.V500)
        {
            options |= subscription.NoLocal ? 0x04 : 0;
            options |= subscription.RetainAsPublished ? 0x08 : 0;
            options |= (int)subscription.RetainHandling << 4;
        }

        return (byte)options;
    }
}
