namespace Restante.Mqtt.Packets;

/// <summary>What a DISCONNECT says beside its reason code. 5.0 only. [MQTT 5 §3.14]</summary>
public sealed record MqttDisconnectOptions
{
    public string? ReasonString { get; init; }

    /// <summary>Another server to use; server role only.</summary>
    public string? ServerReference { get; init; }

    /// <summary>
    /// Replaces the session expiry of CONNECT, in seconds; client role only, and not from 0 to more. [MQTT 5 §3.14.2.2.2]
    /// </summary>
    public uint? SessionExpirySeconds { get; init; }

    public IReadOnlyList<MqttUserProperty> UserProperties { get; init; } = [];
}
