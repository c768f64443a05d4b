using Restante.Core.Access;
using Restante.Core.Sessions;
using Restante.Heads.Mqtt.Sessions;
using Restante.Heads.Mqtt.Wills;
using Restante.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Net;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// One connection of one device: ties the engine to the transport and hands what it tells to the flow it concerns. Everything here runs in
/// turns of the connection, so there are no locks; what comes from other threads is posted. A flow's object exists only while it is needed.
/// </summary>
internal sealed partial class DeviceConnection : IConnectionSession, IMqttConnectionHandler, ILiveConnection, ISubscriber
{
    /// <summary>The protocol's name in events.</summary>
    public const string Protocol = "mqtt";

    private const int LongestReason = 256;

    private static readonly TaskCompletionSource s_goneBefore = MakeGone();

    private readonly Connection _connection;
    private SubscribeFlow? _subscribing;
    private TaskCompletionSource? _gone;
    private MqttClosed _closed;
    private string? _drainReason;
    private long _tokenDeadlineMs = long.MaxValue;
    private int _depth;

    public DeviceConnection(MqttHead head, Connection connection)
    {
        Head = head;
        _connection = connection;
        Engine = new MqttConnection(head.Settings, MqttRole.Server, this, connection.Output, connection.NowMs);
    }

    public MqttHead Head { get; }

    public MqttConnection Engine { get; }

    /// <summary>Who it is; null until it is authenticated.</summary>
    public DevicePrincipal? Principal { get; set; }

    /// <summary>The certificate that the device presented; once.</summary>
    public ClientCertificate? TakeCertificate() => _connection.TakeClientCertificate();

    /// <summary>Its client session; of no meaning until it is authenticated.</summary>
    public ClientKey Key { get; set; }

    /// <summary>The older connection of the same client session is gone when this has ended; null when there was none.</summary>
    public Task? Predecessor { get; set; }

    /// <summary>Its last words; null when it has none.</summary>
    public Will? Will { get; set; }

    /// <summary>How long its session outlives it, in seconds.</summary>
    public uint SessionExpirySeconds { get; set; }

    /// <summary>Whether there may be a record of its session in the store.</summary>
    public bool HasRecord { get; set; }

    /// <summary>Whether it stands among the live connections.</summary>
    public bool IsRegistered { get; set; }

    /// <summary>Whether it was accepted with a CONNACK.</summary>
    public bool IsAccepted { get; private set; }

    public SubscriptionSet Subscriptions { get; set; }

    /// <summary>The mailbox, from the first subscription on.</summary>
    public MailboxFlow? Mailbox { get; set; }

    /// <summary>What keeps the device up with its desired state; null while no subscription selects it.</summary>
    public StateFlow? State { get; set; }

    /// <summary>Whether the connection has ended, or is about to as the gateway stops: nothing new is begun.</summary>
    public bool IsEnding => IsEnded || Engine.IsClosed || _drainReason is not null;

    public bool IsEnded { get; private set; }

    /// <summary>Whether so much is written and not sent that no mail should be added.</summary>
    public bool OutputIsHigh => _connection.PendingOutputBytes > _connection.Limits.ResumeOutputBytes;

    public long Id => _connection.Id;

    public long NowMs => _connection.NowMs;

    /// <summary>Where the peer is, for counting failures.</summary>
    public string? Source => _connection.RemoteEndPoint?.Address.ToString();

    /// <summary>Which connection this is.</summary>
    public ConnectionName Name => new(Protocol, Id, Source);

    public string DeviceName => Principal?.Name ?? "?";

    int IConnectionSession.MinimumBytesNeeded => Engine.MinimumBytesNeeded;

    bool IConnectionSession.WantsBytes =>
        !IsEnded && !Engine.IsPaused && _connection.PendingOutputBytes <= _connection.Limits.MaxPendingOutputBytes / 2;

