using System.Text;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// Publishes to <c>mailbox/settle/{lease}/{verb}</c>, below <c>devices/{id}/</c> for a device behind this one: the result is the answer to
/// the publish.
/// </summary>
internal static class SettleFlow
{
    public static void Publish(DeviceConnection owner, in PublishPacket packet, in PublishTopic topic)
    {
        if (owner.SubscriberOf(topic.Child)?.Mailbox is not { Session: MailboxSession session } mailbox)
        {
            NotHeld(owner, packet, isOwn: topic.Child.IsEmpty);
            return;
        }

        string? reason = topic.Verb == SettleVerb.Reject ? ReasonOf(packet.Payload) : null;
        if (topic.Verb != SettleVerb.Renew)
            mailbox.BeginSettleByTopic(topic.Lease, topic.Verb, reason);
        owner.BeginCommit(packet.Payload.Length);
        owner.Await(
            session.SettleAsync(topic.Lease, topic.Verb, reason),
            (Owner: owner, Mailbox: mailbox, packet.PacketId, packet.Qos, topic.Lease, topic.Verb, packet.Payload.Length),
            static (result, work) =>
            {
                Settled(work.Owner, work.Mailbox, work.PacketId, work.Qos, work.Lease, work.Verb, result);
                work.Owner.EndCommit(work.Length);
            });
    }

    private static void NotHeld(DeviceConnection owner, in PublishPacket packet, bool isOwn)
    {
        if (!isOwn && owner.Engine.Version == MqttVersion.V311)
        {
            // It may have been taken a moment ago, which must not cost the gateway and its other devices the connection.
            owner.Head.Metrics.LateSettle();
            owner.ConfirmPublish(packet.PacketId, packet.Qos);
            return;
        }

        owner.RefusePublish(
            packet.PacketId, packet.Qos, new Refusal(
                RefusalKind.Conflict, "This connection does not hold the mailbox: subscribe to it first."));
    }

    private static void Settled(
        DeviceConnection owner, MailboxFlow mailbox, PacketId id, MqttQos qos, LeaseId lease, SettleVerb verb, Result<SettleResult> result)
    {
        if (result.Refusal is Refusal refusal)
        {
            if (verb != SettleVerb.Renew)
                mailbox.EndSettleByTopic(lease, done: refusal.Kind == RefusalKind.Expired);
            Refused(owner, mailbox, id, qos, refusal);
            return;
        }

        owner.Head.Metrics.Settled(verb);
        owner.ConfirmPublish(id, qos);
        if (verb != SettleVerb.Renew)
            mailbox.EndSettleByTopic(lease, done: true);
    }

    private static void Refused(DeviceConnection owner, MailboxFlow mailbox, PacketId id, MqttQos qos, Refusal refusal)
    {
        if (refusal.Kind == RefusalKind.Conflict)
        {
            mailbox.Taken(refusal.Message);
            if (owner.IsEnding)
                return;
        }

        bool isLate = refusal.Kind is RefusalKind.Expired or RefusalKind.Conflict;
        if (isLate)
            owner.Head.Metrics.LateSettle();
        if (isLate && owner.Engine.Version == MqttVersion.V311)
            owner.ConfirmPublish(id, qos); // Nothing can be told, and closing would help nobody: the message comes again. [MQTT-3.3.5-2]
        else
            owner.RefusePublish(id, qos, refusal);
    }

    /// <summary>What a device says of a rejection, cut to what can be kept of it; null for nothing.</summary>
    public static string? ReasonOf(ReadOnlySpan<byte> payload)
    {
        // Four bytes for each character that is kept are enough; a sequence that is cut is replaced.
        ReadOnlySpan<byte> kept = payload[..Math.Min(payload.Length, MailboxHub.MaxReasonLength * 4)];
        return kept.IsEmpty ? null : Encoding.UTF8.GetString(kept);
    }
}
