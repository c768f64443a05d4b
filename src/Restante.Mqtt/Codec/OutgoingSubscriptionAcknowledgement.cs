using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>SUBACK or UNSUBACK as written. [MQTT 5 §3.9, §3.11]</summary>
internal ref struct OutgoingSubscriptionAcknowledgement(
    MqttPacketType type, MqttVersion version, PacketId packetId, ReadOnlySpan<MqttReasonCode> codes, string? reasonString) : IOutgoingPacket
{
    private readonly ReadOnlySpan<MqttReasonCode> _codes = codes;
    private string? _reasonString = reasonString;

    public readonly byte FirstByte => (byte)((int)type << 4);

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
        if (version == MqttVersion.V500)
        {
            writer.WriteVariableByteInteger((uint)propertyLength);
            WriteProperties(ref writer);
        }
        else if (type == MqttPacketType.UnsubAck)
        {
            return;
        }

        foreach (MqttReasonCode code in _codes)
        {
            bool old = version == MqttVersion.V311 && code >= MqttReasonCode.UnspecifiedError;
            writer.WriteByte(old ? (byte)0x80 : (byte)code);
        }
    }
}
