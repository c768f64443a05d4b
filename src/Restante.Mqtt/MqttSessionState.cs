namespace Restante.Mqtt;

/// <summary>
/// What a session carries from one connection to the next: packet identifiers only, messages stay with the owner.
/// [MQTT 5 §4.1]
/// </summary>
public sealed record MqttSessionState
{
    /// <summary>Nothing in flight.</summary>
    public static MqttSessionState Empty { get; } = new();

    /// <summary>QoS 2 messages received and taken by the owner whose PUBREL has not come: a repeated PUBLISH is not raised again.</summary>
    public ReadOnlyMemory<ushort> UnreleasedIncoming { get; init; }

    /// <summary>QoS 2 messages sent whose PUBREL was sent but not answered: the PUBREL is repeated on resumption.</summary>
    public ReadOnlyMemory<ushort> AwaitingPubComp { get; init; }

    /// <summary>
    /// Messages sent and not acknowledged so far (or whose PUBREC the owner had not answered with ReleaseOutgoing). Their identifiers
    /// stay reserved; the owner sends each again with <see cref="Packets.OutgoingMessage.ResendAs"/> or gives it up with
    /// <see cref="MqttConnection.AbandonOutgoing"/>. [MQTT-4.4.0-1]
    /// </summary>
    public ReadOnlyMemory<ushort> Unacknowledged { get; init; }

    /// <summary>The identifier used last, so that numbering goes on.</summary>
    public ushort LastPacketId { get; init; }

    public bool IsEmpty => UnreleasedIncoming.IsEmpty && AwaitingPubComp.IsEmpty && Unacknowledged.IsEmpty;
}
