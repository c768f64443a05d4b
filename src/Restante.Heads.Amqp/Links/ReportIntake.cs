using System.Buffers;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Core.Access;
using Restante.Core.Mailboxes;
using Restante.Heads.Amqp.Messages;

namespace Restante.Heads.Amqp.Links;

/// <summary>
/// A device reports on its commands: the correlation-id is the command's id as text or ulong, <c>final</c> marks the last report, and
/// <c>number</c> is its place among them.
/// </summary>
internal sealed class ReportIntake(AmqpPeer peer, AmqpLink link, DevicePrincipal device) : IntakeLink(peer, link)
{
    protected override void Take(in IncomingDelivery delivery)
    {
        var message = new MessageReader(delivery.Payload);
        if (!Sequence.TryParse(message.Properties.CorrelationIdText, out Sequence command))
            throw new FormatException("The correlation-id of a report must be the id of its command, as text or ulong.");
        var wishes = new MessageWishes(message);
        bool isFinal = wishes.Flag("final"u8) ?? false;
        int number = wishes.Number("number"u8) ?? 0;
        ArrayBufferWriter<byte> content = OutputSpace.Rent();
        ContentFromAmqp.Write(message, content, WishNames.OfStreams);
        FinishWith(Peer.Gateway.Reports.ReportAsync(device, command, content.WrittenMemory, isFinal, number), delivery);
    }
}
