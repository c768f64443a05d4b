namespace Restante.Mqtt.Packets;

/// <summary>A received PUBLISH. A view of the receive buffer, valid during the callback only. [MQTT 5 §3.3]</summary>
public readonly ref struct PublishPacket
{
    /// <summary>The topic name, valid UTF-8 without wildcards; a topic alias has already been resolved.</summary>
    public ReadOnlySpan<byte> Topic { get; internal init; }

    public ReadOnlySpan<byte> Payload { get; internal init; }

    public MqttQos Qos { get; internal init; }

    public bool Retain { get; internal init; }

    /// <summary>Whether the peer says it may have sent this message before.</summary>
    public bool Duplicate { get; internal init; }

    /// <summary>The identifier to acknowledge with; none for QoS 0.</summary>
    public PacketId PacketId { get; internal init; }

    public MqttProperties Properties { get; internal init; }

    /// <summary>Lifetime of the message in seconds from now; null when it does not expire.</summary>
    public uint? MessageExpirySeconds => Properties.Number(MqttPropertyId.MessageExpiryInterval);

    /// <summary>0: unspecified bytes, 1: UTF-8 text (not verified), null: not said.</summary>
    public byte? PayloadFormatIndicator => (byte?)Properties.Number(MqttPropertyId.PayloadFormatIndicator);

    public ReadOnlySpan<byte> ContentType => Properties.Bytes(MqttPropertyId.ContentType);

    /// <summary>The response topic, a valid topic name; empty when absent.</summary>
    public ReadOnlySpan<byte> ResponseTopic => Properties.Bytes(MqttPropertyId.ResponseTopic);

    public ReadOnlySpan<byte> CorrelationData => Properties.Bytes(MqttPropertyId.CorrelationData);

    /// <summary>The user properties in the order they were sent. Use in a foreach.</summary>
    public UserPropertyEnumerator UserProperties => Properties.UserProperties;
}
