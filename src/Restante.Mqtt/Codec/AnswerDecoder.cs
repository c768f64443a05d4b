using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>Reads the packets that answer others: CONNACK, PUBACK to PUBCOMP, SUBACK, UNSUBACK, DISCONNECT and AUTH.</summary>
internal static class AnswerDecoder
{
    /// <summary>[MQTT 5 §3.4 to 3.7]</summary>
    public static AcknowledgementPacket ReadAcknowledgement(
        MqttPacketType type, ReadOnlySpan<byte> body, MqttVersion version, MqttRole sender, MqttConnectionSettings limits)
    {
        PacketReader reader = new(body);
        PacketId packetId = PacketIdReader.Read(ref reader);
        MqttReasonCode code = MqttReasonCode.Success;
        MqttProperties properties = default;
        if (version == MqttVersion.V500 && !reader.IsAtEnd)
        {
            code = ReadCode(ref reader, type, sender);
            properties = ReadOptionalProperties(ref reader, type, limits);
        }

        reader.RequireEnd();
        return new AcknowledgementPacket { Type = type, PacketId = packetId, ReasonCode = code, Properties = properties };
    }

    /// <summary>[MQTT 5 §3.2]</summary>
    public static ConnAckPacket ReadConnAck(ReadOnlySpan<byte> body, MqttVersion version, MqttConnectionSettings limits)
    {
        PacketReader reader = new(body);
        byte flags = reader.ReadByte();
        if ((flags & 0xFE) != 0)
        {
            // [MQTT-3.2.2-1]
            throw MqttProtocolException.Malformed("Reserved CONNACK flags are set.");
        }

        MqttReasonCode code;
        MqttProperties properties = default;
        if (version == MqttVersion.V500)
        {
            code = ReadCode(ref reader, MqttPacketType.ConnAck, MqttRole.Server);
            properties = PropertyDecoder.Read(ref reader, PropertyScope.ConnAck, limits);
        }
        else
        {
            code = ReasonCodes.FromReturnCode(reader.ReadByte());
        }

        reader.RequireEnd();
        if (flags != 0 && code != MqttReasonCode.Success)
        {
            // [MQTT-3.2.2-6]
            throw new MqttProtocolException("Session present in a refusal.");
        }

        return new ConnAckPacket { SessionPresent = flags != 0, ReasonCode = code, Properties = properties };
    }

    /// <summary>SUBACK and UNSUBACK. [MQTT 5 §3.9, §3.11]</summary>
    public static SubscriptionAcknowledgementPacket ReadSubscription(
        MqttPacketType type, ReadOnlySpan<byte> body, MqttVersion version, MqttConnectionSettings limits)
    {
        PacketReader reader = new(body);
        PacketId packetId = PacketIdReader.Read(ref reader);
        MqttProperties properties = version == MqttVersion.V500 ? PropertyDecoder.Read(ref reader, ScopeOf(type), limits) : default;
        ReadOnlySpan<byte> codes = reader.ReadRest();
        bool expectsCodes = version == MqttVersion.V500 || type == MqttPacketType.SubAck;
        if (codes.IsEmpty == expectsCodes)
        {
            throw MqttProtocolException.Malformed("The number of reason codes is wrong.");
        }

        foreach (byte code in codes)
        {
            bool allowed = version == MqttVersion.V500
                ? ReasonCodes.IsAllowed(type, MqttRole.Server, (MqttReasonCode)code)
                : code is 0 or 1 or 2 or 0x80; // [MQTT-3.9.3-2] of 3.1.1
            if (!allowed)
            {
                throw new MqttProtocolException($"Code 0x{code:X2} is reserved in {type}.");
            }
        }

        return new SubscriptionAcknowledgementPacket { PacketId = packetId, Properties = properties, Codes = codes };
    }

    /// <summary>[MQTT 5 §3.14]</summary>
    public static DisconnectPacket ReadDisconnect(
        ReadOnlySpan<byte> body, MqttVersion version, MqttRole sender, MqttConnectionSettings limits)
    {
        PacketReader reader = new(body);
        MqttReasonCode code = MqttReasonCode.Success;
        MqttProperties properties = default;
        if (version == MqttVersion.V500 && !reader.IsAtEnd)
        {
            code = ReadCode(ref reader, MqttPacketType.Disconnect, sender);
            properties = ReadOptionalProperties(ref reader, MqttPacketType.Disconnect, limits);
        }

        reader.RequireEnd();
        return new DisconnectPacket { ReasonCode = code, Properties = properties };
    }

    /// <summary>[MQTT 5 §3.15]</summary>
    public static AuthPacket ReadAuth(ReadOnlySpan<byte> body, MqttRole sender, MqttConnectionSettings limits)
    {
        PacketReader reader = new(body);
        MqttReasonCode code = MqttReasonCode.Success;
        MqttProperties properties = default;
        if (!reader.IsAtEnd)
        {
            code = ReadCode(ref reader, MqttPacketType.Auth, sender);
            properties = ReadOptionalProperties(ref reader, MqttPacketType.Auth, limits);
        }

        reader.RequireEnd();
        return new AuthPacket { ReasonCode = code, Properties = properties };
    }

    private static MqttReasonCode ReadCode(scoped ref PacketReader reader, MqttPacketType type, MqttRole sender)
    {
        MqttReasonCode code = (MqttReasonCode)reader.ReadByte();
        return ReasonCodes.IsAllowed(type, sender, code)
            ? code
            : throw new MqttProtocolException($"Reason code 0x{(byte)code:X2} does not belong in {type}.");
    }

    private static MqttProperties ReadOptionalProperties(
        scoped ref PacketReader reader, MqttPacketType type, MqttConnectionSettings limits) =>
        reader.IsAtEnd ? default : PropertyDecoder.Read(ref reader, ScopeOf(type), limits);

    private static PropertyScope ScopeOf(MqttPacketType type) => (PropertyScope)(1 << (int)type);
}
