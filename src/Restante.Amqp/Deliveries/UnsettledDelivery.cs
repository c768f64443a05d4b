using Restante.Amqp.Types;

namespace Restante.Amqp.Deliveries;

/// <summary>A delivery that is not settled at both ends. An entry without a link is a gap: its <see cref="ContextNumber"/> says how many
/// entries on it goes on, as far as that is known; those between are gaps.</summary>
internal struct UnsettledDelivery
{
    internal AmqpLink? Link;
    internal object? Reference;
    internal long ContextNumber;
    internal DeliveryNumber Number;
    internal ReceiverSettleMode Mode;

    internal readonly DeliveryContext Context => new(Reference, ContextNumber);
}
