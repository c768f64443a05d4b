using Restante.Amqp;
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

    /// <summary>
    /// A link's default outcome as it is kept for as long as the link: what <see cref="Of"/> reads of it, and nothing else that the peer
    /// hung on it.
    /// </summary>
    public static DeliveryState? Kept(DeliveryState? outcome) => outcome switch
    {
        Rejected rejected when Of(rejected).Reason is string reason => new Rejected(
            new AmqpError(AmqpConditions.NotAllowed, reason[..Math.Min(reason.Length, MailboxHub.MaxReasonLength)])),
        Rejected => Rejected.WithoutError,
        Modified modified => Modified.Of(modified.DeliveryFailed, modified.UndeliverableHere),
        { IsTerminal: true } => outcome,
        _ => null,
    };
}
