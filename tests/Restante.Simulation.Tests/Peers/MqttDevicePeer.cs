using System.Globalization;
using System.Text;
using Restante.Core.Mailboxes;
using Restante.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Simulation.Tests.Ledgers;
using Restante.Simulation.Tests.Network;
using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Peers;

/// <summary>A device on an MQTT connection, of either version.</summary>
internal sealed class MqttDevicePeer : Peer, IMqttConnectionHandler, IDevicePeer
{
    private readonly Device _device;
    private readonly Dice _dice;
    private readonly MqttConnection _mqtt;
    private readonly MqttVersion _version;
    private readonly MqttQos _qos;
    private readonly string _client;
    private readonly Queue<Publication> _waiting = new();
    private readonly Dictionary<PacketId, Publication> _unacknowledged = [];
    private readonly Dictionary<PacketId, Settling> _settling = [];
    private readonly Dictionary<PacketId, PacketId> _acknowledgedAfter = [];
    private readonly Dictionary<PacketId, Received> _unreleased = [];

    public MqttDevicePeer(Life world, Wire wire, Device device, Login login, Dice dice)
        : base(world, wire)
    {
        _device = device;
        _dice = dice;
        _version = dice.Pick([MqttVersion.V311, MqttVersion.V500]);
        _qos = dice.Pick([MqttQos.AtLeastOnce, MqttQos.ExactlyOnce, device.IsCareless ? MqttQos.AtMostOnce : MqttQos.AtLeastOnce]);
        _client = dice.Pick(["one", "other"]);
        Hold = new Hold(wire.Name, device.Id, device.Generation, login.Key.Name, order: true) { Claim = login.Claim };
        bool clean = dice.Chance(500);
        int window = dice.Pick([1, 3, 64]);
        if (_version == MqttVersion.V311 && _qos == MqttQos.ExactlyOnce)
            window = 64; // MQTT 3.1.1 tells nobody of it: who stops reading at a few would not hear the answer to a settle.
        var settings = new MqttConnectionSettings { ReceiveMaximum = window, MaximumOutgoingInFlight = 8 };
        _mqtt = new MqttConnection(settings, MqttRole.Client, this, this, NowMs);
        Do(() =>
        {
            // Who begins anew forgets what was before, whatever becomes of the connection.
            if (device.MqttSessions.Remove(_client, out MqttSessionState? state) && !clean)
                _mqtt.RestoreSession(state);
            device.MqttClients[_client] = this;
            _mqtt.Connect(new MqttConnectOptions
            {
                Version = _version,
                ClientId = _client,
                CleanStart = clean,
                KeepAliveSeconds = 10,
                SessionExpirySeconds = _version == MqttVersion.V500 && dice.Chance(500) ? 60u : 0,
                UserName = login.Password.Length == 0 && dice.Chance(500) ? null : device.Id,
                Password = login.Password.Length == 0 ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(login.Password),
            });
        });
    }

    public Hold Hold { get; }

    public bool IsReady => !IsGone && _mqtt.IsConnected;

    protected override int BytesNeeded => _mqtt.MinimumBytesNeeded;

    protected override bool WantsBytes => !_mqtt.IsPaused;

    protected override bool IsOver => _mqtt.IsClosed;

    public void Publish(Publication publication) => Do(() =>
    {
        _waiting.Enqueue(publication);
        SendWaiting();
    });

    public void Goodbye() => Do(() => _mqtt.Disconnect());

    void IMqttConnectionHandler.OnConnAck(in ConnAckPacket packet)
    {
        if (!packet.IsAccepted)
            return;
        _device.LetIn(this, Said);
        _mqtt.Subscribe([new MqttSubscription("mailbox/#", _qos)]);
        SendWaiting();
    }

