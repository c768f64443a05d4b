using Restante.Mqtt.Codec;
using Restante.Mqtt.Flows;
using Restante.Mqtt.Packets;

namespace Restante.Mqtt;

/// <content>SUBSCRIBE and UNSUBSCRIBE in the server role.</content>
public sealed partial class MqttConnection
{
    /// <summary>
    /// Server: answers a SUBSCRIBE. False when none with this identifier waits, or the connection has ended.
    /// </summary>
    /// <param name="packetId">From the SUBSCRIBE.</param>
    /// <param name="codes">One per filter, in their order: a granted QoS or a failure; failures become 0x80 in 3.1.1. [MQTT 5
    /// §3.9.3]</param>
    /// <param name="reasonString">Words for humans; 5.0 only, and left out where the client does not want it or it does not fit.</param>
    public bool AcknowledgeSubscribe(PacketId packetId, ReadOnlySpan<MqttReasonCode> codes, string? reasonString = null) =>
        AnswerRequest(MqttPacketType.Subscribe, MqttPacketType.SubAck, packetId, codes, reasonString);

    /// <summary>Server: answers an UNSUBSCRIBE. The codes are not sent in 3.1.1. [MQTT 5 §3.11.3]</summary>
    public bool AcknowledgeUnsubscribe(PacketId packetId, ReadOnlySpan<MqttReasonCode> codes, string? reasonString = null) =>
        AnswerRequest(MqttPacketType.Unsubscribe, MqttPacketType.UnsubAck, packetId, codes, reasonString);

    private bool AnswerRequest(
        MqttPacketType request, MqttPacketType answer, PacketId id, ReadOnlySpan<MqttReasonCode> codes, string? reasonString)
    {
        Require(IsServer, "Only a server answers subscriptions.");
        int filters = _requests?.FiltersOf(id, request) ?? 0;
        if (IsClosed || filters == 0)
        {
            return false;
        }

        if (codes.Length != filters)
        {
            // [MQTT-3.8.4-6] [MQTT-3.11.3-1]
            throw new ArgumentException($"{filters} reason codes are needed.", nameof(codes));
        }

        foreach (MqttReasonCode code in codes)
        {
            if (!ReasonCodes.IsAllowed(answer, MqttRole.Server, code))
            {
                throw new ArgumentException($"{code} is not a reason code of {answer}.", nameof(codes));
            }
        }

        _requests!.Remove(id);
        RestartPeerClock();
        WriteSubscriptionAnswer(answer, id, codes, _mayExplain ? reasonString : null);
        return true;
    }

    private void WriteSubscriptionAnswer(MqttPacketType answer, PacketId id, ReadOnlySpan<MqttReasonCode> codes, string? reasonString)
    {
        OutgoingSubscriptionAcknowledgement packet = new(answer, Version, id, codes, reasonString);
        WriteRequired(ref packet);
    }

    private void HandleSubscribe(ReadOnlySpan<byte> body)
    {
        SubscribePacket packet = SubscribeDecoder.ReadSubscribe(body, Version, _settings);
        if (TryBeginAnswer(packet.PacketId, MqttPacketType.Subscribe, MqttPacketType.SubAck, packet.Count))
        {
            _handler.OnSubscribe(packet);
        }
    }

    private void HandleUnsubscribe(ReadOnlySpan<byte> body)
    {
        UnsubscribePacket packet = SubscribeDecoder.ReadUnsubscribe(body, Version, _settings);
        if (TryBeginAnswer(packet.PacketId, MqttPacketType.Unsubscribe, MqttPacketType.UnsubAck, packet.Count))
        {
            _handler.OnUnsubscribe(packet);
        }
    }

    /// <summary>
    /// Notes a request; one whose identifier is in use is refused by itself in 5.0 and ends a 3.1.1 connection. [MQTT-2.2.1-3]
    /// </summary>
    private bool TryBeginAnswer(PacketId id, MqttPacketType request, MqttPacketType answer, int filters)
    {
        bool pending = _requests?.Contains(id) ?? false;
        if (!pending && !(_incoming?.IsInUse(id) ?? false))
        {
            (_requests ??= new PendingRequests()).Add(id, request, filters);
            return true;
        }

        if (pending || !IsV5)
        {
            throw new MqttProtocolException("The packet identifier is in use.");
        }

        MqttReasonCode[] codes = new MqttReasonCode[filters];
        Array.Fill(codes, MqttReasonCode.PacketIdentifierInUse);
        WriteSubscriptionAnswer(answer, id, codes, null);
        return false;
    }
}
