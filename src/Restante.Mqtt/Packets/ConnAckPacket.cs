namespace Restante.Mqtt.Packets;

/// <summary>A received CONNACK. A view, valid during the callback only. [MQTT 5 §3.2]</summary>
public readonly ref struct ConnAckPacket
{
    public bool SessionPresent { get; internal init; }

    /// <summary>The reason; return codes of 3.1.1 are given as their 5.0 counterparts.</summary>
    public MqttReasonCode ReasonCode { get; internal init; }

    public MqttProperties Properties { get; internal init; }

    public bool IsAccepted => ReasonCode == MqttReasonCode.Success;
}
