using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Codec;

/// <summary>Reads packet identifiers, which are never 0. [MQTT-2.2.1-3]</summary>
internal static class PacketIdReader
{
    public static PacketId Read(scoped ref PacketReader reader)
    {
        PacketId id = new(reader.ReadUInt16());
        return id.IsNone ? throw new MqttProtocolException("Packet identifier 0.") : id;
    }
}
