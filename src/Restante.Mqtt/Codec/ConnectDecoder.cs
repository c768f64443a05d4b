using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>Reads CONNECT. [MQTT 5 §3.1]</summary>
internal static class ConnectDecoder
{
    /// <summary>Reads protocol name and level. [MQTT-3.1.2-1] [MQTT-3.1.2-2]</summary>
    public static ProtocolAnswer ReadProtocol(scoped ref PacketReader reader)
    {
        ReadOnlySpan<byte> name = reader.ReadBinary();
        bool isMqtt = name.SequenceEqual("MQTT"u8);
        if (!isMqtt && !name.SequenceEqual("MQIsdp"u8))
        {
            return ProtocolAnswer.Foreign;
        }

        byte level = reader.ReadByte();
        return (isMqtt, level) switch
        {
            (true, 4) => ProtocolAnswer.V311,
            (true, 5) => ProtocolAnswer.V500,
            (true, > 5) => ProtocolAnswer.Newer,
            _ => ProtocolAnswer.Older,
        };
    }

    /// <summary>Reads what follows the protocol level.</summary>
    public static ConnectPacket Read(scoped ref PacketReader reader, MqttVersion version, MqttConnectionSettings limits)
    {
        byte flags = reader.ReadByte();
        CheckFlags(flags, version);
        ushort keepAlive = reader.ReadUInt16();
        MqttProperties properties = version == MqttVersion.V500 ? PropertyDecoder.Read(ref reader, PropertyScope.Connect, limits) : default;

        ReadOnlySpan<byte> clientId = reader.ReadText();
        bool hasWill = (flags & 0x04) != 0;
        MqttProperties willProperties = default;
        ReadOnlySpan<byte> willTopic = default;
        ReadOnlySpan<byte> willPayload = default;
        if (hasWill)
        {
            willProperties = version == MqttVersion.V500 ? PropertyDecoder.Read(ref reader, PropertyScope.Will, limits) : default;
            willTopic = reader.ReadText();
            willPayload = reader.ReadBinary();
        }

        bool hasUserName = (flags & 0x80) != 0;
        ReadOnlySpan<byte> userName = hasUserName ? reader.ReadText() : default;
        bool hasPassword = (flags & 0x40) != 0;
        ReadOnlySpan<byte> password = hasPassword ? reader.ReadBinary() : default;
        reader.RequireEnd();

        return new ConnectPacket
        {
            Version = version,
            CleanStart = (flags & 0x02) != 0,
            KeepAliveSeconds = keepAlive,
            ClientId = clientId,
            HasUserName = hasUserName,
            UserName = userName,
            HasPassword = hasPassword,
            Password = password,
            Properties = properties,
            HasWill = hasWill,
            WillTopic = willTopic,
            WillPayload = willPayload,
            WillQos = (MqttQos)((flags >> 3) & 0x03),
            WillRetain = (flags & 0x20) != 0,
            WillProperties = willProperties,
        };
    }

    /// <summary>Checks what is well-formed but not taken here; throws with the code of the CONNACK.</summary>
    public static void CheckLimits(in ConnectPacket packet, MqttConnectionSettings limits)
    {
        if (packet.ClientId.Length > limits.MaximumClientIdBytes)
        {
            throw new MqttProtocolException(MqttReasonCode.ClientIdentifierNotValid, "The client identifier is too long.");
        }

        if (packet.ClientId.IsEmpty && packet.Version == MqttVersion.V311 && !packet.CleanStart)
        {
            // [MQTT-3.1.3-8] of 3.1.1
            throw new MqttProtocolException(MqttReasonCode.ClientIdentifierNotValid, "An empty client identifier without clean session.");
        }

        if (!packet.HasWill)
        {
            return;
        }

        TopicLimits.CheckName(packet.WillTopic, limits);
        if (packet.WillQos > limits.MaximumQos)
        {
            // [MQTT-3.2.2-12]
            throw new MqttProtocolException(MqttReasonCode.QosNotSupported, "The will asks for more than the maximum QoS.");
        }

        if (packet.WillRetain && !limits.RetainAvailable && packet.Version == MqttVersion.V500)
        {
            // [MQTT-3.2.2-13]
            throw new MqttProtocolException(MqttReasonCode.RetainNotSupported, "The will asks to be retained.");
        }
    }

    private static void CheckFlags(byte flags, MqttVersion version)
    {
        if ((flags & 0x01) != 0)
        {
            // [MQTT-3.1.2-3]
            throw MqttProtocolException.Malformed("The reserved connect flag is set.");
        }

        int willQos = (flags >> 3) & 0x03;
        bool hasWill = (flags & 0x04) != 0;
        if (willQos == 3 || (!hasWill && (flags & 0x38) != 0))
        {
            // [MQTT-3.1.2-11] [MQTT-3.1.2-12] [MQTT-3.1.2-13]
            throw MqttProtocolException.Malformed("Will QoS and retain do not fit the will flag.");
        }

        if (version == MqttVersion.V311 && (flags & 0xC0) == 0x40)
        {
            // [MQTT-3.1.2-22] of 3.1.1
            throw MqttProtocolException.Malformed("A password without a user name.");
        }
    }
}
