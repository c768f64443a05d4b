using Restante.Mqtt.Packets;
using Restante.Mqtt.Topics;

namespace Restante.Mqtt.Codec;

/// <summary>Reads SUBSCRIBE and UNSUBSCRIBE and checks every filter, so that views of them need no checks. [MQTT 5 §3.8, §3.10]</summary>
internal static class SubscribeDecoder
{
    public static SubscribePacket ReadSubscribe(ReadOnlySpan<byte> body, MqttVersion version, MqttConnectionSettings limits)
    {
        PacketReader reader = new(body);
        PacketId packetId = PacketIdReader.Read(ref reader);
        MqttProperties properties = version == MqttVersion.V500
            ? PropertyDecoder.Read(ref reader, PropertyScope.Subscribe, limits)
            : default;
        if (properties.Contains(MqttPropertyId.SubscriptionIdentifier) && !limits.SubscriptionIdentifiersAvailable)
        {
            throw new MqttProtocolException(MqttReasonCode.SubscriptionIdentifiersNotSupported, "Subscription identifiers are not taken.");
        }

        ReadOnlySpan<byte> payload = body[(body.Length - reader.Remaining)..];
        int count = 0;
        while (!reader.IsAtEnd)
        {
            ReadOnlySpan<byte> filter = reader.ReadText();
            TopicLimits.CheckFilter(filter, version, limits);
            byte options = reader.ReadByte();
            CheckOptions(options, filter, version);
            CheckAvailability(filter, version, limits);
            Count(ref count, limits);
        }

        RequireSome(count);
        return new SubscribePacket { PacketId = packetId, Properties = properties, Payload = payload, Count = count };
    }

    public static UnsubscribePacket ReadUnsubscribe(ReadOnlySpan<byte> body, MqttVersion version, MqttConnectionSettings limits)
    {
        PacketReader reader = new(body);
        PacketId packetId = PacketIdReader.Read(ref reader);
        MqttProperties properties = version == MqttVersion.V500
            ? PropertyDecoder.Read(ref reader, PropertyScope.Unsubscribe, limits)
            : default;
        ReadOnlySpan<byte> payload = body[(body.Length - reader.Remaining)..];
        int count = 0;
        while (!reader.IsAtEnd)
        {
            TopicLimits.CheckFilter(reader.ReadText(), version, limits);
            Count(ref count, limits);
        }

        RequireSome(count);
        return new UnsubscribePacket { PacketId = packetId, Properties = properties, Payload = payload, Count = count };
    }

    private static void CheckOptions(byte options, ReadOnlySpan<byte> filter, MqttVersion version)
    {
        int reserved = version == MqttVersion.V500 ? 0xC0 : 0xFC;
        if ((options & reserved) != 0)
        {
            // [MQTT-3.8.3-5]
            throw MqttProtocolException.Malformed("Reserved subscription options are set.");
        }

        if ((options & 0x03) == 0x03 || (options & 0x30) == 0x30)
        {
            throw new MqttProtocolException("A subscription asks for QoS 3 or retain handling 3.");
        }

        if (version == MqttVersion.V500 && (options & 0x04) != 0 && TopicFilter.IsShared(filter))
        {
            // [MQTT-3.8.3-4]
            throw new MqttProtocolException("No local with a shared subscription.");
        }
    }

    private static void CheckAvailability(ReadOnlySpan<byte> filter, MqttVersion version, MqttConnectionSettings limits)
    {
        if (version != MqttVersion.V500)
        {
            return;
        }

        if (!limits.SharedSubscriptionAvailable && TopicFilter.IsShared(filter))
        {
            throw new MqttProtocolException(MqttReasonCode.SharedSubscriptionsNotSupported, "Shared subscriptions are not taken.");
        }

        if (!limits.WildcardSubscriptionAvailable && TopicFilter.HasWildcard(filter))
        {
            throw new MqttProtocolException(MqttReasonCode.WildcardSubscriptionsNotSupported, "Wildcards are not taken.");
        }
    }

    private static void Count(ref int count, MqttConnectionSettings limits)
    {
        if (++count > limits.MaximumSubscriptionsPerPacket)
        {
            throw new MqttProtocolException(MqttReasonCode.QuotaExceeded, "Too many filters in one packet.");
        }
    }

    private static void RequireSome(int count)
    {
        if (count == 0)
        {
            // [MQTT-3.8.3-2] [MQTT-3.10.3-2]
            throw new MqttProtocolException("A packet without any topic filter.");
        }
    }
}
