using Restante.Core.Mailboxes;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>Where a delivery stands.</summary>
internal enum DeliveryState : byte
{
    /// <summary>Sent; the device has not said anything.</summary>
    Sent,

    /// <summary>The device has decided, the store has not answered.</summary>
    Deciding,

    /// <summary>The device has decided, the store was unavailable; it is asked again.</summary>
    Undecided,

    /// <summary>The device has settled it by a publish, the store has not answered.</summary>
    SettlingByTopic,

    /// <summary>It is settled by a publish; only its acknowledgement is outstanding.</summary>
    SettledByTopic,
}

/// <summary>One message in the hands of the device.</summary>
internal struct Delivery
{
    /// <summary>The hand-out.</summary>
    public required LeaseId Lease { get; init; }

    /// <summary>The identifier it was sent under; none for QoS 0, and once QoS 1 is acknowledged.</summary>
    public PacketId PacketId { get; set; }

    public required MqttQos Qos { get; init; }

    public DeliveryState State { get; set; }

    /// <summary>Whether the acknowledgement came while a settle by publish was under way.</summary>
    public bool IsAcknowledged { get; set; }

    /// <summary>
    /// Whether the device has settled it by a publish, done or refused: what it said then counts, whatever acknowledgement it sends
    /// besides, and the identifier may have been acknowledged by it already.
    /// </summary>
    public bool IsByTopic { get; set; }

    /// <summary>What the device decided.</summary>
    public SettleVerb Verb { get; set; }

    /// <summary>Why, if it is a reject.</summary>
    public string? Reason { get; set; }
}
