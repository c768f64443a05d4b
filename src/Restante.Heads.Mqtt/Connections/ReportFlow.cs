using System.Buffers;
using Restante.Core.Refusals;
using Restante.Core.Reports;
using Restante.Heads.Mqtt.Messages;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// Publishes to <c>reports/{command}</c>: stored first, acknowledged then. With the property <c>number</c> a report can be repeated without being
/// stored twice.
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
        int bytes = content.WrittenCount;
        ValueTask<Result<StoredReport>> storing = owner.Head.Gateway.Reports.ReportAsync(
            owner.Principal!, topic.Command, content.WrittenMemory, topic.IsFinal || wishes.IsFinal, wishes.Number);
        ContentBuffer.Return(content);
        owner.AnswerWith(storing, packet.PacketId, packet.Qos, bytes);
    }
}
