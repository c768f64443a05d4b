using System.Buffers;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Core.Access;
using Restante.Heads.Amqp.Messages;

namespace Restante.Heads.Amqp.Links;

/// <summary>
/// A device asks about a subject: the message-id names the inquiry, the time to live, the absolute expiry or <c>until</c> bounds it, and
/// <c>only-if-handled</c> refuses it when nobody would answer. With <c>cancel</c> it takes the inquiry back that the correlation-id, or
/// else the message-id, names.
/// </summary>
internal sealed class InquiryIntake(AmqpPeer peer, AmqpLink link, DevicePrincipal device, string subject) : IntakeLink(peer, link)
{
    protected override void Take(in IncomingDelivery delivery)
    {
        var message = new MessageReader(delivery.Payload);
        var wishes = new MessageWishes(message);
        if (wishes.Flag("cancel"u8) == true)
        {
            string? cancelled = message.Properties.CorrelationIdText ?? message.Properties.MessageIdText;
            FinishWith(Peer.Gateway.Inquiries.CancelAsync(device, cancelled ?? throw Unnamed()), delivery);
            return;
        }

        // A disposition cannot tell the id that the gateway would make.
        string id = message.Properties.MessageIdText ?? throw Unnamed();
        long? until = wishes.Time("until"u8);
        long? deadline = ExpiresAt(message) is long expires ? Math.Min(expires, until ?? expires) : until;
        bool onlyIfHandled = wishes.Flag("only-if-handled"u8) ?? false;
        ArrayBufferWriter<byte> content = OutputSpace.Rent();
        ContentFromAmqp.Write(message, content, WishNames.OfInquiries);
        FinishWith(Peer.Gateway.Inquiries.AskAsync(Asker, subject, id, content.WrittenMemory, deadline, onlyIfHandled), delivery);
    }

    // By the credentials that the connection rests on now: a token may have come since the link was attached.
    private DevicePrincipal Asker => device.Through is null && Peer.Device is DevicePrincipal own ? own : device;

    private static FormatException Unnamed() => new("The message-id of an inquiry must be its id.");
}
