using Restante.Amqp.Types;

namespace Restante.Amqp.FlowControl;

/// <summary>The credit of a link as its receiver counts it. [AMQP 2.6.7]</summary>
internal struct ReceiverCredit
{
    private SerialNumber _highestGranted;

    internal SerialNumber DeliveryCount { get; private set; }

    internal uint Credit { get; private set; }

    internal bool Drain { get; private set; }

    internal void OnAttach(uint initialDeliveryCount)
    {
        // Until now both counted from 0; what was granted before the peer's attach holds relative to its count.
        DeliveryCount = new SerialNumber(initialDeliveryCount);
        _highestGranted = DeliveryCount + _highestGranted.Value;
    }

    internal void Grant(uint credit, bool drain)
    {
        Credit = credit;
        Drain = drain && credit > 0;
        SerialNumber limit = DeliveryCount + credit;
        if (limit > _highestGranted)
            _highestGranted = limit;
    }

    /// <summary>Counts a delivery that begins; false where no credit was ever granted for it. Credit that was taken back
    /// may have been used before the peer heard of it, so what counts is the highest grant.</summary>
    internal bool TryReceive()
    {
        if (Credit == 0 && DeliveryCount >= _highestGranted)
            return false;
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
        DeliveryCount = senderCount;
        Credit -= Math.Min((uint)ahead, Credit);
        if (Credit == 0)
            Drain = false;
    }
}
