using Restante.Core.Refusals;
using Restante.Core.States;
using Restante.Heads.Mqtt.Messages;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// Publishes to <c>state/get</c>, whose answer goes to <c>state/document</c> before the publish is acknowledged, and to
/// <c>state/reported</c>, a merge-patch that is durable when it is.
/// </summary>
internal static class StateRequests
{
    public static void Get(DeviceConnection owner, in PublishPacket packet, in PublishTopic topic)
    {
        if (owner.SubscriberOf(topic.Child) is not ISubscriber subscriber
            || !subscriber.Subscriptions.TrySelect(StateTopics.Document, out _))
        {
            var refusal = new Refusal(RefusalKind.Conflict, "The answer goes to state/document: subscribe to state/# first.");
            owner.RefusePublish(packet.PacketId, packet.Qos, refusal);
            return;
        }

        if (StateWriter.CorrelationOf(packet, topic.Bag) is not byte[] correlation)
        {
            var refusal = new Refusal(RefusalKind.Malformed, "The property bag of the topic is not URL-encoded.");
            owner.RefusePublish(packet.PacketId, packet.Qos, refusal);
            return;
        }

        // Counted with what is answered, so that many requests at once stop the reading.
        int bytes = 2 * owner.Head.Gateway.Limits.MaxStateBytes;
        owner.BeginCommit(bytes);
        owner.Await(
            owner.Head.Gateway.States.GetAsync(subscriber.Device),
            (Owner: owner, Subscriber: subscriber, packet.PacketId, packet.Qos, Correlation: correlation, Bytes: bytes),
            static (result, work) =>
            {
                Refusal? refusal = result.Refusal ?? Send(work.Subscriber, result.Value!, work.Qos, work.Correlation);
                if (refusal is not null)
                    work.Owner.RefusePublish(work.PacketId, work.Qos, refusal);
                else
                    work.Owner.ConfirmPublish(work.PacketId, work.Qos);
                work.Owner.EndCommit(work.Bytes);
                work.Owner.PauseByQuota(); // How much it was is known when it was read.
            });
        owner.PauseByQuota();
    }

    public static void Report(DeviceConnection owner, in PublishPacket packet, in PublishTopic topic)
    {
        if (!PublishWishes.TryRead(packet, topic.Bag, out PublishWishes wishes, out string? problem))
        {
            owner.RefusePublish(packet.PacketId, packet.Qos, new Refusal(RefusalKind.Malformed, problem));
            return;
        }

        byte[] patch = packet.Payload.ToArray();
        owner.AnswerAs(
            packet, topic.Child, patch, wishes.IfVersion,
            static (gateway, device, json, ifVersion) => gateway.States.PatchReportedAsync(device, json, ifVersion));
    }

    // An answer waits for no room: when the device acknowledges too little it is sent with QoS 0, as it may ask again.
    private static Refusal? Send(ISubscriber subscriber, StateDocument document, MqttQos asked, byte[] correlation)
    {
        if (!subscriber.Subscriptions.TrySelect(StateTopics.Document, out MqttQos qos))
            return null;
        DeviceConnection owner = subscriber.Owner;
        qos = asked < qos ? asked : qos;
        if (owner.Engine.SendQuota == 0)
            qos = MqttQos.AtMostOnce;
        MqttSendResult sent = StateWriter.SendDocument(
            owner.Engine, subscriber.Prefix, document, correlation, qos, subscriber.Subscriptions.IdentifiersOf(StateTopics.Document));
        if (sent.Status == MqttSendStatus.TooLarge)
        {
            owner.Head.Metrics.Misfit();
            return new Refusal(RefusalKind.TooLarge, "The state document does not fit the maximum packet size that the device announced.");
        }

        if (sent.IsSent)
            owner.Head.Metrics.StateSent();
        return null;
    }
}
