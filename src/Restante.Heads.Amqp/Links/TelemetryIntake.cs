using System.Buffers;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Telemetry;
using Restante.Heads.Amqp.Messages;

namespace Restante.Heads.Amqp.Links;

/// <summary>A device sends telemetry: messages, and batches of them that are stored whole or not at all.</summary>
internal sealed class TelemetryIntake(AmqpPeer peer, AmqpLink link, DevicePrincipal device, string? channel) : IntakeLink(peer, link)
{
    /// <summary>The format in which senders of events write several messages as one: each data section is an encoded message.</summary>
    private const uint BatchFormat = 0x8001_3700;

    protected override bool Reads(uint messageFormat) => messageFormat == BatchFormat || base.Reads(messageFormat);

    protected override void Take(in IncomingDelivery delivery)
    {
        if (delivery.MessageFormat == BatchFormat)
        {
            FinishWith(Peer.Gateway.Telemetry.PublishAsync(device, channel, ReadBatch(delivery.Payload)), delivery);
            return;
        }

        ArrayBufferWriter<byte> content = OutputSpace.Rent();
        ContentFromAmqp.Write(new MessageReader(delivery.Payload), content, WishNames.None);
        FinishWith(Peer.Gateway.Telemetry.PublishAsync(device, channel, content.WrittenMemory), delivery);
    }

    private static List<ReadOnlyMemory<byte>> ReadBatch(ReadOnlySpan<byte> payload)
    {
        var batch = new MessageReader(payload);
        if (batch.BodyKind != BodyKind.Data)
            throw new FormatException("A batch has data sections, each with an encoded message.");
        var contents = new List<ReadOnlyMemory<byte>>();
        var sections = new SectionReader(batch.Body);
        while (sections.Next())
        {
            if (contents.Count == TelemetryStreams.MaxBatch)
                throw new FormatException($"A batch has at most {TelemetryStreams.MaxBatch} messages.");
            var content = new ArrayBufferWriter<byte>(sections.Value.Length + 16);
            ContentFromAmqp.Write(new MessageReader(new AmqpReader(sections.Value).ReadBinary()), content, WishNames.None);
            contents.Add(content.WrittenMemory);
        }

        return contents;
    }
}
