using System.Buffers;
using System.Text;
using Restante.Core.Inquiries;
using Restante.Core.Refusals;
using Restante.Heads.Mqtt.Messages;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// Publishes to <c>inquiries/{subject}/{id}</c>: the acknowledgement says that the question is durable; the answers come to the mailbox. The same id
/// again is the same inquiry, so a repeated publish asks nothing twice.
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
        int bytes = content.WrittenCount;
        ValueTask<Result<AskedInquiry>> asking = owner.Head.Gateway.Inquiries.AskAsync(
            owner.Principal!, TextOf(topic.Channel), TextOf(topic.Inquiry), content.WrittenMemory, deadline, wishes.OnlyIfHandled);
        ContentBuffer.Return(content);
        owner.AnswerWith(asking, packet.PacketId, packet.Qos, bytes);
    }

    public static void Cancel(DeviceConnection owner, in PublishPacket packet, in PublishTopic topic) =>
        owner.AnswerWith(
            owner.Head.Gateway.Inquiries.CancelAsync(owner.Principal!, TextOf(topic.Inquiry)), packet.PacketId, packet.Qos, packet.Payload.Length);

    private static string TextOf(ReadOnlySpan<byte> level) => Encoding.UTF8.GetString(level);
}