    long IConnectionSession.NextDeadlineMs => IsEnded
        ? long.MaxValue
        : Math.Min(
            Math.Min(Engine.NextDeadlineMs, Math.Min(_tokenDeadlineMs, _pausedByQuotaUntilMs)),
            Math.Min(
                Children?.RetryAtMs ?? long.MaxValue, Math.Min(Mailbox?.RetryAtMs ?? long.MaxValue, State?.RetryAtMs ?? long.MaxValue)));

    int IConnectionSession.Receive(ReadOnlySpan<byte> bytes)
    {
        if (IsEnded)
            return bytes.Length;
        _depth++;
        int consumed = Engine.Receive(bytes, NowMs);
        Leave();
        return consumed;
    }

    void IConnectionSession.Tick(long nowMs)
    {
        if (IsEnded)
            return;
        _depth++;
        Engine.Tick(nowMs);
        if (nowMs >= _tokenDeadlineMs && Principal is not null)
        {
            SetTokenDeadline(Principal.ExpiresAtMs);
            if (nowMs >= _tokenDeadlineMs)
                Disconnect(RefusalMap.ForEnd(EndReason.TokenExpired), "The token or certificate has expired. Connect with a new one.");
        }

        if (nowMs >= _pausedByQuotaUntilMs)
            EndPauseByQuota();
        if (Mailbox is MailboxFlow mailbox && nowMs >= mailbox.RetryAtMs)
            mailbox.Retry();
        if (State is StateFlow state && nowMs >= state.RetryAtMs)
            state.Retry();
        foreach (ChildDevice child in Children?.Items ?? [])
            child.Retry(nowMs);
        Leave();
    }

    void IConnectionSession.OutputReady()
    {
        if (IsEnded)
            return;
        _depth++;
        PumpMail();
        State?.Pump();
        foreach (ChildDevice child in Children?.Items ?? [])
            child.State?.Pump();
        Leave();
    }

    void IConnectionSession.Drain(string reason)
    {
        if (IsEnded)
            return;
        _depth++;
        _drainReason = reason;
        if (Engine.IsConnected)
            Engine.PauseReceiving(); // What it has published is answered first.
        Leave();
    }

    void IConnectionSession.Closed(ConnectionEnd end)
    {
        if (IsEnded)
            return;
        _depth = 1;
        Engine.TransportClosed();
        if (_closed.Cause == MqttCloseCause.TransportLost)
            _closed = _closed with { Reason = end.Detail };
        Leave();
    }

    void ILiveConnection.End(EndReason reason, string description) =>
        Post((reason, description), static (connection, end) => connection.Disconnect(RefusalMap.ForEnd(end.reason), end.description));

    void IMqttConnectionHandler.OnConnect(in ConnectPacket packet) => new ConnectFlow(this, packet).Begin();

    void IMqttConnectionHandler.OnSubscribe(in SubscribePacket packet) => (_subscribing ??= new SubscribeFlow(this)).Subscribe(packet);

    void IMqttConnectionHandler.OnUnsubscribe(in UnsubscribePacket packet) =>
        (_subscribing ??= new SubscribeFlow(this)).Unsubscribe(packet);

    void IMqttConnectionHandler.OnClosed(in MqttClosed closed) => _closed = closed;

    /// <summary>True while a SUBSCRIBE or UNSUBSCRIBE is not answered.</summary>
    public bool IsSubscribing => _subscribing is { IsBusy: true };

    /// <summary>Has the action run in a turn, unless the connection has ended by then. Any thread.</summary>
    public void Post<TState>(TState state, Action<DeviceConnection, TState> action) =>
        _connection.Post((this, state, action), static (_, work) =>
        {
            DeviceConnection connection = work.Item1;
            if (connection.IsEnded)
                return;
            connection._depth++;
            work.action(connection, work.state);
            connection.Leave();
        });

    /// <summary>
    /// Goes on in a turn when the operation is done, unless the connection has ended by then. A faulted operation ends the connection.
    /// </summary>
    public void Await<TResult, TState>(ValueTask<TResult> task, TState state, Action<TResult, TState> continuation) =>
        _connection.Await(task, (this, state, continuation), static (_, result, exception, work) =>
        {
            DeviceConnection connection = work.Item1;
            if (connection.IsEnded)
                return;
            connection._depth++;
            if (exception is null)
                work.continuation(result!, work.state);
            else
                connection.Fail(exception);
            connection.Leave();
        });

