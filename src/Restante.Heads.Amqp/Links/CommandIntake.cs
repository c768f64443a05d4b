using System.Buffers;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Core.Mailboxes;
using Restante.Heads.Amqp.Messages;

namespace Restante.Heads.Amqp.Links;

/// <summary>A service sends commands to one device, or to the device that each message names in <c>to</c>.</summary>
internal sealed class CommandIntake(AmqpPeer peer, AmqpLink link, string? device) : IntakeLink(peer, link)
{
    private const string Prefix = "devices/";

    protected override void Take(in IncomingDelivery delivery)
    {
        var message = new MessageReader(delivery.Payload);
        PropertiesReader properties = message.Properties;
        string? to = device ?? properties.To
            ?? throw new FormatException("On the address 'devices' each message names its device in the property 'to'.");
        if (to.StartsWith(Prefix, StringComparison.Ordinal))
            to = to[Prefix.Length..];
        ArrayBufferWriter<byte> content = OutputSpace.Rent();
        ContentFromAmqp.Write(message, content, WishNames.OfCommands);
        FinishWith(Peer.Gateway.Mailboxes.SendCommandAsync(Peer.Service!, to, content.WrittenMemory, Terms(message)), delivery);
    }

    private CommandTerms Terms(in MessageReader message)
    {
        var wishes = new MessageWishes(message);
        return new CommandTerms
        {
            MessageId = message.Properties.MessageIdText,
            ExpiresAtMs = ExpiresAt(message),
            NotBeforeMs = wishes.Time("not-before"u8),
            ReplaceKey = wishes.Text("replace-key"u8),
            WantsOutcome = wishes.Flag("outcome"u8) ?? true,
            ShelveExpired = wishes.Flag("shelve-expired"u8) ?? false,
            ReportsUntilMs = wishes.Time("reports-until"u8),
        };
    }
}
