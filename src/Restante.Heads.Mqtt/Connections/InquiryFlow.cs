using System.Buffers;
using System.Text;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Inquiries;
using Restante.Core.Refusals;
using Restante.Heads.Mqtt.Messages;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// Publishes to <c>inquiries/{subject}/{id}</c>: the acknowledgement says that the question is durable; the answers come to the mailbox.
/// The same id again is the same inquiry, so a repeated publish asks nothing twice.
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
            new Question(
                TextOf(topic.Channel),
                TextOf(topic.Inquiry),
                deadline,
                wishes.OnlyIfHandled,
                MayRepeat: packet.Duplicate || owner.Engine.Version != MqttVersion.V500),
            static (gateway, device, bytes, question) => AskAsync(gateway, device, bytes, question));
        ContentBuffer.Return(content);
    }

    public static void Cancel(DeviceConnection owner, in PublishPacket packet, in PublishTopic topic) =>
        owner.AnswerAs(
            packet,
            topic.Child,
            default,
            TextOf(topic.Inquiry),
            static (gateway, device, _, id) => gateway.Inquiries.CancelAsync(device, id));

    // A publish that is sent again may find its inquiry ended, and is confirmed. One that is new means another question, and would wait for
    // answers that never come. 3.1.1 could only be told by the end of the connection, which helps nobody.
    private static async ValueTask<Result<AskedInquiry>> AskAsync(
        Gateway gateway, DevicePrincipal device, ReadOnlyMemory<byte> content, Question question)
    {
        Result<AskedInquiry> asked = await gateway.Inquiries.AskAsync(
            device, question.Subject, question.Id, content, question.DeadlineMs, question.OnlyIfHandled);
        return !question.MayRepeat && asked is { IsSuccess: true, Value: { IsDuplicate: true, Inquiry.Outcome: InquiryOutcome outcome } }
            ? new Refusal(
                RefusalKind.Conflict, $"Inquiry '{question.Id}' was asked before and has ended as {outcome.Name()}: ask under another id.")
            : asked;
    }

    private static string TextOf(ReadOnlySpan<byte> level) => Encoding.UTF8.GetString(level);

    private readonly record struct Question(string Subject, string Id, long? DeadlineMs, bool OnlyIfHandled, bool MayRepeat);
}
