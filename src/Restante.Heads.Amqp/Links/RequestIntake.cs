using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Refusals;
using Restante.Heads.Amqp.Requests;

namespace Restante.Heads.Amqp.Links;

/// <summary>
/// Requests come on this link; the answers go out on the <see cref="ReplyDelivery"/> that each request names, or that belongs to it.
/// </summary>
internal sealed class RequestIntake(AmqpPeer peer, AmqpLink link, string node, IRequestHandler handler) : IntakeLink(peer, link)
{
    private static readonly DecodeLimits s_limits = new(MaxDepth: 16, MaxValues: 16_384);

    // Services manage by requests, which are not counted; devices change their state.
    protected override bool IsPaced => Peer.Device is not null;

    protected override void Take(in IncomingDelivery delivery)
    {
        AmqpMessage message = AmqpMessage.Decode(delivery.Payload, s_limits);
        if (Peer.FindReplies(node, message.Properties?.ReplyTo, Link.Name) is not ReplyDelivery replies)
        {
            Finish<bool>(delivery.Number, delivery.IsSettled, new Refusal(
                RefusalKind.Conflict,
                $"There is no link for the answer: attach a receiver to '{node}', or name the address of one in reply-to."));
            return;
        }

        var request = new Request(message);
        object? id = message.Properties?.CorrelationId ?? message.Properties?.MessageId;
        int most = handler.MostBytes(request, Peer.Gateway.Limits) + BytesOf(id);
        if (!replies.TryReserve(most))
        {
            Finish<bool>(delivery.Number, delivery.IsSettled, new Refusal(
                RefusalKind.Throttled, "As many answers wait for the receiver's credit as may; receive some first."));
            return;
        }

        int bytes = delivery.Payload.Length;
        Peer.BytesInFlight += bytes;
        Peer.Await(
            handler.HandleAsync(request),
            (Link: this, replies, id, most, delivery.Number, delivery.IsSettled, bytes),
            static (peer, answer, d) =>
            {
                peer.BytesInFlight -= d.bytes;
                d.replies.Reply(d.id, answer!, d.most);
                d.Link.Finish<bool>(d.Number, d.IsSettled, true);
            });
    }
}
