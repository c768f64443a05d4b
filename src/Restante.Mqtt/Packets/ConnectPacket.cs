using System.Text;

namespace Restante.Mqtt.Packets;

/// <summary>A received CONNECT. A view, valid during the callback only: copy what is needed. [MQTT 5 §3.1]</summary>
public readonly ref struct ConnectPacket
{
    public MqttVersion Version { get; internal init; }

    /// <summary>Clean start (5.0) or clean session (3.1.1).</summary>
    public bool CleanStart { get; internal init; }

    /// <summary>The keep-alive asked for, in seconds; 0 switches it off.</summary>
    public ushort KeepAliveSeconds { get; internal init; }

    /// <summary>The client identifier, valid UTF-8; empty when the server is to choose one.</summary>
    public ReadOnlySpan<byte> ClientId { get; internal init; }

    public bool HasUserName { get; internal init; }

    /// <summary>The user name, valid UTF-8.</summary>
    public ReadOnlySpan<byte> UserName { get; internal init; }

    public bool HasPassword { get; internal init; }

    /// <summary>The password: any bytes. Never log it.</summary>
    public ReadOnlySpan<byte> Password { get; internal init; }

    public MqttProperties Properties { get; internal init; }

    public bool HasWill { get; internal init; }

    public ReadOnlySpan<byte> WillTopic { get; internal init; }

    public ReadOnlySpan<byte> WillPayload { get; internal init; }

    public MqttQos WillQos { get; internal init; }

    public bool WillRetain { get; internal init; }

    public MqttProperties WillProperties { get; internal init; }

    /// <summary>
    /// How long the session may outlive the connection, in seconds; uint.MaxValue is for ever. For 3.1.1: 0 with clean
    /// session, else for ever. [MQTT 5 §3.1.2.11.2]
    /// </summary>
    public uint SessionExpirySeconds => Version == MqttVersion.V311
        ? (CleanStart ? 0 : uint.MaxValue)
        : Properties.Number(MqttPropertyId.SessionExpiryInterval) ?? 0;

    /// <summary>Whether the client asks for extended authentication. [MQTT 5 §4.12]</summary>
    public bool HasAuthenticationMethod => Properties.Contains(MqttPropertyId.AuthenticationMethod);

    /// <summary>Copies the will into an object of its own; null when there is none.</summary>
    public MqttWill? CopyWill()
    {
        if (!HasWill)
        {
            return null;
        }

        MqttProperties properties = WillProperties;
        return new MqttWill
        {
            Topic = Encoding.UTF8.GetString(WillTopic),
            Payload = WillPayload.ToArray(),
            Qos = WillQos,
            Retain = WillRetain,
            DelaySeconds = properties.Number(MqttPropertyId.WillDelayInterval) ?? 0,
            PayloadFormatIndicator = (byte?)properties.Number(MqttPropertyId.PayloadFormatIndicator),
            MessageExpirySeconds = properties.Number(MqttPropertyId.MessageExpiryInterval),
            ContentType = properties.Text(MqttPropertyId.ContentType),
            ResponseTopic = properties.Text(MqttPropertyId.ResponseTopic),
            CorrelationData = properties.Contains(MqttPropertyId.CorrelationData)
                ? properties.Bytes(MqttPropertyId.CorrelationData).ToArray()
                : (ReadOnlyMemory<byte>?)null,
            UserProperties = properties.CopyUserProperties(),
        };
    }
}
