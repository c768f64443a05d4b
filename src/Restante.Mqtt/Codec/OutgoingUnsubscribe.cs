using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>UNSUBSCRIBE as written. [MQTT 5 §3.10]</summary>
internal readonly ref struct OutgoingUnsubscribe(MqttVersion version, PacketId packetId, ReadOnlySpan<string> filters) : IOutgoingPacket
{
    private readonly ReadOnlySpan<string> _filters = filters;

    public byte FirstByte => ((byte)MqttPacketType.Unsubscribe << 4) | 0x02;

    public ReadOnlySpan<byte> Payload => default;

    public bool TryShorten() => false;

    public void WriteProperties(ref PacketWriter writer)
    {
    }

    public void WriteFields(ref PacketWriter writer, int propertyLength)
    {
        writer.WriteUInt16(packetId.Value);
        if (version == MqttVersion.V500)
        {
            writer.WriteVariableByteInteger(0);
        }

        foreach (string filter in _filters)
        {
            writer.WriteText(filter);
        }
    }
}
