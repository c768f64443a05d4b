using System.Text;
using Restante.Mqtt.Packets;

namespace Restante.Client.Mqtt;

/// <summary>A message that was received; with QoS 1 or 2 it waits to be acknowledged.</summary>
public sealed class MqttReceived
{
    private readonly MqttClient _client;
    private readonly PacketId _packet;

    private MqttReceived(MqttClient client, in PublishPacket packet)
    {
        _client = client;
        _packet = packet.PacketId;
        Topic = Encoding.UTF8.GetString(packet.Topic);
        Payload = packet.Payload.ToArray();
        ContentType = packet.ContentType.IsEmpty ? null : Encoding.UTF8.GetString(packet.ContentType);
        CorrelationData = packet.CorrelationData.ToArray();
        ExpirySeconds = packet.MessageExpirySeconds;
        UserProperties = packet.Properties.CopyUserProperties();
    }

    /// <summary>Its topic.</summary>
    public string Topic { get; }

    /// <summary>Its payload.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>The MIME type of the payload (5.0).</summary>
    public string? ContentType { get; }

    /// <summary>What it belongs to, in the sender's words (5.0); empty when it says nothing.</summary>
    public ReadOnlyMemory<byte> CorrelationData { get; }

    /// <summary>The seconds that it had left to live when it was sent (5.0); null when it does not expire.</summary>
    public uint? ExpirySeconds { get; }

    /// <summary>Its user properties (5.0).</summary>
    public IReadOnlyList<MqttUserProperty> UserProperties { get; }

    /// <summary>Done. False when the connection has ended, or the message needs no acknowledgement.</summary>
    public bool Accept() => Acknowledge(MqttReasonCode.Success);

    /// <summary>Never deliver it again (5.0 only).</summary>
    public bool Reject() => Acknowledge(MqttReasonCode.UnspecifiedError);

    /// <summary>Give it back (5.0 only).</summary>
    public bool Release() => Acknowledge(MqttReasonCode.ImplementationSpecificError);

    internal static MqttReceived Of(MqttClient client, in PublishPacket packet) => new(client, packet);

    private bool Acknowledge(MqttReasonCode code) => !_packet.IsNone && _client.Acknowledge(_packet, code);
}