    void IMqttConnectionHandler.OnPublish(in PublishPacket packet)
    {
        string topic = Encoding.UTF8.GetString(packet.Topic);
        string lease = LeaseOf(topic) ?? PropertyOf(packet, "lease")
            ?? throw Ledger.Broken($"{Wire.Name} was handed '{topic}' without a lease.");
        long sequence = long.Parse(lease.AsSpan(0, lease.IndexOf('-')), CultureInfo.InvariantCulture);
        string message = _device.IdOf(InquiryOf(topic), packet.Payload.IsEmpty) ?? Encoding.UTF8.GetString(packet.Payload);
        Message known = _device.World.Ledger.Delivered(Hold, message, sequence, Said);
        if (packet.Qos == MqttQos.AtMostOnce)
            return;

        PacketId id = packet.PacketId;
        var received = new Received(known, Said);
        _device.Consider(this, known, verdict => Do(() => Settle(id, received, lease, verdict)));
    }

    // A lease that had lapsed cannot be accepted, and is released all the same: only what is in time says that it was.
    void IMqttConnectionHandler.OnPublishReleased(PacketId packetId)
    {
        if (_unreleased.Remove(packetId, out Received? received)
            && Said.NowMs < received.At.NowMs + _device.World.Setup.Limits.LeaseDurationMs
            && !_device.World.Clock.WasSetSince(received.At.Step))
            _device.World.Ledger.Released(Hold, received.Message, Said);
    }

    void IMqttConnectionHandler.OnPublishAcknowledged(MqttAcknowledgementStage stage, in AcknowledgementPacket packet)
    {
        if (stage == MqttAcknowledgementStage.PubComp)
            return;
        bool done = !packet.IsFailure;
        if (stage == MqttAcknowledgementStage.PubRec && done)
            _mqtt.ReleaseOutgoing(packet.PacketId);
        if (_unacknowledged.Remove(packet.PacketId, out Publication? publication))
        {
            bool isRefused = packet is { IsFailure: true, ReasonCode: not MqttReasonCode.ImplementationSpecificError };
            _device.Answered(this, Said, publication, done, isRefused);
        }

        if (_acknowledgedAfter.Remove(packet.PacketId, out PacketId settled) && _mqtt.IsConnected)
            _mqtt.AcknowledgePublish(settled);
        if (_settling.Remove(packet.PacketId, out Settling? settling) && done && _version == MqttVersion.V500)
            Confirmed(settling);
        SendWaiting();
    }

    void IMqttConnectionHandler.OnClosed(in MqttClosed closed)
    {
    }

    protected override int Receive(ReadOnlySpan<byte> bytes) => _mqtt.Receive(bytes, NowMs);

    protected override void TimePassed(long nowMs) => _mqtt.Tick(nowMs);

    protected override void Ended()
    {
        _mqtt.TransportClosed();
        if (_device.MqttClients.GetValueOrDefault(_client) == this)
            KeepSession();
        _device.Lost(this);
    }

    // Of two connections of one client the newer has the session.
    private void KeepSession()
    {
        MqttSessionState state = _mqtt.ExportSession();
        _device.MqttSessions[_client] = new MqttSessionState
        {
            UnreleasedIncoming = state.UnreleasedIncoming,
            AwaitingPubComp = state.AwaitingPubComp,
            LastPacketId = state.LastPacketId,
        };
    }

    private static string? LeaseOf(string topic)
    {
        int at = topic.IndexOf("lease=", StringComparison.Ordinal);
        if (at < 0)
            return null;
        int end = topic.IndexOf('&', at);
        return end < 0 ? topic[(at + 6)..] : topic[(at + 6)..end];
    }

    private static string? InquiryOf(string topic)
    {
        const string answers = "mailbox/answers/";
        return topic.StartsWith(answers, StringComparison.Ordinal) ? topic[answers.Length..].Split('/')[0] : null;
    }

    private static string? PropertyOf(in PublishPacket packet, string name)
    {
        foreach (MqttUserProperty property in packet.Properties.CopyUserProperties())
        {
            if (property.Name == name)
                return property.Value;
        }

        return null;
    }

