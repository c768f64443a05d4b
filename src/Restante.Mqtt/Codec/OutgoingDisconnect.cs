using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>DISCONNECT as written. [MQTT 5 §3.14]</summary>
internal struct OutgoingDisconnect(MqttVersion version, MqttReasonCode code, MqttDisconnectOptions? options) : IOutgoingPacket
{
    private MqttDisconnectOptions? _options = options;

    public readonly byte FirstByte => (byte)MqttPacketType.Disconnect << 4;

    public readonly ReadOnlySpan<byte> Payload => default;

    public bool TryShorten()
    {
        if (_options is { UserProperties.Count: > 0 })
        {
            _options = _options with { UserProperties = [] };
            return true;
        }

        if (_options?.ReasonString is not null)
        {
            _options = _options with { ReasonString = null };
            return true;
        }

        return false;
    }

    public readonly void WriteProperties(ref PacketWriter writer)
    {
        if (version == MqttVersion.V500 && _options is { } options)
        {
            writer.WriteProperty(MqttPropertyId.SessionExpiryInterval, options.SessionExpirySeconds);
            writer.WriteProperty(MqttPropertyId.ServerReference, options.ServerReference);
            writer.WriteProperty(MqttPropertyId.ReasonString, options.ReasonString);
            writer.WriteUserProperties(options.UserProperties);
        }
    }

    public readonly void WriteFields(ref PacketWriter writer, int propertyLength)
    {
        if (version != MqttVersion.V500 || (code == MqttReasonCode.Success && propertyLength == 0))
        {
            return;
        }

        writer.WriteByte((byte)code);
        if (propertyLength > 0)
        {
            writer.WriteVariableByteInteger((uint)propertyLength);
            WriteProperties(ref writer);
        }
    }
}
