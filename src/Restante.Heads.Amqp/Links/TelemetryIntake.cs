using System.Buffers;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Core.Access;
using Restante.Heads.Amqp.Messages;

namespace Restante.Heads.Amqp.Links;

/// <summary>A device sends telemetry.</summary>
internal sealed class TelemetryIntake(AmqpPeer peer, AmqpLink link, DevicePrincipal device, string? channel) : IntakeLink(peer, link)
{
    protected override void Take(in IncomingDelivery delivery)
    {
        ArrayBufferWriter<byte> content = OutputSpace.Rent();
        ContentFromAmqp.Write(new MessageReader(delivery.Payload), content);
        FinishWith(Peer.Gateway.Telemetry.PublishAsync(device, channel, content.WrittenMemory), delivery);
    }
}
