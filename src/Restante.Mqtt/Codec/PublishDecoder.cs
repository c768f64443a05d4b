using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>Reads PUBLISH. [MQTT 5 §3.3]</summary>
internal static class PublishDecoder
{
    /// <summary>Reads the packet; the topic is empty where only an alias was sent, and checked where it was not.</summary>
    public static PublishPacket Read(byte flags, ReadOnlySpan<byte> body, MqttVersion version, MqttConnectionSettings limits)
    {
        PacketReader reader = new(body);
        MqttQos qos = (MqttQos)((flags >> 1) & 0x03);
        bool duplicate = (flags & 0x08) != 0;
        if (duplicate && qos == MqttQos.AtMostOnce)
        {
            // [MQTT-3.3.1-2]
            throw MqttProtocolException.Malformed("The DUP flag is set with QoS 0.");
        }

        ReadOnlySpan<byte> topic = reader.ReadText();
        PacketId packetId = qos == MqttQos.AtMostOnce ? PacketId.None : PacketIdReader.Read(ref reader);
        MqttProperties properties = version == MqttVersion.V500 ? PropertyDecoder.Read(ref reader, PropertyScope.Publish, limits) : default;
        if (!topic.IsEmpty)
        {
            TopicLimits.CheckName(topic, limits);
        }
        else if (!properties.Contains(MqttPropertyId.TopicAlias))
        {
            // [MQTT 5 §3.3.2.1]
            throw new MqttProtocolException(
                version == MqttVersion.V500 ? MqttReasonCode.ProtocolError : MqttReasonCode.TopicNameInvalid,
                "PUBLISH without a topic.");
        }

        return new PublishPacket
        {
            Topic = topic,
            Payload = reader.ReadRest(),
            Qos = qos,
            Retain = (flags & 0x01) != 0,
            Duplicate = duplicate,
            PacketId = packetId,
            Properties = properties,
        };
    }
}
