using Restante.Amqp.Types;

namespace Restante.Amqp.FlowControl;

/// <summary>The credit of a link as its sender counts it. [AMQP 2.6.7]</summary>
internal struct SenderCredit
{
    internal SerialNumber DeliveryCount { get; private set; }

    internal uint Credit { get; private set; }

    internal bool Drain { get; private set; }

    internal void OnFlow(SerialNumber? receiverCount, uint linkCredit, bool drain)
    {
        // [AMQP 2.6.7] link-credit(snd) := delivery-count(rcv) + link-credit(rcv) - delivery-count(snd); a receiver that has
        // not seen our attach counts from the initial delivery-count, which is 0.
        uint underWay = unchecked(DeliveryCount.Value - (receiverCount ?? default).Value);
        Credit = underWay <= linkCredit ? linkCredit - underWay : 0;
        Drain = drain;
    }

    internal void Send()
    {
        DeliveryCount += 1;
        Credit--;
    }

    /// <summary>Uses up what is left, as a drain demands. [AMQP 2.6.7]</summary>
    internal void Exhaust()
    {
        DeliveryCount += Credit;
        Credit = 0;
        Drain = false;
    }
}
