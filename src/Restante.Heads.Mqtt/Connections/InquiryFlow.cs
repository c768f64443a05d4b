using System.Buffers;
using System.Text;
using Restante.Core.Refusals;
using Restante.Heads.Mqtt.Messages;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// Publishes to <c>inquiries/{subject}/{id}</c>: the acknowledgement says that the question is durable; the answers come to the mailbox. The
/// same id again is the same inquiry, so a repeated publish asks nothing twice.
/// </summary>
internal static class InquiryFlow
{
    public static void Ask(DeviceConnection owner, in PublishPacket packet, in PublishTopic topic)
    {
        if (!PublishWishes.TryRead(packet, topic.Bag, out PublishWishes wishes, out string? problem))
        {
            owner.RefusePublish(packet.PacketId, packet.Qos, new Refusal(RefusalKind.Malformed, problem));
            return;
        }

        // The earlier of the message's expiry and the instant named.
        long? byExpiry = packet.MessageExpirySeconds is uint seconds ? owner.Head.UnixNowMs + (seconds * 1000L) : null;
        long? deadline = byExpiry is long e && wishes.UntilMs is long u ? Math.Min(e, u) : byExpiry ?? wishes.UntilMs;
        if (owner.TakeContent(packet, topic.Bag) is not ArrayBufferWriter<byte> content)
            return;
        owner.AnswerAs(
            packet,
            topic.Child,
            content.WrittenMemory,
            (Subject: TextOf(topic.Channel), Id: TextOf(topic.Inquiry), Deadline: deadline, wishes.OnlyIfHandled),
            static (gateway, device, bytes, inquiry) =>
                gateway.Inquiries.AskAsync(device, inquiry.Subject, inquiry.Id, bytes, inquiry.Deadline, inquiry.OnlyIfHandled));
        ContentBuffer.Return(content);
    }

    public static void Cancel(DeviceConnection owner, in PublishPacket packet, in PublishTopic topic) =>
        owner.AnswerAs(
            packet,
            topic.Child,
            default,
            TextOf(topic.Inquiry),
            static (gateway, device, _, id) => gateway.Inquiries.CancelAsync(device, id));

    private static string TextOf(ReadOnlySpan<byte> level) => Encoding.UTF8.GetString(level);
}
