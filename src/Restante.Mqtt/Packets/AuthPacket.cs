namespace Restante.Mqtt.Packets;

/// <summary>A received AUTH. A view, valid during the callback only. [MQTT 5 §3.15]</summary>
public readonly ref struct AuthPacket
{
    public MqttReasonCode ReasonCode { get; internal init; }

    public MqttProperties Properties { get; internal init; }

    public ReadOnlySpan<byte> Method => Properties.Bytes(MqttPropertyId.AuthenticationMethod);

    public ReadOnlySpan<byte> Data => Properties.Bytes(MqttPropertyId.AuthenticationData);
}