    private void Settle(PacketId id, Received received, string lease, Verdict verdict)
    {
        if (!_mqtt.IsConnected || verdict == Verdict.Forget)
            return;
        bool byTopic = verdict == Verdict.Renew || (verdict != Verdict.Accept && _version == MqttVersion.V311) || _dice.Chance(200);
        if (byTopic && TrySettleByTopic(received.Message, lease, verdict, out PacketId sent))
        {
            if (verdict == Verdict.Renew)
                _device.World.Timeline.After(_dice.Between(0, 3_000), World, () => Do(() => Settle(id, received, lease, Verdict.Accept)));
            else if (_qos == MqttQos.ExactlyOnce)
                _acknowledgedAfter[sent] = id; // Were both lost, PUBREC alone would be said again.
            else
                _mqtt.AcknowledgePublish(id);
            return;
        }

        if (_version == MqttVersion.V311 && verdict is Verdict.Reject or Verdict.Release)
            return;
        MqttReasonCode code = verdict switch
        {
            Verdict.Reject => MqttReasonCode.UnspecifiedError,
            Verdict.Release => MqttReasonCode.ImplementationSpecificError,
            _ => MqttReasonCode.Success,
        };
        if (code == MqttReasonCode.Success && _qos == MqttQos.ExactlyOnce)
            _unreleased[id] = received;
        _mqtt.AcknowledgePublish(id, code);
    }

    private bool TrySettleByTopic(Message message, string lease, Verdict verdict, out PacketId id)
    {
        string word = verdict switch
        {
            Verdict.Accept => "accept",
            Verdict.Reject => "reject",
            Verdict.Release => "release",
            _ => "renew",
        };
        MqttSendResult sent = _mqtt.Send(new OutgoingMessage
        {
            Topic = Encoding.UTF8.GetBytes($"mailbox/settle/{lease}/{word}"),
            Qos = MqttQos.AtLeastOnce,
        });
        id = sent.PacketId;
        if (!sent.IsSent)
            return false;
        SettleVerb? verb = verdict switch
        {
            Verdict.Accept => SettleVerb.Accept,
            Verdict.Reject => SettleVerb.Reject,
            Verdict.Renew => SettleVerb.Renew,
            _ => null,
        };
        if (verb is SettleVerb confirmed)
            _settling[sent.PacketId] = new Settling(message, confirmed, NowMs, _device.World.Timeline.Steps);
        return true;
    }

    // A lease is held for its whole time from when its renewal was asked for, by a clock that nobody sets.
    private void Confirmed(Settling settling)
    {
        if (settling.Verb != SettleVerb.Renew)
            _device.World.Ledger.Settled(Hold, settling.Message, settling.Verb, Said);
        else
            Hold.Renewed[settling.Message.Id] = (settling.AskedStep, settling.AskedMs + _device.World.Setup.Limits.LeaseDurationMs);
    }

    private void SendWaiting()
    {
        while (_waiting.TryPeek(out Publication? next))
        {
            string number = next.Number.ToString(CultureInfo.InvariantCulture);
            string topic = next.Kind switch
            {
                PublicationKind.Telemetry => "telemetry",
                PublicationKind.Report => "reports/" + next.Command + (_version == MqttVersion.V311 ? "/?number=" + number : ""),
                _ => $"inquiries/{next.Subject}/{next.Id}",
            };
            bool isNumbered = next.Kind == PublicationKind.Report && _version == MqttVersion.V500;
            MqttSendResult sent = _mqtt.Send(new OutgoingMessage
            {
                Topic = Encoding.UTF8.GetBytes(topic),
                Payload = next.Body ?? Encoding.UTF8.GetBytes(next.Id),
                Qos = next.Qos,
                UserProperties = isNumbered ? new MqttUserProperty[] { new("number", number) } : [],
            });
            if (!sent.IsSent)
                return;
            _waiting.Dequeue();
            _unacknowledged[sent.PacketId] = next;
        }
    }

    private sealed record Received(Message Message, Mark At);

    private sealed record Settling(Message Message, SettleVerb Verb, long AskedMs, long AskedStep);
}
