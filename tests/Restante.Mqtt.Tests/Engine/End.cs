using System.Buffers;
using System.Globalization;
using System.Text;
using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Tests.Engine;

/// <summary>
/// One side of a <see cref="Conversation"/>: a connection and an owner that keeps its messages until they are acknowledged.
/// </summary>
internal sealed class End(Random random, MqttRole role, string prefix, int receiveMaximum, MqttVersion version)
{
    private readonly List<Message> _messages = [];
    private readonly Queue<Message> _pending = [];
    private readonly List<(PacketId PacketId, string Name)> _toAnswer = [];
    private readonly List<PacketId> _toRelease = [];
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly List<byte> _kept = [];
    private bool _used;

    public MqttConnection Connection { get; private set; } = null!;

    public OwnerHandler Handler { get; private set; } = null!;

    /// <summary>What arrived here, in order.</summary>
    public List<string> Arrived { get; } = [];

    /// <summary>What the owner has taken: QoS 0 on arrival, QoS 1 and 2 when answered.</summary>
    public List<string> Taken { get; } = [];

    public int Resent { get; private set; }

    public int Blocked { get; private set; }

    public bool IsQuiet => _pending.Count == 0 && _toAnswer.Count == 0 && _toRelease.Count == 0
        && _messages.TrueForAll(message => message.Qos == MqttQos.AtMostOnce || message.Completed > 0);

    public string State =>
        $"{prefix}: {_pending.Count} pending, {_toAnswer.Count} to answer, {_toRelease.Count} to release, open: "
        + string.Join(' ', _messages.Where(message => message.Qos != MqttQos.AtMostOnce && message.Completed == 0).Select(message => message.Name));

    /// <summary>A new connection; the session of the last one, if there was one.</summary>
    public MqttSessionState? Renew()
    {
        MqttSessionState? state = _used ? Connection.ExportSession() : null;
        _used = true;
        _kept.Clear();
        _output.ResetWrittenCount();
        _toAnswer.Clear();
        _toRelease.Clear();
        Handler = new OwnerHandler(this);
        MqttConnectionSettings settings = new() { ReceiveMaximum = receiveMaximum, MaximumOutgoingInFlight = 6 };
        Connection = new MqttConnection(settings, role, Handler, _output, 0);
        Unacknowledged = state?.Unacknowledged.ToArray() ?? [];
        return state;
    }

    private ushort[] Unacknowledged { get; set; } = [];

    public byte[] TakeOutput()
    {
        byte[] bytes = _output.WrittenSpan.ToArray();
        _output.ResetWrittenCount();
        return bytes;
    }

    public void Receive(List<byte> bytes)
    {
        _kept.AddRange(bytes);
        int consumed = Connection.Receive(_kept.ToArray(), 1);
        _kept.RemoveRange(0, consumed);
        Assert.False(Connection.IsClosed, Handler.Closed?.Reason);
    }

    public void CreateMessage()
    {
        Message message = new($"{prefix}{_messages.Count.ToString(CultureInfo.InvariantCulture)}", (MqttQos)random.Next(3));
        _messages.Add(message);
        _pending.Enqueue(message);
    }

    public void SendPending()
    {
        ResendAll();
        while (_pending.TryPeek(out Message? message) && Unacknowledged.Length == 0)
        {
            MqttSendResult result = Send(message, PacketId.None);
            if (!result.IsSent)
            {
                Assert.Equal(MqttSendStatus.Blocked, result.Status);
                Blocked++;
                break;
            }

            message.PacketId = result.PacketId;
            _pending.Dequeue();
            Assert.InRange(_messages.Count(open => open.IsInFlight), 0, 6);
        }
    }

    /// <summary>Sends again what the restored session has unacknowledged, as far as the quota goes.</summary>
    public void ResendAll()
    {
        while (Unacknowledged.Length > 0)
        {
            PacketId id = new(Unacknowledged[0]);
            Message message = _messages.Single(open => open.IsInFlight && open.PacketId == id);
            if (!Send(message, id).IsSent)
            {
                return;
            }

            Resent++;
            Unacknowledged = Unacknowledged[1..];
        }
    }

