namespace Restante.Mqtt.Packets;

/// <summary>
/// What a client says in CONNECT. Receive maximum, packet size and alias limits come from the connection's settings.
/// What 3.1.1 does not know is left out there. [MQTT 5 §3.1]
/// </summary>
public sealed record MqttConnectOptions
{
    public MqttVersion Version { get; init; } = MqttVersion.V500;

    /// <summary>The client identifier; empty asks the server to choose one.</summary>
    public string ClientId { get; init; } = "";

    public bool CleanStart { get; init; } = true;

    /// <summary>Longest silence of this client in seconds, 0 to switch off. Default 60.</summary>
    public ushort KeepAliveSeconds { get; init; } = 60;

    public string? UserName { get; init; }

    /// <summary>Any bytes, at most 65,535. 3.1.1 demands a user name with it.</summary>
    public ReadOnlyMemory<byte>? Password { get; init; }

    public MqttWill? Will { get; init; }

    /// <summary>How long the session outlives the connection in seconds; uint.MaxValue is for ever. 5.0 only.</summary>
    public uint SessionExpirySeconds { get; init; }

    /// <summary>Ask for response information in CONNACK. 5.0 only.</summary>
    public bool RequestResponseInformation { get; init; }

    /// <summary>Allow reason strings and user properties on every packet. 5.0 only, default true.</summary>
    public bool RequestProblemInformation { get; init; } = true;

    /// <summary>Method of extended authentication; null for none. 5.0 only.</summary>
    public string? AuthenticationMethod { get; init; }

    /// <summary>First data of extended authentication; needs a method.</summary>
    public ReadOnlyMemory<byte>? AuthenticationData { get; init; }

    public IReadOnlyList<MqttUserProperty> UserProperties { get; init; } = [];
}
