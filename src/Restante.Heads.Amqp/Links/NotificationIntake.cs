using System.Buffers;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Core.Access;
using Restante.Core.Notifications;
using Restante.Core.Refusals;
using Restante.Heads.Amqp.Messages;

namespace Restante.Heads.Amqp.Links;

/// <summary>
/// A service sends notifications to one group, or to the audience that each message names in the property <c>audience</c>.
/// </summary>
internal sealed class NotificationIntake(AmqpPeer peer, AmqpLink link, string? group) : IntakeLink(peer, link)
{
    protected override void Take(in IncomingDelivery delivery)
    {
        var message = new MessageReader(delivery.Payload);
        string? audience = group is null ? new MessageWishes(message).Text("audience"u8) : null;
        if (group is null && audience is null)
            throw new FormatException(
                "On the address 'notifications' each message has its audience query in the application property 'audience'.");
        var terms = new NotificationTerms { MessageId = message.Properties.MessageIdText, ExpiresAtMs = ExpiresAt(message) };
        ArrayBufferWriter<byte> content = OutputSpace.Rent();
        ContentFromAmqp.Write(message, content, group is null ? WishNames.OfNotifications : WishNames.None);
        byte[] copy = content.WrittenSpan.ToArray(); // The hub may have to look at the store before it takes the message.
        NotificationHub notifications = Peer.Gateway.Notifications;
        ServicePrincipal sender = Peer.Service!.For(group is null ? Addresses.Notifications : Addresses.GroupPrefix + group)!;
        ValueTask<Result<SentNotification>> sent = audience is null
            ? notifications.NotifyGroupAsync(sender, group!, copy, terms, Peer.Over)
            : notifications.NotifyAsync(sender, audience, copy, terms, Peer.Over);
        FinishWith(sent, delivery);
    }
}
