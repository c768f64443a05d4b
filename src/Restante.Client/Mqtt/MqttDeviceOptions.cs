using Restante.Mqtt.Packets;

namespace Restante.Client.Mqtt;

/// <summary>How an MQTT client introduces itself.</summary>
public sealed record MqttDeviceOptions
{
    /// <summary>The client identifier; empty to have one assigned.</summary>
    public string ClientId { get; init; } = string.Empty;

    /// <summary>The version of the protocol.</summary>
    public MqttVersion Version { get; init; } = MqttVersion.V500;

    /// <summary>Whether to begin without the state of an earlier session.</summary>
    public bool CleanStart { get; init; } = true;

    /// <summary>The keep-alive time, in seconds; 0 for none.</summary>
    public ushort KeepAliveSeconds { get; init; } = 300;

    /// <summary>How long the session is kept after the connection, in seconds (5.0).</summary>
    public uint SessionExpirySeconds { get; init; }
}
