using System.Buffers;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
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
        ContentFromAmqp.Write(message, content);
        var terms = new CommandTerms { MessageId = properties.MessageIdText, ExpiresAtMs = ExpiresAt(message.ReadHeader(), properties) };
        FinishWith(Peer.Gateway.Mailboxes.SendCommandAsync(Peer.Service!, to, content.WrittenMemory, terms), delivery);
    }

    // The earlier of the header's time to live and the properties' absolute expiry. [AMQP 3.2.1, 3.2.4]
    private long? ExpiresAt(in MessageHeader header, in PropertiesReader properties)
    {
        long? byTtl = header.TtlMs is uint ttl ? Peer.Gateway.Time.GetUtcNow().ToUnixTimeMilliseconds() + ttl : null;
        long? absolute = properties.AbsoluteExpiryTime is AmqpTimestamp at ? at.UnixMilliseconds : null;
        return byTtl is long t && absolute is long a ? Math.Min(t, a) : byTtl ?? absolute;
    }
}
