using Restante.Mqtt.Codec;
using Restante.Mqtt.Packets;

namespace Restante.Mqtt;

/// <content>From bytes to packets.</content>
public sealed partial class MqttConnection
{
    /// <summary>
    /// Takes received bytes and handles the whole packets at their start. Returns how many bytes were consumed; present the rest again
    /// together with what follows. Consumes nothing while <see cref="IsPaused"/>, and everything once <see cref="IsClosed"/>.
    /// What the peer does wrong ends the connection and is no exception.
    /// </summary>
    /// <param name="bytes">All unconsumed bytes so far. Not kept.</param>
    /// <param name="nowMs">The present time in milliseconds.</param>
    public int Receive(ReadOnlySpan<byte> bytes, long nowMs)
    {
        Require(!_isReceiving, "Receive was called from a callback.");
        Advance(nowMs);
        int consumed = 0;
        _isReceiving = true;
        try
        {
            while (!IsClosed && !IsPaused && TryReadHeader(bytes[consumed..], out FixedHeader header))
            {
                ReadOnlySpan<byte> body = bytes.Slice(consumed + header.Length, header.RemainingLength);
                consumed += header.TotalLength;
                _lastReceivedMs = _nowMs;
                Handle(header, body);
            }
        }
        catch (MqttProtocolException violation)
        {
            Violate(violation.ReasonCode, violation.Message);
        }
        finally
        {
            _isReceiving = false;
        }

        return IsClosed ? bytes.Length : consumed;
    }

    /// <summary>Reads a header and checks all it tells before the body is waited for. False when the packet is not whole.</summary>
    private bool TryReadHeader(ReadOnlySpan<byte> bytes, out FixedHeader header)
    {
        header = default;
        MinimumBytesNeeded = Math.Max(2, bytes.Length + 1);
        if (bytes.IsEmpty)
        {
            return false;
        }

        CheckFirstByte(bytes[0]);
        if (!FixedHeader.TryRead(bytes, out header))
        {
            return false;
        }

        if (IsV5 && !header.IsMinimal)
        {
            // [MQTT-1.5.5-1]
            throw MqttProtocolException.Malformed("The remaining length is not in its shortest form.");
        }

        int maximum = IsServer && _phase == ConnectionPhase.AwaitingConnect
            ? _settings.MaximumConnectPacketSize
            : _settings.MaximumPacketSize;
        if (header.TotalLength > maximum)
        {
            throw new MqttProtocolException(
                MqttReasonCode.PacketTooLarge, $"A packet of {header.TotalLength} bytes; the maximum is {maximum}.");
        }

        MinimumBytesNeeded = header.TotalLength;
        if (bytes.Length < header.TotalLength)
        {
            return false;
        }

        MinimumBytesNeeded = 2;
        return true;
    }

    private void CheckFirstByte(byte firstByte)
    {
        MqttPacketType type = (MqttPacketType)(firstByte >> 4);
        if (_phase == ConnectionPhase.AwaitingConnect && (!IsServer || type != MqttPacketType.Connect))
        {
            // [MQTT-3.1.0-1]
            throw new MqttProtocolException("The first packet is not CONNECT.");
        }

        FixedHeader.CheckFirstByte(firstByte, Version);
        bool expected = _phase switch
        {
            ConnectionPhase.AwaitingConnect => true,
            ConnectionPhase.AwaitingOwner => type is MqttPacketType.Auth or MqttPacketType.Disconnect,
            ConnectionPhase.AwaitingConnAck => type is MqttPacketType.ConnAck or MqttPacketType.Auth,
            _ => type switch
            {
                MqttPacketType.Subscribe or MqttPacketType.Unsubscribe or MqttPacketType.PingReq => IsServer,
                MqttPacketType.SubAck or MqttPacketType.UnsubAck or MqttPacketType.PingResp => !IsServer,
                MqttPacketType.Connect or MqttPacketType.ConnAck => false, // [MQTT-3.1.0-2]
                MqttPacketType.Disconnect => IsServer || IsV5,
                _ => true,
            },
        };
        if (!expected)
        {
            throw new MqttProtocolException($"{type} is not expected here.");
        }
    }

    private void Handle(in FixedHeader header, ReadOnlySpan<byte> body)
    {
        switch (header.Type)
        {
            case MqttPacketType.Connect:
                HandleConnect(body);
                break;
            case MqttPacketType.ConnAck:
                HandleConnAck(body);
                break;
            case MqttPacketType.Publish:
                HandlePublish(header.Flags, body);
                break;
            case MqttPacketType.PubAck:
            case MqttPacketType.PubRec:
            case MqttPacketType.PubRel:
            case MqttPacketType.PubComp:
                HandleAcknowledgement(AnswerDecoder.ReadAcknowledgement(header.Type, body, Version, PeerRole, _settings));
                break;
            case MqttPacketType.Subscribe:
                HandleSubscribe(body);
                break;
            case MqttPacketType.Unsubscribe:
                HandleUnsubscribe(body);
                break;
            case MqttPacketType.SubAck:
            case MqttPacketType.UnsubAck:
                HandleSubscriptionAnswer(header.Type, body);
                break;
            case MqttPacketType.PingReq:
            case MqttPacketType.PingResp:
                HandlePing(header.Type, body);
                break;
            case MqttPacketType.Disconnect:
                HandleDisconnect(body);
                break;
            default:
                HandleAuth(body);
                break;
        }
    }

    private void HandleAcknowledgement(in AcknowledgementPacket packet)
    {
        switch (packet.Type)
        {
            case MqttPacketType.PubAck:
                HandlePubAck(packet);
                break;
            case MqttPacketType.PubRec:
                HandlePubRec(packet);
                break;
            case MqttPacketType.PubRel:
                HandlePubRel(packet);
                break;
            default:
                HandlePubComp(packet);
                break;
        }
    }
}
