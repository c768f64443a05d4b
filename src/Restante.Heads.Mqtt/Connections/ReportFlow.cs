using System.Buffers;
using Restante.Core.Refusals;
using Restante.Heads.Mqtt.Messages;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// Publishes to <c>reports/{command}</c>: stored first, acknowledged then. With the property <c>number</c> a report can be repeated without
/// being stored twice.
/// </summary>
internal static class ReportFlow
{
    public static void Publish(DeviceConnection owner, in PublishPacket packet, in PublishTopic topic)
    {
        if (!PublishWishes.TryRead(packet, topic.Bag, out PublishWishes wishes, out string? problem))
        {
            owner.RefusePublish(packet.PacketId, packet.Qos, new Refusal(RefusalKind.Malformed, problem));
            return;
        }

        if (owner.TakeContent(packet, topic.Bag) is not ArrayBufferWriter<byte> content)
            return;
        owner.AnswerAs(
            packet,
            topic.Child,
            content.WrittenMemory,
            (topic.Command, IsFinal: topic.IsFinal || wishes.IsFinal, wishes.Number),
            static (gateway, device, bytes, report) =>
                gateway.Reports.ReportAsync(device, report.Command, bytes, report.IsFinal, report.Number));
        ContentBuffer.Return(content);
    }
}
