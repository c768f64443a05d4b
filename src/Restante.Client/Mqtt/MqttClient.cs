using System.Buffers;
using System.Text;
using System.Threading.Channels;
using Restante.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Net;

namespace Restante.Client.Mqtt;

/// <summary>
/// An MQTT connection. Methods may be called from any thread; what they start runs in the turns of the connection.
/// </summary>
public sealed class MqttClient : IConnectionSession, IMqttConnectionHandler, IBufferWriter<byte>, IAsyncDisposable
{
    private const int MaxWaiting = 10_000;

    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<MqttReceived> _received = Channel.CreateUnbounded<MqttReceived>(
        new UnboundedChannelOptions { SingleWriter = true });
    private readonly Inlet<Publication> _inlet = new(MaxWaiting);
    private readonly Queue<Publication> _waiting = new();
    private readonly Dictionary<PacketId, Publication> _unacknowledged = [];
    private readonly Dictionary<PacketId, TaskCompletionSource<MqttReasonCode>> _subscribing = [];
    private readonly Connection _connection;
    private readonly MqttConnection _mqtt;
    private string? _why;
    private bool _closing;

    private MqttClient(Connection connection, MqttConnectionSettings settings, MqttConnectOptions options)
    {
        _connection = connection;
        _mqtt = new MqttConnection(settings, MqttRole.Client, this, this, connection.NowMs);
        _mqtt.Connect(options);
    }

    /// <summary>Ends when the connection has ended, with the reason.</summary>
    public Task<string> Ended => _ended.Task;

    int IConnectionSession.MinimumBytesNeeded => _mqtt.MinimumBytesNeeded;

    bool IConnectionSession.WantsBytes => !_mqtt.IsPaused;

    long IConnectionSession.NextDeadlineMs => _mqtt.NextDeadlineMs;

    /// <summary>Connects and waits for the CONNACK.</summary>
    /// <exception cref="ClientException">The gateway refused the credentials or the connection.</exception>
    public static async Task<MqttClient> ConnectAsync(
        NetworkHost network, ClientEndpoint endpoint, MqttDeviceOptions options, CancellationToken cancellation)
    {
        var settings = new MqttConnectionSettings { MaximumPacketSize = 1024 * 1024, ReceiveMaximum = 64, MaximumOutgoingInFlight = 1_000 };
        var connect = new MqttConnectOptions
        {
            Version = options.Version,
            ClientId = options.ClientId,
            CleanStart = options.CleanStart,
            KeepAliveSeconds = options.KeepAliveSeconds,
            SessionExpirySeconds = options.SessionExpirySeconds,
            UserName = endpoint.UserName,
            Password = Encoding.UTF8.GetBytes(endpoint.Password),
        };
        MqttClient? client = null;
        await endpoint.ConnectAsync(network, "mqtt", connection => client = new MqttClient(connection, settings, connect), cancellation);
        try
        {
            await client!._connected.Task.WaitAsync(cancellation);
            return client;
        }
        catch (OperationCanceledException)
        {
            client!._connection.Abort("given up");
            throw;
        }
    }

    /// <summary>
    /// Publishes; ends when it was sent (QoS 0) or acknowledged, with the reason code. At most 10,000 messages are on the way; further
    /// calls wait for room.
    /// </summary>
    /// <exception cref="ClientException">The connection is gone.</exception>
    public async Task<MqttReasonCode> PublishAsync(string topic, ReadOnlyMemory<byte> payload, MqttQos qos = MqttQos.AtLeastOnce)
    {
        await _inlet.EnterAsync();
        try
        {
            var publication = new Publication(Encoding.UTF8.GetBytes(topic), payload, qos);
            if (_inlet.Add(publication) && !Run(this, static client => client.Arrived()))
                FailArrived();
            return await publication.Done.Task;
        }
        finally
        {
            _inlet.Leave();
        }
    }

    /// <summary>Subscribes to one filter.</summary>
    /// <exception cref="ClientException">The gateway refused it, or the connection is gone.</exception>
    public async Task SubscribeAsync(string filter, MqttQos qos, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource<MqttReasonCode>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool posted = Run((Client: this, filter, qos, done), static state =>
        {
            MqttSendResult sent = state.Client._mqtt.Subscribe([new MqttSubscription(state.filter, state.qos)]);
            if (sent.IsSent)
                state.Client._subscribing[sent.PacketId] = state.done;
            else
                state.done.TrySetException(new ClientException($"The subscription was not sent: {sent.Status}"));
        });
        if (!posted)
            throw Gone();
        MqttReasonCode code = await done.Task.WaitAsync(cancellation);
        if (code >= MqttReasonCode.UnspecifiedError)
            throw new ClientException($"The subscription to '{filter}' was refused: {code}", code.ToString());
    }

    /// <summary>The next message.</summary>
    /// <exception cref="ClientException">The connection is gone; the message says why.</exception>
    public async ValueTask<MqttReceived> ReceiveAsync(CancellationToken cancellation)
    {
        try
        {
            return await _received.Reader.ReadAsync(cancellation);
        }
        catch (ChannelClosedException e) when (e.InnerException is ClientException why)
        {
            throw why;
        }
    }

