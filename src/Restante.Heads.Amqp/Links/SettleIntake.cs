using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;

namespace Restante.Heads.Amqp.Links;

/// <summary>
/// A device settles or renews a lease by a message: subject <c>accept</c>, <c>reject</c>, <c>release</c> or <c>renew</c>, application
/// property <c>lease</c> as in the annotation <c>x-opt-restante-lease</c>, for reject an application property <c>reason</c>. The
/// disposition is the answer.
/// </summary>
internal sealed class SettleIntake(AmqpPeer peer, AmqpLink link, DevicePrincipal device) : IntakeLink(peer, link)
{
    protected override bool IsPaced => false;

    protected override void Take(in IncomingDelivery delivery)
    {
        var message = new MessageReader(delivery.Payload);
        SettleVerb verb = message.Properties.Subject switch
        {
            "accept" => SettleVerb.Accept,
            "reject" => SettleVerb.Reject,
            "release" => SettleVerb.Release,
            "renew" => SettleVerb.Renew,
            _ => throw new FormatException("The subject must be accept, reject, release or renew."),
        };
        MapReader properties = message.ApplicationProperties;
        if (!properties.TryGet("lease"u8, out AmqpReader value) || !LeaseId.TryParse(value.ReadString(), out LeaseId lease))
            throw new FormatException("The application property 'lease' must hold the lease of a message.");
        string? reason = properties.TryGet("reason"u8, out AmqpReader text) ? text.ReadString() : null;
        if (Peer.Mailboxes.Of(device.Number)?.Session is not MailboxSession session)
        {
            Finish<bool>(
                delivery.Number,
                delivery.IsSettled,
                new Refusal(RefusalKind.Conflict, "This connection does not hold the mailbox; attach to 'mailbox' first."));
            return;
        }

        FinishWith(session.SettleAsync(lease, verb, reason), delivery);
    }
}
