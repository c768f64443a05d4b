using Restante.Mqtt.Packets;
using Restante.Mqtt.Topics;

namespace Restante.Mqtt.Codec;

/// <summary>Validates property blocks once, so that views of them can be read without checks. [MQTT 5 §2.2.2]</summary>
internal static class PropertyDecoder
{
    /// <summary>Reads length and properties; throws when one does not belong there, stands twice or has a value out of range.</summary>
    public static MqttProperties Read(scoped ref PacketReader reader, PropertyScope scope, MqttConnectionSettings limits)
    {
        uint length = reader.ReadVariableByteInteger();
        ReadOnlySpan<byte> bytes = reader.Take((int)length);
        if (bytes.IsEmpty)
        {
            return default;
        }

        ulong present = 0;
        int userProperties = 0;
        int userPropertyBytes = 0;
        PropertyCursor cursor = new(bytes);
        while (cursor.MoveNext())
        {
            if ((cursor.Rule.Scope & scope) == 0)
            {
                throw MqttProtocolException.Malformed($"Property {cursor.Id} does not belong in this packet.");
            }

            ulong bit = 1UL << (int)cursor.Id;
            if ((present & bit) != 0 && !MayRepeat(cursor.Id, scope))
            {
                throw new MqttProtocolException($"Property {cursor.Id} stands more than once.");
            }

            present |= bit;
            CheckValue(cursor);
            if (cursor.Id == MqttPropertyId.UserProperty)
            {
                userProperties++;
                userPropertyBytes += cursor.Bytes.Length + cursor.SecondBytes.Length;
            }
        }

        if (userProperties > limits.MaximumUserProperties || userPropertyBytes > limits.MaximumUserPropertyBytes)
        {
            throw new MqttProtocolException(MqttReasonCode.QuotaExceeded, "Too many or too large user properties.");
        }

        return Whole(new MqttProperties(bytes, present));
    }

    private static MqttProperties Whole(MqttProperties properties)
    {
        if (properties.Contains(MqttPropertyId.AuthenticationData) && !properties.Contains(MqttPropertyId.AuthenticationMethod))
        {
            throw new MqttProtocolException("Authentication data without an authentication method.");
        }

        return properties;
    }

    private static bool MayRepeat(MqttPropertyId id, PropertyScope scope) =>
        id == MqttPropertyId.UserProperty || (id == MqttPropertyId.SubscriptionIdentifier && scope == PropertyScope.Publish);

    private static void CheckValue(in PropertyCursor cursor)
    {
        switch (cursor.Rule.Kind)
        {
            case PropertyKind.Text:
                RequireText(cursor.Bytes);
                if (cursor.Id == MqttPropertyId.ResponseTopic && !TopicName.IsValid(cursor.Bytes))
                {
                    // [MQTT-3.3.2-14]
                    throw new MqttProtocolException("The response topic is not a topic name.");
                }

                break;
            case PropertyKind.TextPair:
                RequireText(cursor.Bytes);
                RequireText(cursor.SecondBytes);
                break;
            case PropertyKind.Binary:
                break;
            default:
                RequireRange(cursor);
                break;
        }
    }

    private static void RequireText(ReadOnlySpan<byte> text)
    {
        if (!MqttText.IsValid(text))
        {
            throw MqttProtocolException.Malformed("A property is not valid UTF-8 or contains U+0000.");
        }
    }

    private static void RequireRange(in PropertyCursor cursor)
    {
        if (cursor.Id == MqttPropertyId.TopicAlias && cursor.Number == 0)
        {
            // [MQTT-3.3.2-8]
            throw new MqttProtocolException(MqttReasonCode.TopicAliasInvalid, "Topic alias 0.");
        }

        if (cursor.Number < cursor.Rule.Least || cursor.Number > cursor.Rule.Most)
        {
            throw new MqttProtocolException($"Property {cursor.Id} has the value {cursor.Number}, which is out of range.");
        }
    }
}
