using Restante.Core.Access;
using Restante.Heads.Mqtt.Sessions;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// A device whose mail and state go to a connection: the one that is connected, or one behind it. Used in turns of the connection.
/// </summary>
internal interface ISubscriber
{
    /// <summary>The connection.</summary>
    DeviceConnection Owner { get; }

    /// <summary>The device; of no meaning before it is known that the connection may act for it.</summary>
    DevicePrincipal Device { get; }

    /// <summary>What stands before its topics: empty, or <c>devices/{id}/</c>.</summary>
    string Prefix { get; }

    /// <summary>What is subscribed to of it.</summary>
    SubscriptionSet Subscriptions { get; set; }

    /// <summary>Its mailbox, from the first subscription on.</summary>
    MailboxFlow? Mailbox { get; set; }

    /// <summary>What keeps the peer up with its desired state; null while no subscription selects it.</summary>
    StateFlow? State { get; set; }

    /// <summary>The connection has no claim on the device any more: the peer is told so.</summary>
    /// <param name="code">Why, as DISCONNECT says it.</param>
    /// <param name="why">The same in words.</param>
    void Lose(MqttReasonCode code, string why);

    /// <summary>The mailbox was given up, as nothing of it is subscribed to.</summary>
    void Detached();
}
