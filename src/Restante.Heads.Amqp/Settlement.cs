using Restante.Amqp.Messaging;
using Restante.Core.Mailboxes;

namespace Restante.Heads.Amqp;

/// <summary>What a receiver's delivery state means for what is under a lease.</summary>
internal static class Settlement
{
    /// <summary>The verb, and for a rejection the reason.</summary>
    public static (SettleVerb Verb, string? Reason) Of(DeliveryState state) => state switch
    {
        Accepted => (SettleVerb.Accept, null),
        Rejected rejected => (SettleVerb.Reject, rejected.Error?.Description ?? rejected.Error?.Condition.Value),
        Modified { UndeliverableHere: true } => (SettleVerb.Reject, "The receiver said that it is undeliverable there."),
        _ => (SettleVerb.Release, null),
    };
}
