using Restante.Mqtt.Codec;
using Restante.Mqtt.Packets;

namespace Restante.Mqtt;

/// <content>CONNECT, CONNACK and AUTH in the server role.</content>
public sealed partial class MqttConnection
{
    private bool _cleanStart;
    private bool _hasWill;
    private bool _clientIdIsEmpty;
    private bool _sessionExpires;
    private bool _mayExplain = true;
    private bool _wantsResponseInformation;
    private bool _hasAuthenticationMethod;
    private bool _isAuthenticating;

    /// <summary>
    /// Server: accepts the CONNECT that was raised. Writes CONNACK, then repeats the PUBRELs of a restored session. Receive maximum,
    /// packet size, topic aliases and abilities are announced from the settings. Does nothing when the connection has ended.
    /// </summary>
    public void AcceptConnect(MqttConnAckOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (IsClosed)
        {
            return;
        }

        Require(_phase == ConnectionPhase.AwaitingOwner, "There is no CONNECT to accept.");
        if (options.SessionPresent && _cleanStart)
        {
            // [MQTT-3.2.2-2]
            throw new ArgumentException("Session present after a clean start.", nameof(options));
        }

        if (IsV5 && _clientIdIsEmpty && string.IsNullOrEmpty(options.AssignedClientId))
        {
            // [MQTT-3.2.2-16]
            throw new ArgumentException("The client has no identifier: assign one.", nameof(options));
        }

        if (!_wantsResponseInformation && options.ResponseInformation is not null)
        {
            options = options with { ResponseInformation = null }; // [MQTT-3.1.2-28]
        }

        if (IsV5 && options.ServerKeepAliveSeconds is { } keepAlive)
        {
            _keepAliveSeconds = keepAlive; // [MQTT-3.2.2-21]
        }

        OutgoingConnAck packet = new(Version, MqttReasonCode.Success, options) { Announce = _settings };
        if (!TryWrite(ref packet))
        {
            Close(MqttCloseCause.PeerPacketLimit, MqttReasonCode.PacketTooLarge, "CONNACK does not fit the client's maximum packet size.");
            return;
        }

        Establish(options.SessionPresent);
    }

    /// <summary>
    /// Server: refuses the CONNECT that was raised and ends the connection. In 3.1.1 the code becomes the nearest return code; malformed
    /// packet and protocol error become a plain close. Does nothing when the connection has ended.
    /// </summary>
    /// <param name="reasonCode">A failure code that CONNACK may carry. [MQTT 5 §3.2.2.2]</param>
    /// <param name="reasonString">Words for humans; 5.0 only.</param>
    /// <param name="serverReference">Another server to use; 5.0 only.</param>
    public void RefuseConnect(MqttReasonCode reasonCode, string? reasonString = null, string? serverReference = null)
    {
        if (reasonCode == MqttReasonCode.Success || !ReasonCodes.IsAllowed(MqttPacketType.ConnAck, MqttRole.Server, reasonCode))
        {
            throw new ArgumentOutOfRangeException(nameof(reasonCode), reasonCode, "Not a failure code of CONNACK.");
        }

        if (IsClosed)
        {
            return;
        }

        Require(_phase == ConnectionPhase.AwaitingOwner, "There is no CONNECT to refuse.");
        WriteRefusal(reasonCode, reasonString, serverReference);
        Close(MqttCloseCause.ConnectRefused, reasonCode, reasonString);
    }

    /// <summary>
    /// Sends AUTH: the next step of an extended authentication that CONNECT has begun, or of a re-authentication. 5.0 only. [MQTT 5 §4.12]
    /// </summary>
    public void SendAuth(MqttReasonCode reasonCode, string method, ReadOnlyMemory<byte> data, string? reasonString = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        if (IsClosed)
        {
            return;
        }

        Require(IsV5 && _hasAuthenticationMethod && _phase != ConnectionPhase.AwaitingConnect, "No extended authentication was begun.");
        if (!ReasonCodes.IsAllowed(MqttPacketType.Auth, Role, reasonCode))
        {
            throw new ArgumentOutOfRangeException(nameof(reasonCode), reasonCode, "Not a reason code of AUTH.");
        }

        _isAuthenticating |= _phase == ConnectionPhase.AwaitingOwner;
        OutgoingAuth packet = new(reasonCode, method, data, reasonString);
        WriteRequired(ref packet);
    }