    public void PauseOrResume()
    {
        if (random.Next(3) == 0)
        {
            Connection.PauseReceiving();
        }
        else
        {
            Resume();
        }
    }

    public void Resume() => Connection.ResumeReceiving();

    /// <summary>Answers one message or releases one, chosen at random.</summary>
    public void AnswerOne()
    {
        if (_toAnswer.Count > 0 && (random.Next(2) == 0 || _toRelease.Count == 0))
        {
            int index = random.Next(_toAnswer.Count);
            Assert.True(Connection.AcknowledgePublish(_toAnswer[index].PacketId));
            Taken.Add(_toAnswer[index].Name);
            _toAnswer.RemoveAt(index);
        }
        else if (_toRelease.Count > 0)
        {
            int index = random.Next(_toRelease.Count);
            Assert.True(Connection.ReleaseOutgoing(_toRelease[index]));
            _toRelease.RemoveAt(index);
        }
    }

    public void CheckAllArrivedAt(End other, bool exactlyOnce)
    {
        foreach (Message message in _messages)
        {
            int count = other.Taken.Count(name => name == message.Name);
            if (exactlyOnce || message.Qos == MqttQos.ExactlyOnce)
            {
                Assert.True(count == 1, $"{message.Name} with {message.Qos} arrived {count} times");
            }
            else if (message.Qos == MqttQos.AtLeastOnce)
            {
                Assert.True(count >= 1, $"{message.Name} never arrived");
            }

            Assert.Equal(message.Qos == MqttQos.AtMostOnce ? 0 : 1, message.Completed);
        }
    }

    /// <summary>Messages of one QoS arrive in the order they were sent. [MQTT-4.6.0-1]</summary>
    public void CheckOrderOf(End other) => Assert.Equal(_messages.Select(message => message.Name), other.Arrived);

    private MqttSendResult Send(Message message, PacketId resendAs) => Connection.Send(new OutgoingMessage
    {
        Topic = "t"u8,
        Payload = Encoding.UTF8.GetBytes(message.Name),
        Qos = message.Qos,
        ResendAs = resendAs,
        UseTopicAlias = version == MqttVersion.V500 && message.Name.Length % 2 == 0,
    });

    /// <summary>A message of this end, kept until it is done with.</summary>
    internal sealed class Message(string name, MqttQos qos)
    {
        public string Name => name;

        public MqttQos Qos => qos;

        public PacketId PacketId { get; set; }

        public int Completed { get; set; }

        public bool IsInFlight => Completed == 0 && !PacketId.IsNone;
    }

    /// <summary>The callbacks of one connection.</summary>
    internal sealed class OwnerHandler(End end) : IMqttConnectionHandler
    {
        public Action? ConnectArrived { get; set; }

        public MqttClosed? Closed { get; private set; }

        public void OnConnect(in ConnectPacket packet) => ConnectArrived!();

        public void OnPublish(in PublishPacket packet)
        {
            string name = Encoding.UTF8.GetString(packet.Payload);
            end.Arrived.Add(name);
            if (packet.PacketId.IsNone)
            {
                end.Taken.Add(name);
            }
            else
            {
                end._toAnswer.Add((packet.PacketId, name));
            }
        }

        public void OnPublishAcknowledged(MqttAcknowledgementStage stage, in AcknowledgementPacket packet)
        {
            PacketId id = packet.PacketId;
            if (stage == MqttAcknowledgementStage.PubRec)
            {
                end._toRelease.Add(id);
                return;
            }

            Message message = end._messages.Single(open => open.IsInFlight && open.PacketId == id);
            Assert.Equal(message.Qos == MqttQos.ExactlyOnce ? MqttAcknowledgementStage.PubComp : MqttAcknowledgementStage.PubAck, stage);
            message.Completed++;
        }

        public void OnClosed(in MqttClosed closed) => Closed = closed;
    }
}