    /// <summary>Tells the peer why (5.0) and ends the connection.</summary>
    public void Disconnect(MqttReasonCode code, string reason) =>
        Engine.Disconnect(code, new MqttDisconnectOptions { ReasonString = reason });

    // [MQTT 5 §4.13] Where there is another gateway, the device need not try this one until it has given up.
    private void DisconnectToElsewhere(string reason)
    {
        string elsewhere = Head.Options.ServerReference;
        if (elsewhere.Length == 0 || Engine.Version != MqttVersion.V500)
            Disconnect(MqttReasonCode.ServerShuttingDown, reason);
        else
            Engine.Disconnect(
                MqttReasonCode.UseAnotherServer, new MqttDisconnectOptions { ReasonString = reason, ServerReference = elsewhere });
    }

    /// <summary>A newer connection of the same client session has come. Any thread. [MQTT-3.1.4-3]</summary>
    public void TakeOver() =>
        Post(0, static (connection, _) => connection.Disconnect(
            MqttReasonCode.SessionTakenOver, "A newer connection with the same client identifier took the session over."));

    /// <summary>A task that ends when the connection has ended and its session is kept. Any thread.</summary>
    public Task WhenGone()
    {
        TaskCompletionSource? gone = Volatile.Read(ref _gone);
        if (gone is null)
        {
            var fresh = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            gone = Interlocked.CompareExchange(ref _gone, fresh, null) ?? fresh;
        }

        return gone.Task;
    }

    public void MarkGone() => (Interlocked.CompareExchange(ref _gone, s_goneBefore, null) ?? s_goneBefore).TrySetResult();

    /// <summary>The CONNECT was accepted.</summary>
    public void Accepted()
    {
        IsAccepted = true;
        SetTokenDeadline(Principal!.ExpiresAtMs);
    }

    private static TaskCompletionSource MakeGone()
    {
        var gone = new TaskCompletionSource();
        gone.SetResult();
        return gone;
    }

    private void SetTokenDeadline(long expiresAtMs) =>
        _tokenDeadlineMs = expiresAtMs == long.MaxValue ? long.MaxValue : NowMs + Math.Max(0, expiresAtMs - Head.UnixNowMs);

    private void Fail(Exception exception)
    {
        Log.Fault(Head.Logger, exception, Id);
        Disconnect(MqttReasonCode.UnspecifiedError, "The gateway failed.");
    }

    // The way out of every way in. The end is begun outside all calls of the engine, as it goes on on other threads.
    private void Leave()
    {
        if (--_depth > 0)
            return;
        if (_subscribing is { IsIdle: true })
            _subscribing = null; // An idle device costs no more than it must.
        if (_drainReason is not null && !Engine.IsClosed && _uncommitted == 0
            && Mailbox is not { IsDeciding: true } && Children is not { IsDeciding: true })
            DisconnectToElsewhere(_drainReason);
        if (Engine.IsClosed && !IsEnded)
            End();
    }

    private void End()
    {
        IsEnded = true;
        string why = _closed.Reason is { Length: > 0 } reason ? reason : CloseWords.Of(_closed.Cause);
        why = why.Length > LongestReason ? why[..LongestReason] : why;
        _connection.CompleteAndClose(why);
        Head.Metrics.Closed(_closed.Cause);
        State?.End();
        foreach (ChildDevice child in Children?.Items ?? [])
            child.End(why);
        if (Principal is null)
        {
            MarkGone();
            return;
        }

        Log.Disconnected(Head.Logger, Id, DeviceName, _closed.Cause, why);
        if (IsRegistered)
            Head.Gateway.Connections.Remove(Principal, this, Name, why);
        Head.BeginWork();
        _ = EndFlow.RunAsync(this, Principal, _closed);
    }
}
