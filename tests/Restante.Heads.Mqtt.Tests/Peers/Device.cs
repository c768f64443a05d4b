using System.Buffers;
using System.Text;
using System.Threading.Channels;
using Restante.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Net;

namespace Restante.Heads.Mqtt.Tests.Peers;

/// <summary>A device in a script: says what it is told to say, and shows what it gets, in order.</summary>
internal sealed class Device : IConnectionSession, IMqttConnectionHandler
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Connection _connection;
    private readonly Channel<object> _events = Channel.CreateUnbounded<object>();
    private bool _deaf;

    private Device(Connection connection, MqttConnectionSettings settings)
    {
        _connection = connection;
        Engine = new MqttConnection(settings, MqttRole.Client, this, connection.Output, connection.NowMs);
    }

    public MqttConnection Engine { get; }

    int IConnectionSession.MinimumBytesNeeded => Engine.MinimumBytesNeeded;

    bool IConnectionSession.WantsBytes => !_deaf && !Engine.IsPaused;

    long IConnectionSession.NextDeadlineMs => long.MaxValue;

    public static async Task<Device> OpenAsync(
        NetworkHost host, int port, MqttConnectOptions options, MqttConnectionSettings? settings = null, MqttSessionState? state = null,
        TlsClientOptions? tls = null)
    {
        Device? device = null;
        Connection connection = await new ClientConnector(host).ConnectAsync(
            "127.0.0.1", port, tls, c => device = new Device(c, settings ?? new MqttConnectionSettings()));
        await connection.RunAsync(device!, engine =>
        {
            if (state is not null)
                engine.RestoreSession(state);
            engine.Connect(options);
        });
        return device!;
    }

    /// <summary>Runs something on the device's engine.</summary>
    public Task DoAsync(Action<MqttConnection> action) => _connection.RunAsync(this, action);

    /// <summary>What comes next; it must be of this kind.</summary>
    public async Task<T> NextAsync<T>()
    {
        object next = await _events.Reader.ReadAsync().AsTask().WaitAsync(s_patience);
        return next is T expected ? expected : throw new InvalidOperationException($"Expected {typeof(T).Name}, got {Describe(next)}.");
    }

    /// <summary>What comes next, past what is of another kind.</summary>
    public async Task<T> NextOfAsync<T>()
    {
        while (true)
        {
            object next = await _events.Reader.ReadAsync().AsTask().WaitAsync(s_patience);
            if (next is T expected)
                return expected;
        }
    }

    /// <summary>Passes when nothing has come by the time the gateway has answered a PINGREQ.</summary>
    public async Task NothingAsync()
    {
        await DoAsync(engine => engine.Ping());
        object next = await _events.Reader.ReadAsync().AsTask().WaitAsync(s_patience);
        if (next is not string)
            throw new InvalidOperationException($"Expected nothing, got {Describe(next)}.");
    }

    public bool HasNews => _events.Reader.Count > 0;

    public async Task<MqttSendResult> PublishAsync(
        string topic, string payload, MqttQos qos = MqttQos.AtLeastOnce, bool retain = false, byte? format = null, string? contentType = null,
        byte[]? correlation = null, string? responseTopic = null, uint? expiry = null, params MqttUserProperty[] properties)
    {
        MqttSendResult result = default;
        await DoAsync(engine => result = engine.Send(new OutgoingMessage
        {
            Topic = Encoding.UTF8.GetBytes(topic),
            Payload = Encoding.UTF8.GetBytes(payload),
            Qos = qos,
            Retain = retain,
            PayloadFormatIndicator = format,
            ContentType = contentType is null ? default : Encoding.UTF8.GetBytes(contentType),
            CorrelationData = correlation,
            ResponseTopic = responseTopic is null ? default : Encoding.UTF8.GetBytes(responseTopic),
            MessageExpirySeconds = expiry,
            UserProperties = properties,
        }));
        return result;
    }

    public async Task<SubAnswer> SubscribeAsync(string filter = "mailbox/#", MqttQos qos = MqttQos.AtLeastOnce, uint? identifier = null)
    {
        await DoAsync(engine => engine.Subscribe([new MqttSubscription(filter, qos)], identifier));
        return await NextAsync<SubAnswer>();
    }

    public async Task<SubAnswer> UnsubscribeAsync(string filter = "mailbox/#")
    {
        await DoAsync(engine => engine.Unsubscribe([filter]));
        return await NextAsync<SubAnswer>();
    }

    public Task AcknowledgeAsync(Mail mail, MqttReasonCode code = MqttReasonCode.Success, string? reason = null) =>
        DoAsync(engine => engine.AcknowledgePublish(mail.Id, code, reason));

    public async Task<MqttReasonCode> SettleAsync(string lease, string verb, string payload = "")
    {
        await PublishAsync($"mailbox/settle/{lease}/{verb}", payload);
        return (await NextOfAsync<Answer>()).Code;
    }

    /// <summary>DISCONNECT, then waits for the end.</summary>
    public async Task LeaveAsync(MqttReasonCode code = MqttReasonCode.Success, MqttDisconnectOptions? options = null)
    {
        await DoAsync(engine => engine.Disconnect(code, options));
        await NextOfAsync<Gone>();
    }

    /// <summary>Bytes that the engine would not write.</summary>
    public Task WriteAsync(byte[] bytes) => DoAsync(_ => _connection.Output.Write(bytes));

    /// <summary>The link breaks.</summary>
    public void Break() => _connection.Abort("The link breaks.");

    /// <summary>Reads nothing from now on, or again.</summary>
    public Task SetDeafAsync(bool deaf) => DoAsync(_ => _deaf = deaf);

    int IConnectionSession.Receive(ReadOnlySpan<byte> bytes)
    {
        int consumed = Engine.Receive(bytes, _connection.NowMs);
        if (Engine.IsClosed)
            _connection.CompleteAndClose();
        return consumed;
    }

    void IConnectionSession.Tick(long nowMs)
    {
    }

    void IConnectionSession.Drain(string reason) => _connection.CompleteAndClose();

    void IConnectionSession.Closed(ConnectionEnd end) => Engine.TransportClosed();

    void IMqttConnectionHandler.OnConnAck(in ConnAckPacket packet) => Show(new ConnAck(
        packet.ReasonCode,
        packet.SessionPresent,
        packet.Properties.Text(MqttPropertyId.AssignedClientIdentifier),
        packet.Properties.Number(MqttPropertyId.SessionExpiryInterval),
        packet.Properties.Number(MqttPropertyId.ServerKeepAlive),
        packet.Properties.Number(MqttPropertyId.RetainAvailable),
        packet.Properties.Number(MqttPropertyId.ReceiveMaximum),
        packet.Properties.Text(MqttPropertyId.ReasonString))
    {
        Elsewhere = packet.Properties.Text(MqttPropertyId.ServerReference),
    });

    void IMqttConnectionHandler.OnPublish(in PublishPacket packet)
    {
        List<uint> ids = [];
        foreach (uint id in packet.Properties.SubscriptionIdentifiers)
            ids.Add(id);
        Show(new Mail
        {
            Topic = Encoding.UTF8.GetString(packet.Topic),
            Payload = packet.Payload.ToArray(),
            Qos = packet.Qos,
            Retain = packet.Retain,
            Duplicate = packet.Duplicate,
            Id = packet.PacketId,
            ContentType = packet.Properties.Text(MqttPropertyId.ContentType),
            ResponseTopic = packet.Properties.Text(MqttPropertyId.ResponseTopic),
            Correlation = packet.CorrelationData.ToArray(),
            Format = packet.PayloadFormatIndicator,
            Expiry = packet.MessageExpirySeconds,
            SubscriptionIds = [.. ids],
            Properties = packet.Properties.CopyUserProperties(),
        });
    }

    void IMqttConnectionHandler.OnPublishReleased(PacketId packetId) => Show(new Release(packetId));

    void IMqttConnectionHandler.OnPublishAcknowledged(MqttAcknowledgementStage stage, in AcknowledgementPacket packet)
    {
        Show(new Answer(stage, packet.PacketId, packet.ReasonCode, Encoding.UTF8.GetString(packet.ReasonString)));
        if (stage == MqttAcknowledgementStage.PubRec && !packet.IsFailure)
            Engine.ReleaseOutgoing(packet.PacketId);
    }

    void IMqttConnectionHandler.OnSubAck(in SubscriptionAcknowledgementPacket packet) => ShowSub(packet);

    void IMqttConnectionHandler.OnUnsubAck(in SubscriptionAcknowledgementPacket packet) => ShowSub(packet);

    void IMqttConnectionHandler.OnPingResponse() => Show("PINGRESP");

    void IMqttConnectionHandler.OnDisconnect(in DisconnectPacket packet) =>
        Show(new Goodbye(packet.ReasonCode, Encoding.UTF8.GetString(packet.ReasonString), Encoding.UTF8.GetString(packet.ServerReference)));

    void IMqttConnectionHandler.OnClosed(in MqttClosed closed)
    {
        Show(new Gone(closed.Cause));
        _connection.CompleteAndClose();
    }

    private static string Describe(object next) => next is Mail mail ? $"Mail {mail.Topic} {mail.Text}" : next.ToString()!;

    private void ShowSub(in SubscriptionAcknowledgementPacket packet) =>
        Show(new SubAnswer(packet.PacketId, packet.ReasonCodes.ToArray(), Encoding.UTF8.GetString(packet.ReasonString)));

    private void Show(object what) => _events.Writer.TryWrite(what);
}
