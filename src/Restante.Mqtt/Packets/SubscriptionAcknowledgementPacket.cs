using System.Runtime.InteropServices;

namespace Restante.Mqtt.Packets;

/// <summary>A received SUBACK or UNSUBACK. A view, valid during the callback only. [MQTT 5 §3.9, §3.11]</summary>
public readonly ref struct SubscriptionAcknowledgementPacket
{
    internal ReadOnlySpan<byte> Codes { get; init; }

    public PacketId PacketId { get; internal init; }

    public MqttProperties Properties { get; internal init; }

    /// <summary>One code per filter asked for, in the same order; empty for an UNSUBACK of 3.1.1.</summary>
    public ReadOnlySpan<MqttReasonCode> ReasonCodes => MemoryMarshal.Cast<byte, MqttReasonCode>(Codes);

    /// <summary>The server's explanation for humans, UTF-8; empty when absent.</summary>
    public ReadOnlySpan<byte> ReasonString => Properties.Bytes(MqttPropertyId.ReasonString);
}
