using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>AUTH as written. [MQTT 5 §3.15]</summary>
internal struct OutgoingAuth(MqttReasonCode code, string method, ReadOnlyMemory<byte> data, string? reasonString) : IOutgoingPacket
{
    private string? _reasonString = reasonString;

    public readonly byte FirstByte => (byte)MqttPacketType.Auth << 4;

    public readonly ReadOnlySpan<byte> Payload => default;

    public bool TryShorten()
    {
        bool shortened = _reasonString is not null;
        _reasonString = null;
        return shortened;
    }

    public readonly void WriteProperties(ref PacketWriter writer)
    {
        writer.WriteProperty(MqttPropertyId.AuthenticationMethod, method);
        writer.WriteBinaryProperty(MqttPropertyId.AuthenticationData, data.IsEmpty ? null : data);
        writer.WriteProperty(MqttPropertyId.ReasonString, _reasonString);
    }

    public readonly void WriteFields(ref PacketWriter writer, int propertyLength)
    {
        writer.WriteByte((byte)code);
        writer.WriteVariableByteInteger((uint)propertyLength);
        WriteProperties(ref writer);
    }
}
