namespace Restante.Amqp;

/// <summary>The settlement policy of a sender. [AMQP 2.8.2]</summary>
public enum SenderSettleMode : byte
{
    Unsettled = 0,
    Settled = 1,
    Mixed = 2,
}

/// <summary>The settlement policy of a receiver. [AMQP 2.8.3]</summary>
public enum ReceiverSettleMode : byte
{
    /// <summary>The receiver settles of its own accord.</summary>
    First = 0,

    /// <summary>The receiver settles only after the sender has.</summary>
    Second = 1,
}