    /// <summary>Says goodbye and waits until the connection has ended.</summary>
    public async Task DisconnectAsync()
    {
        Run(this, static client => client._mqtt.Disconnect());
        await Ended;
    }

    /// <summary>Cuts the connection without a word, as a device that loses its network does.</summary>
    public void Abort() => _connection.Abort("cut");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!Ended.IsCompleted)
            await DisconnectAsync();
    }

    int IConnectionSession.Receive(ReadOnlySpan<byte> bytes)
    {
        int used = _mqtt.Receive(bytes, _connection.NowMs);
        AfterWork();
        return used;
    }

    void IConnectionSession.Tick(long nowMs)
    {
        _mqtt.Tick(nowMs);
        AfterWork();
    }

    void IConnectionSession.Drain(string reason)
    {
        _mqtt.Disconnect();
        AfterWork();
    }

    void IConnectionSession.Closed(ConnectionEnd end)
    {
        _mqtt.TransportClosed();
        _why ??= end.Detail;
        ClientException gone = Gone();
        _connected.TrySetException(gone);
        _ = _connected.Task.Exception;
        foreach (Publication publication in _waiting.Concat(_unacknowledged.Values))
            publication.Done.TrySetException(gone);
        FailArrived();
        foreach (TaskCompletionSource<MqttReasonCode> subscribing in _subscribing.Values)
            subscribing.TrySetException(gone);
        _received.Writer.TryComplete(gone);
        _ended.TrySetResult(_why);
    }

    void IMqttConnectionHandler.OnConnAck(in ConnAckPacket packet)
    {
        if (packet.IsAccepted)
            _connected.TrySetResult();
        else
            _why = $"CONNACK {packet.ReasonCode}";
    }

    void IMqttConnectionHandler.OnPublish(in PublishPacket packet) => _received.Writer.TryWrite(MqttReceived.Of(this, packet));

    void IMqttConnectionHandler.OnPublishAcknowledged(MqttAcknowledgementStage stage, in AcknowledgementPacket packet)
    {
        if (stage == MqttAcknowledgementStage.PubRec && !packet.IsFailure)
        {
            _mqtt.ReleaseOutgoing(packet.PacketId);
            return;
        }

        if (_unacknowledged.Remove(packet.PacketId, out Publication? publication))
            publication.Done.TrySetResult(packet.ReasonCode);
        SendWaiting();
    }

    void IMqttConnectionHandler.OnSubAck(in SubscriptionAcknowledgementPacket packet)
    {
        if (_subscribing.Remove(packet.PacketId, out TaskCompletionSource<MqttReasonCode>? done))
            done.TrySetResult(packet.ReasonCodes[0]);
    }

    void IMqttConnectionHandler.OnDisconnect(in DisconnectPacket packet) => _why = $"DISCONNECT {packet.ReasonCode}";

    void IMqttConnectionHandler.OnClosed(in MqttClosed closed) => _why ??= closed.Reason ?? closed.Cause.ToString();

    void IBufferWriter<byte>.Advance(int count) => _connection.Output.Advance(count);

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => _connection.Output.GetMemory(sizeHint);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => _connection.Output.GetSpan(sizeHint);

    internal bool Acknowledge(PacketId packet, MqttReasonCode code) =>
        Run((Client: this, packet, code), static state => state.Client._mqtt.AcknowledgePublish(state.packet, state.code));

    private ClientException Gone() => new($"The connection has ended: {_why ?? "closed"}");

    private bool Run<T>(T state, Action<T> act) => _connection.Post(
        (Client: this, state, act),
        static (_, posted) =>
        {
            posted.act(posted.state);
            posted.Client.AfterWork();
        });

    private void Arrived()
    {
        foreach (Publication publication in _inlet.Take())
            _waiting.Enqueue(publication);
        SendWaiting();
    }

    private void FailArrived()
    {
        foreach (Publication publication in _inlet.Take())
            publication.Done.TrySetException(Gone());
    }

    private void SendWaiting()
    {
        while (_waiting.TryPeek(out Publication? next))
        {
            MqttSendResult sent = _mqtt.Send(new OutgoingMessage { Topic = next.Topic, Payload = next.Payload.Span, Qos = next.Qos });
            if (sent.Status == MqttSendStatus.Blocked)
                return;
            _waiting.Dequeue();
            if (!sent.IsSent)
                next.Done.TrySetException(new ClientException($"The message was not sent: {sent.Status}"));
            else if (next.Qos == MqttQos.AtMostOnce)
                next.Done.TrySetResult(MqttReasonCode.Success);
            else
                _unacknowledged[sent.PacketId] = next;
        }
    }

    private void AfterWork()
    {
        if (!_mqtt.IsClosed || _closing)
            return;
        _closing = true;
        _connection.CompleteAndClose();
    }

    private sealed record Publication(byte[] Topic, ReadOnlyMemory<byte> Payload, MqttQos Qos)
    {
        public TaskCompletionSource<MqttReasonCode> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
