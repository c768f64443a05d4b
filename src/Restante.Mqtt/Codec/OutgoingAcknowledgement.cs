using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP as written. [MQTT 5 §3.4 to 3.7]</summary>
internal struct OutgoingAcknowledgement(
    MqttPacketType type, MqttVersion version, PacketId packetId, MqttReasonCode code, string? reasonString)
    : IOutgoingPacket
{
    private string? _reasonString = reasonString;

    public readonly byte FirstByte => (byte)(((int)type << 4) | (type == MqttPacketType.PubRel ? 0x02 : 0));

    public readonly ReadOnlySpan<byte> Payload => default;

    public bool TryShorten()
    {
        bool shortened = _reasonString is not null;
        _reasonString = null;
        return shortened;
    }

    public readonly void WriteProperties(ref PacketWriter writer)
    {
        if (version == MqttVersion.V500)
        {
            writer.WriteProperty(MqttPropertyId.ReasonString, _reasonString);
        }
    }

    public readonly void WriteFields(ref PacketWriter writer, int propertyLength)
    {
        writer.WriteUInt16(packetId.Value);
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
