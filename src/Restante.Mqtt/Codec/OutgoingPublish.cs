using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>PUBLISH as written. [MQTT 5 §3.3]</summary>
internal readonly ref struct OutgoingPublish(
    in OutgoingMessage message, MqttVersion version, PacketId packetId, ushort alias, bool omitTopic)
    : IOutgoingPacket
{
    private readonly OutgoingMessage _message = message;

    public byte FirstByte =>
        (byte)(((int)MqttPacketType.Publish << 4)
            | (_message.ResendAs.IsNone ? 0 : 0x08) // [MQTT-3.3.1-1]
            | ((int)_message.Qos << 1)
            | (_message.Retain ? 0x01 : 0));

    public ReadOnlySpan<byte> Payload => _message.Payload;

    public bool TryShorten() => false;

    public void WriteProperties(ref PacketWriter writer)
    {
        if (version != MqttVersion.V500)
        {
            return;
        }

        writer.WriteProperty(MqttPropertyId.PayloadFormatIndicator, _message.PayloadFormatIndicator);
        writer.WriteProperty(MqttPropertyId.MessageExpiryInterval, _message.MessageExpirySeconds);
        writer.WriteProperty(MqttPropertyId.TopicAlias, alias == 0 ? null : alias);
        writer.WriteTextProperty(MqttPropertyId.ResponseTopic, _message.ResponseTopic);
        if (!_message.CorrelationData.IsEmpty)
        {
            writer.WriteByte((byte)MqttPropertyId.CorrelationData);
            writer.WriteBinary(_message.CorrelationData);
        }

        foreach (uint identifier in _message.SubscriptionIdentifiers)
        {
            writer.WriteSubscriptionIdentifier(identifier);
        }

        writer.WriteTextProperty(MqttPropertyId.ContentType, _message.ContentType);
        foreach (ref readonly MqttUserProperty property in _message.UserProperties)
        {
            writer.WriteUserProperty(property);
        }
    }

    public void WriteFields(ref PacketWriter writer, int propertyLength)
    {
        writer.WriteText(omitTopic ? default : _message.Topic);
        if (!packetId.IsNone)
        {
            writer.WriteUInt16(packetId.Value);
        }

        if (version == MqttVersion.V500)
        {
            writer.WriteVariableByteInteger((uint)propertyLength);
            WriteProperties(ref writer);
        }
    }
}
