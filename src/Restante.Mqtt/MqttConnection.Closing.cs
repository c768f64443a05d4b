using Restante.Mqtt.Codec;
using Restante.Mqtt.Packets;

namespace Restante.Mqtt;

/// <content>How a connection ends.</content>
public sealed partial class MqttConnection
{
    /// <summary>
    /// Ends the connection from this side. 5.0: sends DISCONNECT with the reason. 3.1.1: a client sends DISCONNECT, a server just closes.
    /// A server that has not answered CONNECT refuses it. Does nothing when the connection has ended.
    /// </summary>
    /// <param name="reasonCode">A code that DISCONNECT of this role may carry. [MQTT 5 §3.14.2.1]</param>
    /// <param name="options">What else to say; 5.0 only.</param>
    public void Disconnect(MqttReasonCode reasonCode = MqttReasonCode.Success, MqttDisconnectOptions? options = null)
    {
        if (!ReasonCodes.IsAllowed(MqttPacketType.Disconnect, Role, reasonCode))
        {
            throw new ArgumentOutOfRangeException(nameof(reasonCode), reasonCode, "Not a reason code of DISCONNECT.");
        }

        CheckOptions(options);
        if (IsClosed)
        {
            return;
        }

        if (_phase == ConnectionPhase.AwaitingOwner)
        {
            WriteRefusal(ConnAckCodeFor(reasonCode), options?.ReasonString, options?.ServerReference);
        }
        else if (_phase != ConnectionPhase.AwaitingConnect)
        {
            WriteDisconnect(reasonCode, options);
        }

        Close(MqttCloseCause.LocallyDisconnected, reasonCode, options?.ReasonString);
    }

    private static MqttReasonCode ConnAckCodeFor(MqttReasonCode code) =>
        code >= MqttReasonCode.UnspecifiedError && ReasonCodes.IsAllowed(MqttPacketType.ConnAck, MqttRole.Server, code)
            ? code
            : MqttReasonCode.ServerUnavailable;

    private void CheckOptions(MqttDisconnectOptions? options)
    {
        if (options is null)
        {
            return;
        }

        bool expiryFits = options.SessionExpirySeconds is null || (!IsServer && (_sessionExpires || options.SessionExpirySeconds == 0));
        if (!expiryFits || (!IsServer && options.ServerReference is not null))
        {
            // [MQTT-3.14.2-2]
            throw new ArgumentException("A session expiry or server reference that this side must not send.", nameof(options));
        }
    }

    private void WriteDisconnect(MqttReasonCode code, MqttDisconnectOptions? options)
    {
        // [MQTT-3.14.0-1]: a server only after CONNACK; 3.1.1 servers never.
        bool mayWrite = IsServer ? IsV5 && _phase == ConnectionPhase.Established : IsV5 || code is MqttReasonCode.Success;
        if (mayWrite)
        {
            OutgoingDisconnect packet = new(Version, code, options);
            TryWrite(ref packet);
        }
    }

    /// <summary>Answers what the peer did wrong as the version and the phase allow, then ends the connection. [MQTT 5 §4.13]</summary>
    private void Violate(MqttReasonCode code, string reason, MqttCloseCause cause = MqttCloseCause.Violation)
    {
        if (IsClosed)
        {
            return;
        }

        if (IsServer && _phase is ConnectionPhase.AwaitingConnect or ConnectionPhase.AwaitingOwner)
        {
            if (Version != MqttVersion.None)
            {
                MqttReasonCode refusal = ReasonCodes.Narrow(MqttPacketType.ConnAck, MqttRole.Server, code);
                WriteRefusal(refusal, reason, null); // [MQTT-3.1.4-1]
            }
        }
        else if (_phase != ConnectionPhase.AwaitingConnect)
        {
            WriteDisconnect(ReasonCodes.Narrow(MqttPacketType.Disconnect, Role, code), new MqttDisconnectOptions { ReasonString = reason });
        }

        Close(cause, code, reason);
    }

    private void HandleDisconnect(ReadOnlySpan<byte> body)
    {
        DisconnectPacket packet = AnswerDecoder.ReadDisconnect(body, Version, PeerRole, _settings);
        if (packet.SessionExpirySeconds is { } expiry && (!IsServer || (!_sessionExpires && expiry != 0)))
        {
            // [MQTT-3.14.2-2], and [MQTT 5 §3.14.2.2.2]: not from 0 to more.
            throw new MqttProtocolException("A session expiry in DISCONNECT that its sender must not send.");
        }

        _handler.OnDisconnect(packet);
        bool discardsWill = packet.ReasonCode == MqttReasonCode.Success; // [MQTT-3.14.4-3]
        Close(
            MqttCloseCause.PeerDisconnected,
            packet.ReasonCode,
            packet.Properties.Text(MqttPropertyId.ReasonString),
            discardsWill,
            packet.SessionExpirySeconds);
    }

    private void Close(
        MqttCloseCause cause, MqttReasonCode code, string? reason, bool discardsWill = false, uint? sessionExpirySeconds = null)
    {
        if (IsClosed)
        {
            return;
        }

        bool wasEstablished = _phase == ConnectionPhase.Established;
        _phase = ConnectionPhase.Closed;
        _incomingAliases = null;
        _outgoingAliases = null;
        _requests = null;
        MqttClosed closed = new()
        {
            Cause = cause,
            ReasonCode = code,
            Reason = reason,
            PublishWill = IsServer && wasEstablished && _hasWill && !discardsWill,
            SessionExpirySeconds = sessionExpirySeconds,
        };
        _handler.OnClosed(closed);
    }
}
