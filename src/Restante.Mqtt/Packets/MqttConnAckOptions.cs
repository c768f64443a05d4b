namespace Restante.Mqtt.Packets;

/// <summary>
/// What a server adds to a CONNACK of success. Receive maximum, packet size, alias and availability properties come
/// from the connection's settings. In 3.1.1 only <see cref="SessionPresent"/> is sent. [MQTT 5 §3.2]
/// </summary>
public sealed record MqttConnAckOptions
{
    /// <summary>Nothing to add, no session.</summary>
    public static MqttConnAckOptions Default { get; } = new();

    /// <summary>Whether the server goes on with an earlier session; must be false when the client asked for a clean start.</summary>
    public bool SessionPresent { get; init; }

    /// <summary>The identifier the server chose; needed in 5.0 when the client sent an empty one. [MQTT-3.2.2-16]</summary>
    public string? AssignedClientId { get; init; }

    /// <summary>Replaces the keep-alive that the client asked for, in seconds. 5.0 only. [MQTT-3.2.2-21]</summary>
    public ushort? ServerKeepAliveSeconds { get; init; }

    /// <summary>Replaces the session expiry that the client asked for, in seconds.</summary>
    public uint? SessionExpirySeconds { get; init; }

    /// <summary>Sent only when the client asked for it. [MQTT-3.1.2-28]</summary>
    public string? ResponseInformation { get; init; }

    public string? ServerReference { get; init; }

    public string? ReasonString { get; init; }

    /// <summary>Method of extended authentication when one was carried out.</summary>
    public string? AuthenticationMethod { get; init; }

    public ReadOnlyMemory<byte>? AuthenticationData { get; init; }

    public IReadOnlyList<MqttUserProperty> UserProperties { get; init; } = [];
}
