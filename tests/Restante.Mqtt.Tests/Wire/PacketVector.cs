using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Tests.Wire;

/// <summary>
/// Bytes of one packet, and what they mean to the side that receives them: a description, or the reason code of the violation.
/// </summary>
public sealed record PacketVector(string Name, MqttVersion Version, MqttRole Receiver, byte[] Bytes, string? Expected, MqttReasonCode? Error)
{
    public MqttPacketType Type => (MqttPacketType)(Bytes[0] >> 4);

    public override string ToString() => Name;
}
