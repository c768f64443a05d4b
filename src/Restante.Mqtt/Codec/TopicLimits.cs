using Restante.Mqtt.Packets;
using Restante.Mqtt.Topics;

namespace Restante.Mqtt.Codec;

/// <summary>Checks received topic names and filters against the rules and our limits.</summary>
internal static class TopicLimits
{
    public static void CheckName(ReadOnlySpan<byte> topic, MqttConnectionSettings limits)
    {
        if (!TopicName.IsValid(topic))
        {
            // [MQTT-3.3.2-2] [MQTT-4.7.3-1]
            throw new MqttProtocolException(MqttReasonCode.TopicNameInvalid, "A topic name is empty or contains a wildcard.");
        }

        if (topic.Length > limits.MaximumTopicBytes || TopicName.CountLevels(topic) > limits.MaximumTopicLevels)
        {
            throw new MqttProtocolException(MqttReasonCode.TopicNameInvalid, "A topic name is too long or has too many levels.");
        }
    }

    public static void CheckFilter(ReadOnlySpan<byte> filter, MqttVersion version, MqttConnectionSettings limits)
    {
        bool shared = version == MqttVersion.V500 && TopicFilter.IsShared(filter);
        bool valid = shared ? TopicFilter.TryParseShared(filter, out _, out _) : TopicFilter.IsValid(filter);
        if (!valid)
        {
            // [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-1] [MQTT-4.8.2-1] [MQTT-4.8.2-2]
            throw new MqttProtocolException(
                MqttReasonCode.TopicFilterInvalid, "A topic filter is empty or has a misplaced wildcard or share name.");
        }

        if (filter.Length > limits.MaximumTopicBytes || TopicName.CountLevels(filter) > limits.MaximumTopicLevels)
        {
            throw new MqttProtocolException(MqttReasonCode.TopicFilterInvalid, "A topic filter is too long or has too many levels.");
        }
    }
}
