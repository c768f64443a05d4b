using Restante.Amqp.Types;

namespace Restante.Amqp.FlowControl;

/// <summary>The credit of a link as its receiver counts it. [AMQP 2.6.7]</summary>
internal struct ReceiverCredit
{
    // How many deliveries may still come at most: what is left of the highest grant, at least the credit.
    private uint _reachable;

    internal SerialNumber DeliveryCount { get; private set; }

    internal uint Credit { get; private set; }

    internal bool Drain { get; private set; }

    /// <summary>Learns where the peer begins to count. What was granted before its attach holds from there.</summary>
    internal void OnAttach(uint initialDeliveryCount) => DeliveryCount = new SerialNumber(initialDeliveryCount);

    internal void Grant(uint credit, bool drain)
    {
        Credit = credit;
        Drain = drain && credit > 0;
        _reachable = Math.Max(_reachable, credit);
    }

    /// <summary>Counts a delivery that begins; false where no credit was ever granted for it. Credit that was taken back
    /// may have been used before the peer heard of it, so what counts is the highest grant.</summary>
    internal bool TryReceive()
    {
        if (_reachable == 0)
            return false;
        _reachable--;
        if (Credit > 0)
            Credit--;
        DeliveryCount += 1;
        if (Credit == 0)
            Drain = false;
        return true;
    }

    /// <summary>Follows a sender that used its credit up without sending.</summary>
    internal void OnFlow(SerialNumber senderCount)
    {
        int ahead = senderCount - DeliveryCount;
        if (ahead <= 0)
            return;
        // The count is the sender's to say, even where it gave up more than is left of a grant that was lowered meanwhile.
        // Whatever it says, it gives up and gains nothing.
        DeliveryCount = senderCount;
        _reachable -= Math.Min((uint)ahead, _reachable);
        Credit -= Math.Min((uint)ahead, Credit);
        if (Credit == 0)
            Drain = false;
    }
}
