using System.Text;
using Restante.Mqtt.Codec;
using Restante.Mqtt.Flows;
using Restante.Mqtt.Packets;
using Restante.Mqtt.Topics;

namespace Restante.Mqtt;

/// <content>What only the client role does.</content>
public sealed partial class MqttConnection
{
    private bool _retainAvailable = true;
    private MqttQos _peerMaximumQos = MqttQos.ExactlyOnce;

    /// <summary>Client: sends CONNECT. The answer comes as <see cref="IMqttConnectionHandler.OnConnAck"/>.</summary>
    public void Connect(MqttConnectOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require(!IsServer && _phase == ConnectionPhase.AwaitingConnect, "CONNECT is sent once, by a client.");
        CheckOptions(options);
        Version = options.Version;
        _keepAliveSeconds = options.KeepAliveSeconds;
        _cleanStart = options.CleanStart;
        _sessionExpires = options.SessionExpirySeconds != 0;
        _hasAuthenticationMethod = options.AuthenticationMethod is not null;
        if (options.CleanStart)
        {
            // [MQTT-3.1.2-4]
            _incoming = null;
            _outgoing = null;
        }

        _phase = ConnectionPhase.AwaitingConnAck;
        OutgoingConnect packet = new(options, _settings);
        TryWrite(ref packet);
    }

    /// <summary>
    /// Client: asks for subscriptions. The answer comes as <see cref="IMqttConnectionHandler.OnSubAck"/> with the identifier returned here.
    /// Blocked when as many requests are unanswered as the settings allow.
    /// </summary>
    /// <param name="subscriptions">At least one.</param>
    /// <param name="subscriptionIdentifier">1 to 268,435,455, or null for none; 5.0 only.</param>
    public MqttSendResult Subscribe(ReadOnlySpan<MqttSubscription> subscriptions, uint? subscriptionIdentifier = null)
    {
        foreach (ref readonly MqttSubscription subscription in subscriptions)
        {
            CheckFilter(subscription.Filter, nameof(subscriptions));
        }

        MqttSendStatus status = BeginRequest(subscriptions.Length, out PacketId id);
        if (status != MqttSendStatus.Sent)
        {
            return new MqttSendResult(status, PacketId.None);
        }

        OutgoingSubscribe packet = new(Version, id, subscriptions, subscriptionIdentifier);
        return EndRequest(TryWrite(ref packet), id, MqttPacketType.Subscribe, subscriptions.Length);
    }

    /// <summary>Client: gives up subscriptions. The answer comes as <see cref="IMqttConnectionHandler.OnUnsubAck"/>.</summary>
    /// <param name="filters">At least one.</param>
    public MqttSendResult Unsubscribe(ReadOnlySpan<string> filters)
    {
        foreach (string filter in filters)
        {
            CheckFilter(filter, nameof(filters));
        }

        MqttSendStatus status = BeginRequest(filters.Length, out PacketId id);
        if (status != MqttSendStatus.Sent)
        {
            return new MqttSendResult(status, PacketId.None);
        }

        OutgoingUnsubscribe packet = new(Version, id, filters);
        return EndRequest(TryWrite(ref packet), id, MqttPacketType.Unsubscribe, filters.Length);
    }

    /// <summary>Client: sends PINGREQ now. <see cref="Tick"/> does so by itself when the keep-alive demands it.</summary>
    public void Ping()
    {
        Require(!IsServer, "Only a client sends PINGREQ.");
        if (IsConnected)
        {
            SendPing();
        }
    }

    private static void CheckOptions(MqttConnectOptions options)
    {
        if (options.Version is not (MqttVersion.V311 or MqttVersion.V500))
        {
            throw new ArgumentException("The version is neither 3.1.1 nor 5.0.", nameof(options));
        }

        if (options.Version == MqttVersion.V311 && options.Password is not null && options.UserName is null)
        {
            throw new ArgumentException("3.1.1 knows no password without a user name.", nameof(options));
        }

        if (options.Version == MqttVersion.V311 && options.ClientId.Length == 0 && !options.CleanStart)
        {
            throw new ArgumentException("3.1.1 demands a client identifier or a clean session.", nameof(options));
        }

        if (options.AuthenticationData is not null && options.AuthenticationMethod is null)
        {
            throw new ArgumentException("Authentication data without a method.", nameof(options));
        }

        if (options.Will is { } will && !TopicName.IsValid(Encoding.UTF8.GetBytes(will.Topic)))
        {
            throw new ArgumentException("The will's topic is not a topic name.", nameof(options));
        }
    }

