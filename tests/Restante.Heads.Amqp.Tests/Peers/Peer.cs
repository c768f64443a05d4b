using System.Buffers;
using System.Text;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Sasl;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Net;

namespace Restante.Heads.Amqp.Tests.Peers;

/// <summary>A device or a service in a script: one AMQP connection with one session, told step by step what to do.</summary>
internal sealed class Peer : IConnectionSession, IAmqpConnectionHandler, IBufferWriter<byte>
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Goodbye> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ConnectionEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Connection _connection;
    private readonly AmqpConnection _amqp;
    private AmqpSession? _session;
    private int _names;
    private bool _deaf;
    private bool _closing;

    private Peer(Connection connection, AmqpSettings settings)
    {
        _connection = connection;
        _amqp = new AmqpConnection(settings, AmqpRole.Client, this, this);
        _amqp.Start(connection.NowMs);
    }

    /// <summary>Ends when the connection is open.</summary>
    public Task Opened => _opened.Task.WaitAsync(s_patience);

    /// <summary>Ends with AMQP's close, or whatever stood in its place.</summary>
    public Task<Goodbye> Closed => _closed.Task.WaitAsync(s_patience);

    /// <summary>Ends with the socket.</summary>
    public Task<ConnectionEnd> Ended => _ended.Task.WaitAsync(s_patience);

    public bool IsOpen => !_closed.Task.IsCompleted;

    int IConnectionSession.MinimumBytesNeeded => _amqp.MinimumBytesNeeded;

    bool IConnectionSession.WantsBytes => !_deaf && !_amqp.IsPaused;

    long IConnectionSession.NextDeadlineMs => long.MaxValue;

    public static AmqpSettings Settings(string user, string password) => new()
    {
        ContainerId = "script",
        SaslClient = SaslClientResponse.Plain(user, password),
        IdleTimeoutMs = 0,
        MaxMessageSize = 16 * 1024 * 1024,
        MaxIncompleteBytes = 16 * 1024 * 1024,
    };

    public static async Task<Peer> OpenAsync(NetworkHost roads, int port, AmqpSettings settings, TlsClientOptions? tls = null)
    {
        Peer? peer = null;
        await new ClientConnector(roads).ConnectAsync(
            "127.0.0.1", port, tls, connection => peer = new Peer(connection, settings));
        return peer!;
    }

    public async Task DoAsync(Action<AmqpConnection> action) => await DoAsync(amqp =>
    {
        action(amqp);
        return true;
    });

    /// <summary>Runs something in a turn of the connection.</summary>
    public Task<T> DoAsync<T>(Func<AmqpConnection, T> action)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool posted = _connection.Post((Peer: this, action, done), static (_, work) =>
        {
            try
            {
                work.done.SetResult(work.action(work.Peer._amqp));
                work.Peer.AfterWork();
            }
            catch (Exception exception)
            {
                work.done.TrySetException(exception);
            }
        });
        return posted ? done.Task.WaitAsync(s_patience) : Task.FromException<T>(new InvalidOperationException("The connection has ended."));
    }

    /// <summary>Asks for a link and does not wait for the answer.</summary>
    public Task<Line> StartAttachAsync(
        string? address, bool sends, AmqpMap? filter = null, SenderSettleMode snd = SenderSettleMode.Mixed,
        ReceiverSettleMode rcv = ReceiverSettleMode.First, int? maxMessageSize = null, string? name = null, DeliveryState? defaultOutcome = null,
        string? replyTo = null) => DoAsync(_ =>
    {
        var line = new Line(this, address ?? "(none)");
        line.Link = _session!.Attach(new LinkSettings
        {
            Name = name ?? $"link-{++_names}",
            IsSender = sends,
            Source = new Source { Address = sends ? null : address, Filter = filter, DefaultOutcome = defaultOutcome, Dynamic = address is null && replyTo is not null },
            Target = new Target { Address = sends ? address : replyTo },
            SenderSettleMode = snd,
            ReceiverSettleMode = rcv,
            MaxMessageSize = maxMessageSize,
            Owner = line,
        });
        return line;
    });

    /// <summary>A link on which the script sends.</summary>
    public async Task<Line> SenderAsync(string address, SenderSettleMode snd = SenderSettleMode.Mixed, ReceiverSettleMode rcv = ReceiverSettleMode.First)
    {
        Line line = await StartAttachAsync(address, sends: true, snd: snd, rcv: rcv);
        await line.NextAsync<Attached>();
        return line;
    }

    /// <summary>A link on which the script receives.</summary>
    public async Task<Line> ReceiverAsync(
        string address, uint credit = 0, AmqpMap? filter = null, SenderSettleMode snd = SenderSettleMode.Mixed,
        ReceiverSettleMode rcv = ReceiverSettleMode.First, int? maxMessageSize = null, DeliveryState? defaultOutcome = null)
    {
        Line line = await StartAttachAsync(
            address, sends: false, filter: filter, snd: snd, rcv: rcv, maxMessageSize: maxMessageSize, defaultOutcome: defaultOutcome);
        await line.NextAsync<Attached>();
        if (credit > 0)
            await line.CreditAsync(credit);
        return line;
    }

    /// <summary>A pair of links for requests to a node and their answers.</summary>
    public async Task<Requester> RequesterAsync(string node)
    {
        Line requests = await SenderAsync(node);
        return new Requester(requests, await ReceiverAsync(node, 100));
    }

    /// <summary>A link that must be refused; returns why.</summary>
    public async Task<Detached> RefusedAsync(string? address, bool sends, AmqpMap? filter = null)
    {
        Line line = await StartAttachAsync(address, sends, filter);
        return await line.NextAsync<Detached>();
    }

    /// <summary>Passes when the gateway has answered to everything said before.</summary>
    public async Task FenceAsync() => await RefusedAsync("nowhere/in/particular", sends: true);

    /// <summary>Writes bytes that the engine would not write.</summary>
    public Task WriteAsync(byte[] bytes) => DoAsync(_ => _connection.Output.Write(bytes));

    /// <summary>Reads nothing from now on, or again.</summary>
    public Task SetDeafAsync(bool deaf) => DoAsync(_ => _deaf = deaf);

    /// <summary>The network breaks.</summary>
    public async Task BreakAsync()
    {
        _connection.Abort("The network breaks.");
        await Ended;
    }

    public async Task CloseAsync()
    {
        await DoAsync(amqp => amqp.Close());
        await Ended;
    }

    int IConnectionSession.Receive(ReadOnlySpan<byte> bytes)
    {
        int used = _amqp.Receive(bytes, _connection.NowMs);
        AfterWork();
        return used;
    }

    void IConnectionSession.Tick(long nowMs)
    {
    }

    void IConnectionSession.Drain(string reason) => _connection.CompleteAndClose(reason);

    void IConnectionSession.Closed(ConnectionEnd end)
    {
        _amqp.TransportClosed();
        _ended.TrySetResult(end);
    }

    void IAmqpConnectionHandler.OnOpened(AmqpConnection connection, Open open)
    {
        _session = connection.BeginSession();
        _opened.TrySetResult();
    }

    void IAmqpConnectionHandler.OnLinkAttaching(AmqpLink link, Attach attach) => throw new InvalidOperationException("The gateway attached a link.");

    void IAmqpConnectionHandler.OnLinkAttached(AmqpLink link, Attach attach) => Of(link).Show(new Attached(attach));

    void IAmqpConnectionHandler.OnLinkDetached(AmqpLink link, AmqpError? error, bool byPeer) =>
        Of(link).Show(new Detached(error?.Condition.Value, error?.Description, byPeer));

    void IAmqpConnectionHandler.OnLinkFlow(AmqpLink link) => Of(link).Show(new Flowed(link.Credit, link.IsDraining));

    void IAmqpConnectionHandler.OnDelivery(AmqpLink link, in IncomingDelivery delivery) => Of(link).Show(new Mail(
        delivery.Number,
        Encoding.ASCII.GetString(delivery.Tag),
        delivery.IsSettled,
        AmqpMessage.Decode(delivery.Payload, new DecodeLimits(32, 100_000)),
        delivery.Payload.Length));

    void IAmqpConnectionHandler.OnDisposition(AmqpLink link, DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
    {
        if (context.Reference is Line.Answer answer)
        {
            if (!settled)
                link.Settle(number, state);
            answer.Give(state);
        }
        else
        {
            Of(link).Show(new Disposed(number, state, settled));
        }
    }

    void IAmqpConnectionHandler.OnClosed(AmqpConnection connection, AmqpError? error, bool byPeer)
    {
        _opened.TrySetException(new InvalidOperationException($"The connection was not opened: {error?.Condition.Value}: {error?.Description}"));
        _ = _opened.Task.Exception;
        _closed.TrySetResult(new Goodbye(error?.Condition.Value, error?.Description, byPeer));
    }

    void IBufferWriter<byte>.Advance(int count) => _connection.Output.Advance(count);

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => _connection.Output.GetMemory(sizeHint);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => _connection.Output.GetSpan(sizeHint);

    private static Line Of(AmqpLink link) => (Line)link.Owner!;

    private void AfterWork()
    {
        if (!_amqp.IsClosed || _closing)
            return;
        _closing = true;
        _connection.CompleteAndClose();
    }
}