    private void HandleConnect(ReadOnlySpan<byte> body)
    {
        PacketReader reader = new(body);
        switch (ConnectDecoder.ReadProtocol(ref reader))
        {
            case ProtocolAnswer.V311:
                Version = MqttVersion.V311;
                break;
            case ProtocolAnswer.V500:
                Version = MqttVersion.V500;
                break;
            case ProtocolAnswer.Older:
                Version = MqttVersion.V311; // [MQTT-3.1.2-2] of 3.1.1: return code 0x01
                throw new MqttProtocolException(MqttReasonCode.UnsupportedProtocolVersion, "The protocol level is too old.");
            case ProtocolAnswer.Newer:
                Version = MqttVersion.V500; // [MQTT-3.1.2-2]: reason code 0x84
                throw new MqttProtocolException(MqttReasonCode.UnsupportedProtocolVersion, "The protocol level is too new.");
            default:
                throw new MqttProtocolException(MqttReasonCode.UnsupportedProtocolVersion, "The protocol is not MQTT."); // [MQTT-3.1.2-1]
        }

        ConnectPacket packet = ConnectDecoder.Read(ref reader, Version, _settings);
        TakePeerLimits(packet.Properties);
        ConnectDecoder.CheckLimits(packet, _settings);
        _keepAliveSeconds = packet.KeepAliveSeconds;
        _cleanStart = packet.CleanStart;
        _hasWill = packet.HasWill;
        _clientIdIsEmpty = packet.ClientId.IsEmpty;
        _sessionExpires = packet.SessionExpirySeconds != 0;
        _mayExplain = packet.Properties.Flag(MqttPropertyId.RequestProblemInformation, absent: true);
        _wantsResponseInformation = packet.Properties.Flag(MqttPropertyId.RequestResponseInformation, absent: false);
        _hasAuthenticationMethod = packet.HasAuthenticationMethod;
        _phase = ConnectionPhase.AwaitingOwner;
        _handler.OnConnect(packet);
    }

    /// <summary>Receive maximum, packet size and alias maximum stand alike in CONNECT and CONNACK.</summary>
    private void TakePeerLimits(MqttProperties properties)
    {
        _peerReceiveMaximum = (ushort)(properties.Number(MqttPropertyId.ReceiveMaximum) ?? ushort.MaxValue);
        _initialSendQuota = (ushort)Math.Min(_peerReceiveMaximum, _settings.MaximumOutgoingInFlight);
        uint packetSize = properties.Number(MqttPropertyId.MaximumPacketSize) ?? uint.MaxValue;
        _peerMaximumPacketSize = (int)Math.Min(packetSize, MqttConnectionSettings.LargestPacketSize);
        uint aliases = properties.Number(MqttPropertyId.TopicAliasMaximum) ?? 0;
        _peerTopicAliasMaximum = (ushort)Math.Min(aliases, (uint)_settings.MaximumOutgoingTopicAliases); // [MQTT-3.1.2-26] [MQTT-3.1.2-27]
    }

    private void Establish(bool sessionPresent)
    {
        _phase = ConnectionPhase.Established;
        _isAuthenticating = false;
        _answerDeadlineMs = long.MaxValue;
        RestartPeerClock();
        if (!sessionPresent)
        {
            _incoming = null;
            _outgoing = null;
        }
        else if (_outgoing is not null)
        {
            foreach (ushort id in _outgoing.AwaitingPubComp)
            {
                // [MQTT-4.4.0-1]
                WriteAcknowledgement(MqttPacketType.PubRel, new PacketId(id), MqttReasonCode.Success);
            }
        }
    }

    private void WriteRefusal(MqttReasonCode code, string? reasonString, string? serverReference)
    {
        if (Version == MqttVersion.V311 && ReasonCodes.ToReturnCode(code) == 0)
        {
            return;
        }

        // [MQTT-3.2.2-6] and [MQTT-3.2.2-7]: no session present, then close.
        MqttConnAckOptions options = new() { ReasonString = reasonString, ServerReference = serverReference };
        OutgoingConnAck packet = new(Version, code, options);
        TryWrite(ref packet);
    }

    private void HandleAuth(ReadOnlySpan<byte> body)
    {
        AuthPacket packet = AnswerDecoder.ReadAuth(body, PeerRole, _settings);
        if (!_hasAuthenticationMethod)
        {
            // [MQTT-4.12.0-6] [MQTT-4.12.0-7]
            throw new MqttProtocolException("AUTH without an authentication method in CONNECT.");
        }

        _handler.OnAuth(packet);
    }
}
