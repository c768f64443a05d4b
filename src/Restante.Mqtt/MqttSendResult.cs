using Restante.Mqtt.Packets;

namespace Restante.Mqtt;

/// <summary>Answer of <see cref="MqttConnection.Send"/>.</summary>
/// <param name="Status">Whether the message was written, or why not.</param>
/// <param name="PacketId">The identifier that acknowledgements will carry; none for QoS 0 or when not written.</param>
public readonly record struct MqttSendResult(MqttSendStatus Status, PacketId PacketId)
{
    public bool IsSent => Status == MqttSendStatus.Sent;
}
