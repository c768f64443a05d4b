namespace Restante.Mqtt.Packets;

/// <summary>
/// A message to send with <see cref="MqttConnection.Send"/>. Holds spans; nothing is kept after the call. Properties are
/// left out on a 3.1.1 connection. Texts are UTF-8 and at most 65,535 bytes each. [MQTT 5 §3.3]
/// </summary>
public readonly ref struct OutgoingMessage
{
    /// <summary>The topic name, UTF-8, 1 to 65,535 bytes, no wildcards.</summary>
    public ReadOnlySpan<byte> Topic { get; init; }

    public ReadOnlySpan<byte> Payload { get; init; }

    public MqttQos Qos { get; init; }

    public bool Retain { get; init; }

    /// <summary>
    /// Sends the message again under the identifier it had before the connection was lost, with the DUP flag. Leave at
    /// none for a new message. QoS 1 and 2 only. [MQTT-4.4.0-1]
    /// </summary>
    public PacketId ResendAs { get; init; }

    /// <summary>Replace the topic by an alias where the peer has room for one. For topics that repeat.</summary>
    public bool UseTopicAlias { get; init; }

    /// <summary>1 when the payload is UTF-8 text, 0 for unspecified bytes, null to say nothing.</summary>
    public byte? PayloadFormatIndicator { get; init; }

    /// <summary>Remaining lifetime in seconds; null when it does not expire.</summary>
    public uint? MessageExpirySeconds { get; init; }

    /// <summary>Left out when empty.</summary>
    public ReadOnlySpan<byte> ContentType { get; init; }

    /// <summary>A topic name; left out when empty.</summary>
    public ReadOnlySpan<byte> ResponseTopic { get; init; }

    /// <summary>Left out when empty.</summary>
    public ReadOnlySpan<byte> CorrelationData { get; init; }

    /// <summary>The identifiers of the subscriptions that matched, each 1 to 268,435,455. Server role only.</summary>
    public ReadOnlySpan<uint> SubscriptionIdentifiers { get; init; }

    public ReadOnlySpan<MqttUserProperty> UserProperties { get; init; }
}
