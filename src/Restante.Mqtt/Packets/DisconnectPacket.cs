namespace Restante.Mqtt.Packets;

/// <summary>A received DISCONNECT. A view, valid during the callback only. [MQTT 5 §3.14]</summary>
public readonly ref struct DisconnectPacket
{
    public MqttReasonCode ReasonCode { get; internal init; }

    public MqttProperties Properties { get; internal init; }

    /// <summary>A new session expiry in seconds that replaces the one of CONNECT; null when it stays.</summary>
    public uint? SessionExpirySeconds => Properties.Number(MqttPropertyId.SessionExpiryInterval);

    public ReadOnlySpan<byte> ReasonString => Properties.Bytes(MqttPropertyId.ReasonString);

    /// <summary>Another server to use, UTF-8; empty when absent. [MQTT 5 §4.11]</summary>
    public ReadOnlySpan<byte> ServerReference => Properties.Bytes(MqttPropertyId.ServerReference);
}
