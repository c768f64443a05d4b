using Restante.Mqtt.Packets;

namespace Restante.Mqtt;

/// <summary>How a connection ended, told once.</summary>
public readonly record struct MqttClosed
{
    public required MqttCloseCause Cause { get; init; }

    /// <summary>The reason sent or received; success for a normal end and for a lost transport.</summary>
    public required MqttReasonCode ReasonCode { get; init; }

    /// <summary>Words for a log: the peer's reason string or what it did wrong. Never contains payload or credentials.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// Server role: whether the will of this connection is to be published (after its delay). False when the connection was
    /// never accepted, has no will, or the client ended it with DISCONNECT 0x00. [MQTT-3.14.4-3]
    /// </summary>
    public bool PublishWill { get; init; }

    /// <summary>Server role: a session expiry that replaces the one of CONNECT, in seconds; null when it stays.</summary>
    public uint? SessionExpirySeconds { get; init; }
}
