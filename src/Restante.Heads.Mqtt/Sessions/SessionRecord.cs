using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Sessions;

/// <summary>What is kept of a client session between connections. The mail is not part of it: it stands in the mailbox.</summary>
internal sealed record SessionRecord
{
    /// <summary>The subscriptions.</summary>
    public SubscriptionSet Subscriptions { get; init; }

    /// <summary>
    /// True while a connection lives that is sent QoS 2 messages. A record that is found so belongs to a gateway that was killed: which
    /// identifiers the device holds is unknown, so the session counts as lost.
    /// </summary>
    public bool IsUnsettled { get; init; }

    /// <summary>The packet identifier used last.</summary>
    public ushort LastPacketId { get; init; }

    /// <summary>QoS 2 messages of the device that are stored and not released.</summary>
    public ReadOnlyMemory<ushort> Unreleased { get; init; }

    /// <summary>QoS 2 deliveries that wait for PUBCOMP.</summary>
    public ReadOnlyMemory<ushort> AwaitingPubComp { get; init; }

    /// <summary>Deliveries that were not acknowledged.</summary>
    public ReadOnlyMemory<SentBefore> Unacknowledged { get; init; }

    /// <summary>What it holds of devices behind a field gateway; empty for other devices.</summary>
    public IReadOnlyList<ChildRecord> Children { get; init; } = [];

    /// <summary>The highest QoS granted for mail.</summary>
    public MqttQos HighestQos
    {
        get
        {
            MqttQos highest = Subscriptions.HighestQos;
            foreach (ChildRecord child in Children)
                highest = child.Subscriptions.HighestQos > highest ? child.Subscriptions.HighestQos : highest;
            return highest;
        }
    }

    /// <summary>Whether it holds packet identifiers, which are true only until the session goes on.</summary>
    public bool HasFlows => !Unreleased.IsEmpty || !AwaitingPubComp.IsEmpty || !Unacknowledged.IsEmpty
        || Children.Any(child => child.Unacknowledged.Length > 0);

    /// <summary>The record as it stands while a connection lives.</summary>
    public static SessionRecord WhileConnected(SubscriptionSet subscriptions, IReadOnlyList<ChildRecord> children)
    {
        var record = new SessionRecord { Subscriptions = subscriptions, Children = children };
        return record with { IsUnsettled = record.HighestQos == MqttQos.ExactlyOnce };
    }
}