    private void CheckFilter(string filter, string parameter)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(filter);
        bool valid = IsV5 && TopicFilter.IsShared(bytes) ? TopicFilter.TryParseShared(bytes, out _, out _) : TopicFilter.IsValid(bytes);
        if (!valid)
        {
            throw new ArgumentException("Not a topic filter.", parameter);
        }
    }

    private MqttSendStatus BeginRequest(int filters, out PacketId id)
    {
        Require(!IsServer, "Only a client subscribes.");
        ArgumentOutOfRangeException.ThrowIfZero(filters);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(filters, ushort.MaxValue);
        id = PacketId.None;
        if (!IsConnected)
        {
            return MqttSendStatus.NotConnected;
        }

        if (_requests is not null && _requests.Count >= _settings.MaximumPendingRequests)
        {
            return MqttSendStatus.Blocked;
        }

        id = NextPacketId();
        return id.IsNone ? MqttSendStatus.Blocked : MqttSendStatus.Sent;
    }

    private MqttSendResult EndRequest(bool written, PacketId id, MqttPacketType type, int filters)
    {
        if (!written)
        {
            return new MqttSendResult(MqttSendStatus.TooLarge, PacketId.None);
        }

        (_requests ??= new PendingRequests()).Add(id, type, filters);
        return new MqttSendResult(MqttSendStatus.Sent, id);
    }

    private void HandleConnAck(ReadOnlySpan<byte> body)
    {
        ConnAckPacket packet = AnswerDecoder.ReadConnAck(body, Version, _settings);
        if (packet.SessionPresent && _cleanStart)
        {
            // [MQTT-3.2.2-4]
            throw new MqttProtocolException("Session present after a clean start.");
        }

        if (!packet.IsAccepted)
        {
            _handler.OnConnAck(packet);
            Close(MqttCloseCause.ConnectRefused, packet.ReasonCode, packet.Properties.Text(MqttPropertyId.ReasonString));
            return;
        }

        TakePeerLimits(packet.Properties);
        _retainAvailable = packet.Properties.Flag(MqttPropertyId.RetainAvailable, absent: true);
        _peerMaximumQos = (MqttQos)(packet.Properties.Number(MqttPropertyId.MaximumQos) ?? 2);
        if (packet.Properties.Number(MqttPropertyId.ServerKeepAlive) is { } keepAlive)
        {
            _keepAliveSeconds = (ushort)keepAlive; // [MQTT-3.2.2-21]
        }

        Establish(packet.SessionPresent);
        _handler.OnConnAck(packet);
    }

    private void HandleSubscriptionAnswer(MqttPacketType type, ReadOnlySpan<byte> body)
    {
        SubscriptionAcknowledgementPacket packet = AnswerDecoder.ReadSubscription(type, body, Version, _settings);
        MqttPacketType request = type == MqttPacketType.SubAck ? MqttPacketType.Subscribe : MqttPacketType.Unsubscribe;
        int filters = _requests?.FiltersOf(packet.PacketId, request) ?? 0;
        bool countFits = packet.ReasonCodes.Length == filters || (type == MqttPacketType.UnsubAck && !IsV5);
        if (filters == 0 || !countFits)
        {
            // [MQTT-3.8.4-2] [MQTT-3.8.4-6]
            throw new MqttProtocolException($"{type} answers no request, or not all of its filters.");
        }

        _requests!.Remove(packet.PacketId);
        if (type == MqttPacketType.SubAck)
        {
            _handler.OnSubAck(packet);
        }
        else
        {
            _handler.OnUnsubAck(packet);
        }
    }
}
