namespace Restante.Mqtt.Packets;

/// <summary>A received PUBACK, PUBREC, PUBREL or PUBCOMP. A view, valid during the callback only. [MQTT 5 §3.4 to 3.7]</summary>
public readonly ref struct AcknowledgementPacket
{
    public MqttPacketType Type { get; internal init; }

    public PacketId PacketId { get; internal init; }

    /// <summary>The reason; always success in 3.1.1.</summary>
    public MqttReasonCode ReasonCode { get; internal init; }

    public MqttProperties Properties { get; internal init; }

    /// <summary>The peer's explanation for humans, UTF-8; empty when absent.</summary>
    public ReadOnlySpan<byte> ReasonString => Properties.Bytes(MqttPropertyId.ReasonString);

    /// <summary>Whether the reason code is 0x80 or above.</summary>
    public bool IsFailure => ReasonCode >= MqttReasonCode.UnspecifiedError;
}
