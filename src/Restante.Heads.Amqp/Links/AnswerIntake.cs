using System.Buffers;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Core.Inquiries;
using Restante.Heads.Amqp.Messages;

namespace Restante.Heads.Amqp.Links;

/// <summary>
/// A service answers inquiries: the correlation-id is the inquiry's number as text or ulong, <c>final</c> marks the last answer, and
/// <c>number</c> is its place among them.
/// </summary>
internal sealed class AnswerIntake(AmqpPeer peer, AmqpLink link) : IntakeLink(peer, link)
{
    protected override void Take(in IncomingDelivery delivery)
    {
        var message = new MessageReader(delivery.Payload);
        if (!InquiryNumber.TryParse(message.Properties.CorrelationIdText, out InquiryNumber inquiry))
            throw new FormatException("The correlation-id of an answer must be the number of its inquiry, as text or ulong.");
        var wishes = new MessageWishes(message);
        bool isFinal = wishes.Flag("final"u8) ?? false;
        int number = wishes.Number("number"u8) ?? 0;
        ArrayBufferWriter<byte> content = OutputSpace.Rent();
        ContentFromAmqp.Write(message, content, WishNames.OfStreams);
        FinishWith(Peer.Gateway.Inquiries.AnswerAsync(Peer.Service!, inquiry, content.WrittenMemory, isFinal, number), delivery);
    }
}
