using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>CONNECT as written. [MQTT 5 §3.1]</summary>
internal readonly struct OutgoingConnect(MqttConnectOptions options, MqttConnectionSettings settings) : IOutgoingPacket
{
    public byte FirstByte => (byte)MqttPacketType.Connect << 4;

    public ReadOnlySpan<byte> Payload => default;

    private bool IsV5 => options.Version == MqttVersion.V500;

    public bool TryShorten() => false;

    public void WriteProperties(ref PacketWriter writer)
    {
        if (!IsV5)
        {
            return;
        }

        writer.WriteProperty(MqttPropertyId.SessionExpiryInterval, Unless(options.SessionExpirySeconds, 0u));
        if (settings.ReceiveMaximum < ushort.MaxValue)
        {
            writer.WriteProperty(MqttPropertyId.ReceiveMaximum, (ushort?)settings.ReceiveMaximum);
        }

        writer.WriteProperty(
            MqttPropertyId.MaximumPacketSize, Unless((uint)settings.MaximumPacketSize, MqttConnectionSettings.LargestPacketSize));
        if (settings.TopicAliasMaximum > 0)
        {
            writer.WriteProperty(MqttPropertyId.TopicAliasMaximum, (ushort?)settings.TopicAliasMaximum);
        }

        writer.WriteProperty(MqttPropertyId.RequestResponseInformation, options.RequestResponseInformation ? (byte)1 : (byte?)null);
        writer.WriteProperty(MqttPropertyId.RequestProblemInformation, options.RequestProblemInformation ? (byte?)null : (byte)0);
        writer.WriteProperty(MqttPropertyId.AuthenticationMethod, options.AuthenticationMethod);
        writer.WriteBinaryProperty(MqttPropertyId.AuthenticationData, options.AuthenticationData);
        writer.WriteUserProperties(options.UserProperties);
    }

    public void WriteFields(ref PacketWriter writer, int propertyLength)
    {
        writer.WriteText("MQTT"u8);
        writer.WriteByte((byte)options.Version);
        writer.WriteByte(Flags());
        writer.WriteUInt16(options.KeepAliveSeconds);
        if (IsV5)
        {
            writer.WriteVariableByteInteger((uint)propertyLength);
            WriteProperties(ref writer);
        }

        writer.WriteText(options.ClientId);
        if (options.Will is { } will)
        {
            WriteWill(ref writer, will);
        }

        if (options.UserName is { } userName)
        {
            writer.WriteText(userName);
        }

        if (options.Password is { } password)
        {
            writer.WriteBinary(password.Span);
        }
    }

    private static void WriteWillProperties(ref PacketWriter writer, MqttWill will)
    {
        writer.WriteProperty(MqttPropertyId.WillDelayInterval, Unless(will.DelaySeconds, 0u));
        writer.WriteProperty(MqttPropertyId.PayloadFormatIndicator, will.PayloadFormatIndicator);
        writer.WriteProperty(MqttPropertyId.MessageExpiryInterval, will.MessageExpirySeconds);
        writer.WriteProperty(MqttPropertyId.ContentType, will.ContentType);
        writer.WriteProperty(MqttPropertyId.ResponseTopic, will.ResponseTopic);
        writer.WriteBinaryProperty(MqttPropertyId.CorrelationData, will.CorrelationData);
        writer.WriteUserProperties(will.UserProperties);
    }

    private static uint? Unless(uint value, uint usual) => value == usual ? null : value;

    private void WriteWill(ref PacketWriter writer, MqttWill will)
    {
        if (IsV5)
        {
            PacketWriter counter = default;
            WriteWillProperties(ref counter, will);
            writer.WriteVariableByteInteger((uint)counter.Position);
            WriteWillProperties(ref writer, will);
        }

        writer.WriteText(will.Topic);
        writer.WriteBinary(will.Payload.Span);
    }

    private byte Flags()
    {
        int flags = options.CleanStart ? 0x02 : 0;
        if (options.Will is { } will)
        {
            flags |= 0x04 | ((int)will.Qos << 3) | (will.Retain ? 0x20 : 0);
        }

        flags |= options.Password is null ? 0 : 0x40;
        flags |= options.UserName is null ? 0 : 0x80;
        return (byte)flags;
    }
}
