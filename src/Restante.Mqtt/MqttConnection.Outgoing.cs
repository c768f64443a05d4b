using Restante.Mqtt.Codec;
using Restante.Mqtt.Flows;
using Restante.Mqtt.Packets;
using Restante.Mqtt.Topics;

namespace Restante.Mqtt;

/// <content>Messages to the peer.</content>
public sealed partial class MqttConnection
{
    private ushort _initialSendQuota;
    private ushort _peerReceiveMaximum;

    /// <summary>
    /// How many more QoS 1 and 2 messages may be sent now: the peer's receive maximum or our own limit, less what is in flight. Flows that
    /// a restored session goes on with count too, which is less than [MQTT 5 §4.9] would allow and never more.
    /// </summary>
    public int SendQuota => IsConnected ? Math.Max(0, _initialSendQuota - (_outgoing?.InFlight ?? 0)) : 0;

    /// <summary>
    /// Replaces <see cref="MqttConnectionSettings.MaximumOutgoingInFlight"/> for this connection. What the peer allows stays the upper
    /// bound, and what is in flight stays in flight. Before CONNECT was raised it has no effect.
    /// </summary>
    /// <param name="inFlight">QoS 1 and 2 messages; at least 1.</param>
    public void LimitOutgoing(int inFlight)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inFlight, 1);
        _initialSendQuota = (ushort)Math.Min(_peerReceiveMaximum, inFlight);
    }

    /// <summary>
    /// Sends a message. Nothing is kept of it: the owner keeps QoS 1 and 2 messages until
    /// <see cref="IMqttConnectionHandler.OnPublishAcknowledged"/>. Throws <see cref="ArgumentException"/> for a topic or text that MQTT
    /// cannot carry.
    /// </summary>
    public MqttSendResult Send(in OutgoingMessage message)
    {
        CheckMessage(message);
        if (!IsConnected)
        {
            return new MqttSendResult(MqttSendStatus.NotConnected, PacketId.None);
        }

        if (message.Qos > _peerMaximumQos)
        {
            return new MqttSendResult(MqttSendStatus.QosNotSupported, PacketId.None);
        }

        if (message.Retain && !_retainAvailable)
        {
            return new MqttSendResult(MqttSendStatus.RetainNotSupported, PacketId.None);
        }

        PacketId id = PacketId.None;
        if (message.Qos != MqttQos.AtMostOnce)
        {
            // [MQTT-3.3.4-7] [MQTT-3.3.4-9]
            id = SendQuota == 0 ? PacketId.None : message.ResendAs.IsNone ? NextPacketId() : message.ResendAs;
            if (id.IsNone)
            {
                return new MqttSendResult(MqttSendStatus.Blocked, PacketId.None);
            }
        }

        if (!TryWriteMessage(message, id))
        {
            return new MqttSendResult(MqttSendStatus.TooLarge, PacketId.None);
        }

        if (!id.IsNone)
        {
            (_outgoing ??= new OutgoingFlows()).Add(id, message.Qos);
        }

        return new MqttSendResult(MqttSendStatus.Sent, id);
    }

    /// <summary>
    /// Sends PUBREL for a QoS 2 message whose PUBREC was raised, as soon as all older ones are released too [MQTT-4.6.0-4]. False when none
    /// was expected. After the end of the connection the release counts for <see cref="ExportSession"/> and nothing is sent.
    /// </summary>
    public bool ReleaseOutgoing(PacketId packetId)
    {
        if (_outgoing is null || !_outgoing.Release(packetId))
        {
            return false;
        }

        while (_outgoing.TryNextRelease(out PacketId id))
        {
            if (!IsClosed)
            {
                WriteAcknowledgement(MqttPacketType.PubRel, id, MqttReasonCode.Success);
            }
        }

        return true;
    }

    /// <summary>
    /// Gives up a restored message that was not sent again: its identifier becomes free. False when there is no such.
    /// </summary>
    public bool AbandonOutgoing(PacketId packetId) => _outgoing?.Abandon(packetId) ?? false;

    private void CheckMessage(in OutgoingMessage message)
    {
        if (!TopicName.IsValid(message.Topic) || !MqttText.IsValid(message.Topic))
        {
            // [MQTT-3.3.2-1] [MQTT-3.3.2-2]
            throw new ArgumentException("Not a topic name.", nameof(message));
        }

        if (!message.ResponseTopic.IsEmpty && !TopicName.IsValid(message.ResponseTopic))
        {
            // [MQTT-3.3.2-14]
            throw new ArgumentException("The response topic is not a topic name.", nameof(message));
        }

        if (!IsServer && !message.SubscriptionIdentifiers.IsEmpty)
        {
            // [MQTT-3.3.4-6]
            throw new ArgumentException("A client sends no subscription identifiers.", nameof(message));
        }

        if (!message.ResendAs.IsNone && (message.Qos == MqttQos.AtMostOnce || (_outgoing?.IsInFlight(message.ResendAs) ?? false)))
        {
            throw new ArgumentException(
                "This identifier cannot be sent again: it is in flight, or the message has QoS 0.", nameof(message));
        }
    }

    private bool TryWriteMessage(in OutgoingMessage message, PacketId id)
    {
        if (message.UseTopicAlias && _peerTopicAliasMaximum > 0 && IsV5)
        {
            _outgoingAliases ??= new OutgoingAliases(_peerTopicAliasMaximum);
            ushort alias = _outgoingAliases.Find(message.Topic, out bool isKnown);
            OutgoingPublish aliased = new(message, Version, id, alias, isKnown);
            if (TryWrite(ref aliased))
            {
                if (!isKnown)
                {
                    _outgoingAliases.Commit(alias, message.Topic);
                }

                return true;
            }
        }

        OutgoingPublish plain = new(message, Version, id, 0, false);
        return TryWrite(ref plain); // [MQTT-3.1.2-24] [MQTT-3.1.2-25]
    }

    private void HandlePubAck(in AcknowledgementPacket packet)
    {
        if (_outgoing is not null && _outgoing.TryAcknowledge(packet.PacketId))
        {
            _handler.OnPublishAcknowledged(MqttAcknowledgementStage.PubAck, packet);
        }
        else
        {
            RequireUnknown(packet);
        }
    }

    private void HandlePubRec(in AcknowledgementPacket packet)
    {
        PacketId id = packet.PacketId;
        if (_outgoing is not null && _outgoing.TryReceive(id, packet.IsFailure))
        {
            // A failure ends the flow. [MQTT-4.3.3-4]
            _handler.OnPublishAcknowledged(MqttAcknowledgementStage.PubRec, packet);
        }
        else if (_outgoing is not null && _outgoing.IsAwaitingPubComp(id))
        {
            WriteAcknowledgement(MqttPacketType.PubRel, id, MqttReasonCode.Success);
        }
        else if (_outgoing is null || !_outgoing.IsAwaitingRelease(id))
        {
            RequireUnknown(packet);
            if (!packet.IsFailure)
            {
                WriteAcknowledgement(MqttPacketType.PubRel, id, MqttReasonCode.PacketIdentifierNotFound);
            }
        }
    }

    private void HandlePubComp(in AcknowledgementPacket packet)
    {
        if (_outgoing is not null && _outgoing.TryComplete(packet.PacketId))
        {
            _handler.OnPublishAcknowledged(MqttAcknowledgementStage.PubComp, packet);
        }
        else
        {
            RequireUnknown(packet);
        }
    }

    /// <summary>An answer to nothing is passed over; one of the wrong kind for its identifier is not. [MQTT 5 §4.3]</summary>
    private void RequireUnknown(in AcknowledgementPacket packet)
    {
        if (_outgoing is not null && _outgoing.IsInFlight(packet.PacketId))
        {
            throw new MqttProtocolException($"{packet.Type} does not fit the message with its identifier.");
        }
    }
}
