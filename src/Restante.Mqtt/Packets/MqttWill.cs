namespace Restante.Mqtt.Packets;

/// <summary>
/// A will message: kept by the server's owner while the connection lives, or announced by a client in CONNECT.
/// Limits: topic and texts 65,535 bytes in UTF-8, payload 65,535 bytes. [MQTT 5 §3.1.3.2]
/// </summary>
public sealed record MqttWill
{
    /// <summary>The topic name; no wildcards, at least one character.</summary>
    public required string Topic { get; init; }

    public ReadOnlyMemory<byte> Payload { get; init; }

    public MqttQos Qos { get; init; }

    public bool Retain { get; init; }

    /// <summary>How long the server waits after the connection ended before it publishes the will, in seconds.</summary>
    public uint DelaySeconds { get; init; }

    /// <summary>0: unspecified bytes, 1: UTF-8 text, null: not said.</summary>
    public byte? PayloadFormatIndicator { get; init; }

    /// <summary>Lifetime of the message once published, in seconds; null when it does not expire.</summary>
    public uint? MessageExpirySeconds { get; init; }

    public string? ContentType { get; init; }

    public string? ResponseTopic { get; init; }

    public ReadOnlyMemory<byte>? CorrelationData { get; init; }

    public IReadOnlyList<MqttUserProperty> UserProperties { get; init; } = [];
}
