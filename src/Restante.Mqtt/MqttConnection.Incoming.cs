using Restante.Mqtt.Codec;
using Restante.Mqtt.Flows;
using Restante.Mqtt.Packets;

namespace Restante.Mqtt;

/// <content>Messages of the peer.</content>
public sealed partial class MqttConnection
{
    /// <summary>
    /// Answers a QoS 1 or 2 PUBLISH: sends PUBACK or PUBREC as soon as all older messages of the same QoS are answered too
    /// [MQTT-4.6.0-2] [MQTT-4.6.0-3]. False when no message with this identifier waits. After the end of the connection the answer
    /// counts for <see cref="ExportSession"/> and nothing is sent.
    /// </summary>
    /// <param name="packetId">From the PUBLISH.</param>
    /// <param name="reasonCode">A code of PUBACK [MQTT 5 §3.4.2.1]. 3.1.1 knows no refusal: there a failure is acknowledged like a
    /// success.</param>
    /// <param name="reasonString">Words for humans; 5.0 only, and left out where the peer does not want it or it does not fit.</param>
    public bool AcknowledgePublish(PacketId packetId, MqttReasonCode reasonCode = MqttReasonCode.Success, string? reasonString = null)
    {
        if (!ReasonCodes.IsAllowed(MqttPacketType.PubAck, Role, reasonCode))
        {
            throw new ArgumentOutOfRangeException(nameof(reasonCode), reasonCode, "Not a reason code of PUBACK.");
        }

        bool explain = IsV5 && _mayExplain; // [MQTT-3.1.2-29]
        MqttReasonCode code = IsV5 ? reasonCode : MqttReasonCode.Success;
        if (_incoming is null || !_incoming.Complete(packetId, code, explain ? reasonString : null))
        {
            return false;
        }

        bool wasPaused = IsPaused;
        WriteAnswers(_incoming);
        if (wasPaused && !IsPaused)
        {
            RestartPeerClock();
        }

        return true;
    }

    private void WriteAnswers(IncomingFlows incoming)
    {
        while (incoming.TryNextPubAck(out AcknowledgementQueue.Entry entry))
        {
            WriteAnswer(MqttPacketType.PubAck, entry);
        }

        while (incoming.TryNextPubRec(out AcknowledgementQueue.Entry entry))
        {
            WriteAnswer(MqttPacketType.PubRec, entry);
        }
    }

    private void WriteAnswer(MqttPacketType type, in AcknowledgementQueue.Entry entry)
    {
        if (!IsClosed)
        {
            WriteAcknowledgement(type, entry.PacketId, entry.Code, entry.ReasonString);
        }
    }

    private void HandlePublish(byte flags, ReadOnlySpan<byte> body)
    {
        PublishPacket packet = PublishDecoder.Read(flags, body, Version, _settings);
        if (IsServer)
        {
            CheckAbilities(packet);
        }

        if (packet.Properties.Contains(MqttPropertyId.TopicAlias))
        {
            uint alias = packet.Properties.Number(MqttPropertyId.TopicAlias) ?? 0;
            packet = packet with { Topic = ResolveAlias(alias, packet.Topic) };
        }

        if (packet.Qos == MqttQos.AtMostOnce)
        {
            _handler.OnPublish(packet);
            return;
        }

        Admission admission = Admit(packet);
        switch (admission)
        {
            case Admission.New:
                _handler.OnPublish(packet);
                break;
            case Admission.RepeatedAfterPubRec:
                // [MQTT-4.3.3-10]: acknowledged again, not raised again.
                WriteAcknowledgement(MqttPacketType.PubRec, packet.PacketId, MqttReasonCode.Success);
                break;
            case Admission.IdentifierInUse:
                throw new MqttProtocolException("The packet identifier of a PUBLISH is in use."); // [MQTT-2.2.1-3]
        }
    }

    private void CheckAbilities(in PublishPacket packet)
    {
        if (packet.Properties.Contains(MqttPropertyId.SubscriptionIdentifier))
        {
            // [MQTT-3.3.4-6]
            throw new MqttProtocolException("A client sent a subscription identifier in PUBLISH.");
        }

        if (packet.Qos > _settings.MaximumQos)
        {
            // [MQTT-3.2.2-11]
            throw new MqttProtocolException(MqttReasonCode.QosNotSupported, "A PUBLISH above the maximum QoS.");
        }

        if (packet.Retain && IsV5 && !_settings.RetainAvailable)
        {
            // [MQTT-3.2.2-14]
            throw new MqttProtocolException(MqttReasonCode.RetainNotSupported, "Retained messages are not taken.");
        }
    }

    private ReadOnlySpan<byte> ResolveAlias(uint alias, ReadOnlySpan<byte> topic)
    {
        _incomingAliases ??= new IncomingAliases(_settings.TopicAliasMaximum);
        if (topic.IsEmpty)
        {
            return _incomingAliases.Get(alias);
        }

        _incomingAliases.Set(alias, topic);
        return topic;
    }

    private Admission Admit(in PublishPacket packet)
    {
        IncomingFlows incoming = _incoming ??= new IncomingFlows();
        if (IsServer && _requests is not null && _requests.Contains(packet.PacketId))
        {
            return Admission.IdentifierInUse;
        }

        Admission admission = incoming.Admit(packet.PacketId, packet.Qos, packet.Duplicate);
        if (admission == Admission.Repeated && IsV5)
        {
            // 5.0 repeats only on a new connection, where nothing waits for the owner. [MQTT-4.4.0-1]
            return Admission.IdentifierInUse;
        }

        if (admission != Admission.New)
        {
            return admission;
        }

        if (IsV5 && incoming.Unfinished >= _settings.ReceiveMaximum)
        {
            // [MQTT-3.3.4-7] [MQTT-3.3.4-9]
            throw new MqttProtocolException(
                MqttReasonCode.ReceiveMaximumExceeded, "More unacknowledged messages than the receive maximum.");
        }

        // The receive maximum does not know those of earlier connections.
        if (packet.Qos == MqttQos.ExactlyOnce && incoming.UnreleasedToBe >= _settings.MaximumUnreleased)
        {
            throw new MqttProtocolException(MqttReasonCode.ReceiveMaximumExceeded, "Too many QoS 2 messages without PUBREL.");
        }

        incoming.Add(packet.PacketId, packet.Qos);
        return Admission.New;
    }

    private void HandlePubRel(in AcknowledgementPacket packet)
    {
        if (_incoming is not null && _incoming.TryRelease(packet.PacketId))
        {
            _handler.OnPublishReleased(packet.PacketId);
            if (!IsClosed)
            {
                WriteAcknowledgement(MqttPacketType.PubComp, packet.PacketId, MqttReasonCode.Success); // [MQTT-4.3.3-11]
            }

            return;
        }

        if (_incoming is not null && _incoming.IsWaitingForPubRec(packet.PacketId))
        {
            throw new MqttProtocolException("PUBREL before PUBREC.");
        }

        WriteAcknowledgement(MqttPacketType.PubComp, packet.PacketId, MqttReasonCode.PacketIdentifierNotFound);
    }
}
