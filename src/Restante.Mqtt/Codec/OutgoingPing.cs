using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>PINGREQ or PINGRESP as written. [MQTT 5 §3.12, §3.13]</summary>
internal readonly struct OutgoingPing(MqttPacketType type) : IOutgoingPacket
{
    public byte FirstByte => (byte)((int)type << 4);

    public ReadOnlySpan<byte> Payload => default;

    public bool TryShorten() => false;

    public void WriteProperties(ref PacketWriter writer)
    {
    }

    public void WriteFields(ref PacketWriter writer, int propertyLength)
    {
    }
}
