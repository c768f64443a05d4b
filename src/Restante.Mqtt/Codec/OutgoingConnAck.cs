using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>CONNACK as written. [MQTT 5 §3.2]</summary>
internal struct OutgoingConnAck(MqttVersion version, MqttReasonCode code, MqttConnAckOptions options) : IOutgoingPacket
{
    private MqttConnAckOptions _options = options;

    /// <summary>The settings to announce; null in a refusal.</summary>
    public MqttConnectionSettings? Announce { get; init; }

    public readonly byte FirstByte => (byte)MqttPacketType.ConnAck << 4;

    public readonly ReadOnlySpan<byte> Payload => default;

    public bool TryShorten()
    {
        if (_options.UserProperties.Count > 0)
        {
            _options = _options with { UserProperties = [] };
            return true;
        }

        if (_options.ReasonString is not null)
        {
            _options = _options with { ReasonString = null };
            return true;
        }

        return false;
    }

    public readonly void WriteProperties(ref PacketWriter writer)
    {
        if (version != MqttVersion.V500)
        {
            return;
        }

        if (Announce is { } settings)
        {
            WriteSettings(ref writer, settings);
        }

        writer.WriteProperty(MqttPropertyId.SessionExpiryInterval, _options.SessionExpirySeconds);
        writer.WriteProperty(MqttPropertyId.AssignedClientIdentifier, _options.AssignedClientId);
        writer.WriteProperty(MqttPropertyId.ServerKeepAlive, _options.ServerKeepAliveSeconds);
        writer.WriteProperty(MqttPropertyId.ResponseInformation, _options.ResponseInformation);
        writer.WriteProperty(MqttPropertyId.ServerReference, _options.ServerReference);
        writer.WriteProperty(MqttPropertyId.AuthenticationMethod, _options.AuthenticationMethod);
        writer.WriteBinaryProperty(MqttPropertyId.AuthenticationData, _options.AuthenticationData);
        writer.WriteProperty(MqttPropertyId.ReasonString, _options.ReasonString);
        writer.WriteUserProperties(_options.UserProperties);
    }

    public readonly void WriteFields(ref PacketWriter writer, int propertyLength)
    {
        writer.WriteByte(_options.SessionPresent ? (byte)1 : (byte)0);
        if (version == MqttVersion.V500)
        {
            writer.WriteByte((byte)code);
            writer.WriteVariableByteInteger((uint)propertyLength);
            WriteProperties(ref writer);
        }
        else
        {
            writer.WriteByte(code == MqttReasonCode.Success ? (byte)0 : ReasonCodes.ToReturnCode(code));
        }
    }

    private static void WriteSettings(ref PacketWriter writer, MqttConnectionSettings settings)
    {
        if (settings.ReceiveMaximum < ushort.MaxValue)
        {
            writer.WriteProperty(MqttPropertyId.ReceiveMaximum, (ushort?)settings.ReceiveMaximum);
        }

        if (settings.MaximumQos < MqttQos.ExactlyOnce)
        {
            // [MQTT-3.2.2-9]
            writer.WriteProperty(MqttPropertyId.MaximumQos, (byte?)settings.MaximumQos);
        }

        if (settings.MaximumPacketSize < MqttConnectionSettings.LargestPacketSize)
        {
            writer.WriteProperty(MqttPropertyId.MaximumPacketSize, (uint?)settings.MaximumPacketSize);
        }

        if (settings.TopicAliasMaximum > 0)
        {
            writer.WriteProperty(MqttPropertyId.TopicAliasMaximum, (ushort?)settings.TopicAliasMaximum);
        }

        WriteMissing(ref writer, MqttPropertyId.RetainAvailable, settings.RetainAvailable);
        WriteMissing(ref writer, MqttPropertyId.WildcardSubscriptionAvailable, settings.WildcardSubscriptionAvailable);
        WriteMissing(ref writer, MqttPropertyId.SubscriptionIdentifierAvailable, settings.SubscriptionIdentifiersAvailable);
        WriteMissing(ref writer, MqttPropertyId.SharedSubscriptionAvailable, settings.SharedSubscriptionAvailable);
    }

    private static void WriteMissing(ref PacketWriter writer, MqttPropertyId id, bool available)
    {
        if (!available)
        {
            writer.WriteProperty(id, (byte?)0);
        }
    }
}
