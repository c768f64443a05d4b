using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Heads.Amqp.Requests;

namespace Restante.Heads.Amqp.Links;

/// <summary>
/// Tokens come on this link, to <c>$cbs</c>; the answers go out on a receiver from there. The first token says who the peer is, a later one
/// of the same principal takes its place, so that the connection goes on beyond the end of the first.
/// </summary>
internal sealed class TokenIntake(AmqpPeer peer, AmqpLink link) : IntakeLink(peer, link)
{
    private const int MaxIdBytes = 256;
    private const int MaxMessageBytes = 16 * 1024;

    private static readonly DecodeLimits s_limits = new(MaxDepth: 4, MaxValues: 64);

    protected override bool IsPaced => false;

    // Who has no credentials yet can send here: no more than a token and what is said of it.
    protected override int? MaxMessageSize => MaxMessageBytes;

    protected override void Take(in IncomingDelivery delivery)
    {
        AmqpMessage message = AmqpMessage.Decode(delivery.Payload, s_limits);
        if (Peer.FindTokenReplies(message.Properties?.ReplyTo) is not ReplyDelivery replies)
        {
            Finish<bool>(delivery.Number, delivery.IsSettled, new Refusal(
                RefusalKind.Conflict, $"There is no link for the answer: attach a receiver to '{Addresses.Tokens}'."));
            return;
        }

        object? id = message.Properties?.MessageId ?? message.Properties?.CorrelationId;
        if (BytesOf(id) > MaxIdBytes)
        {
            Finish<bool>(delivery.Number, delivery.IsSettled, new Refusal(
                RefusalKind.TooLarge, $"The id of a message with a token has {MaxIdBytes} bytes at the most."));
            return;
        }

        if (!replies.TryReserveForToken())
        {
            Finish<bool>(delivery.Number, delivery.IsSettled, new Refusal(
                RefusalKind.Throttled, "As many answers wait for the receiver's credit as may; receive some first."));
            return;
        }

        int bytes = delivery.Payload.Length;
        Peer.BytesInFlight += bytes;
        var put = new PutToken(this, replies, id, delivery.Number, delivery.IsSettled, bytes);
        Result<string> token = TokenRequest.Read(new Request(message));
        if (!token.IsSuccess)
        {
            put.Answer(token.Refusal);
            return;
        }

        var attempt = new AuthenticationAttempt(null, token.Value, Peer.Name.Peer) { Connection = Peer.Name, IsPaced = true };
        Peer.Await(Peer.Gateway.Authenticator.AuthenticateAsync(attempt), put, static (peer, result, put) =>
        {
            if (!result.IsSuccess)
                put.Answer(result.Refusal);
            else
                peer.TakeToken(result.Value, put);
        });
    }

    /// <summary>One token on its way.</summary>
    internal sealed record PutToken(TokenIntake Link, ReplyDelivery Replies, object? Id, DeliveryNumber Number, bool IsSettled, int Bytes)
    {
        /// <summary>Tells the peer what became of it.</summary>
        public void Answer(Refusal? refusal)
        {
            Link.Peer.BytesInFlight -= Bytes;
            Answer answer = refusal is null ? Requests.Answer.Done() : Requests.Answer.Refused(refusal);
            Replies.Reply(Id, answer with { IsOfToken = true }, 0);
            Link.Finish<bool>(Number, IsSettled, true);
        }
    }
}
