using System.Buffers;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Sasl;
using Restante.Amqp.Transport;
using Restante.Net;

namespace Restante.Client.Amqp;

/// <summary>
/// An AMQP 1.0 connection with one session. Methods may be called from any thread; what they start runs in the turns of the connection.
/// </summary>
public sealed class AmqpClient : IConnectionSession, IAmqpConnectionHandler, IBufferWriter<byte>, IAsyncDisposable
{
    private static readonly AmqpError s_notAttached = new(
        AmqpConditions.ResourceLimitExceeded,
        "The session has as many links as it may, or the link's address or source is larger than the peer's frames.");

    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Connection _connection;
    private readonly AmqpConnection _amqp;
    private AmqpSession? _session;
    private AmqpError? _error;
    private int _links;
    private bool _closing;

    private AmqpClient(Connection connection, AmqpSettings settings)
    {
        _connection = connection;
        _amqp = new AmqpConnection(settings, AmqpRole.Client, this, this);
        _amqp.Start(connection.NowMs);
    }

    /// <summary>Ends when the connection has ended, with the reason.</summary>
    public Task<string> Ended => _ended.Task;

    int IConnectionSession.MinimumBytesNeeded => _amqp.MinimumBytesNeeded;

    bool IConnectionSession.WantsBytes => !_amqp.IsPaused;

    long IConnectionSession.NextDeadlineMs => _amqp.NextDeadlineMs;

    /// <summary>Connects, authenticates with SASL PLAIN and begins a session.</summary>
    /// <exception cref="ClientException">The gateway refused the credentials or the connection.</exception>
    public static async Task<AmqpClient> ConnectAsync(
        NetworkHost network, ClientEndpoint endpoint, string containerId, CancellationToken cancellation, int maxFrameBytes = 64 * 1024)
    {
        var settings = new AmqpSettings
        {
            ContainerId = containerId,
            Hostname = endpoint.Host,
            MaxFrameSize = (uint)maxFrameBytes,
            MaxMessageSize = 16 * 1024 * 1024,
            MaxIncompleteBytes = 16 * 1024 * 1024,
            SaslClient = SaslClientResponse.Plain(endpoint.UserName, endpoint.Password),
        };
        AmqpClient? client = null;
        await endpoint.ConnectAsync(network, "amqp", connection => client = new AmqpClient(connection, settings), cancellation);
        try
        {
            await client!._opened.Task.WaitAsync(cancellation);
            return client;
        }
        catch (OperationCanceledException)
        {
            client!._connection.Abort("given up");
            throw;
        }
    }

    /// <summary>Opens a link to send to an address.</summary>
    /// <exception cref="ClientException">The gateway refused the link.</exception>
    public async Task<AmqpSender> OpenSenderAsync(string address, CancellationToken cancellation)
    {
        var sender = new AmqpSender(this, address);
        Attach(new LinkSettings
        {
            Name = NextLinkName(address),
            IsSender = true,
            Source = new Source { Address = address },
            Target = new Target { Address = address },
            Owner = sender,
        });
        await sender.Attached.WaitAsync(cancellation);
        return sender;
    }

    /// <summary>Opens a link to receive from an address; <paramref name="credit"/> messages may be on the way at once.</summary>
    /// <exception cref="ClientException">The gateway refused the link.</exception>
    public async Task<AmqpReceiver> OpenReceiverAsync(string address, int credit, CancellationToken cancellation, Source? source = null)
    {
        var receiver = new AmqpReceiver(this, address, credit);
        Attach(new LinkSettings
        {
            Name = NextLinkName(address),
            IsSender = false,
            Source = (source ?? new Source()) with { Address = address },
            Target = new Target { Address = address },
            Owner = receiver,
        });
        await receiver.Attached.WaitAsync(cancellation);
        return receiver;
    }

    /// <summary>Closes the connection and waits until it has ended.</summary>
    public async Task CloseAsync()
    {
        _connection.Post(this, static (_, client) =>
        {
            client._amqp.Close();
            client.AfterWork();
        });
        await Ended;
    }

    /// <summary>Cuts the connection without a word, as a device that loses its network does.</summary>
    public void Abort() => _connection.Abort("cut");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!Ended.IsCompleted)
            await CloseAsync();
    }

    int IConnectionSession.Receive(ReadOnlySpan<byte> bytes)
    {
        int used = _amqp.Receive(bytes, _connection.NowMs);
        AfterWork();
        return used;
    }

    void IConnectionSession.Tick(long nowMs)
    {
        _amqp.Tick(nowMs);
        AfterWork();
    }

    void IConnectionSession.Drain(string reason)
    {
        _amqp.Close();
        AfterWork();
    }

    void IConnectionSession.Closed(ConnectionEnd end)
    {
        _amqp.TransportClosed();
        string why = _error is null ? end.Detail : $"{_error.Condition.Value}: {_error.Description}";
        _opened.TrySetException(new ClientException($"The connection was not opened: {why}", _error?.Condition.Value));
        _ended.TrySetResult(why);
    }

    void IAmqpConnectionHandler.OnOpened(AmqpConnection connection, Open open)
    {
        _session = connection.BeginSession();
        _opened.TrySetResult();
    }

    void IAmqpConnectionHandler.OnLinkAttaching(AmqpLink link, Attach attach) =>
        link.Refuse(new AmqpError(AmqpConditions.NotAllowed, "This client opens links itself."));

    void IAmqpConnectionHandler.OnLinkAttached(AmqpLink link, Attach attach) => (link.Owner as AmqpClientLink)?.OnAttached(link);

    void IAmqpConnectionHandler.OnLinkFlow(AmqpLink link) => (link.Owner as AmqpClientLink)?.OnFlow();

    void IAmqpConnectionHandler.OnLinkDetached(AmqpLink link, AmqpError? error, bool byPeer) =>
        (link.Owner as AmqpClientLink)?.OnDetached(error);

    void IAmqpConnectionHandler.OnDelivery(AmqpLink link, in IncomingDelivery delivery) =>
        (link.Owner as AmqpReceiver)?.OnDelivery(delivery);

    void IAmqpConnectionHandler.OnDisposition(
        AmqpLink link, Restante.Amqp.Types.DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled) =>
        AmqpSender.OnDisposition(link, number, context, state, settled);

    void IAmqpConnectionHandler.OnClosed(AmqpConnection connection, AmqpError? error, bool byPeer) => _error = error;

    void IBufferWriter<byte>.Advance(int count) => _connection.Output.Advance(count);

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => _connection.Output.GetMemory(sizeHint);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => _connection.Output.GetSpan(sizeHint);

    /// <summary>Runs something of a link in a turn of the connection; false when the connection has ended.</summary>
    internal bool Run<T>(T state, Action<T> act) => _connection.Post(
        (Client: this, state, act),
        static (_, posted) =>
        {
            posted.act(posted.state);
            posted.Client.AfterWork();
        });

    private string NextLinkName(string address) => $"{address}#{Interlocked.Increment(ref _links)}";

    private void Attach(LinkSettings settings)
    {
        bool posted = Run((Client: this, settings), static state =>
        {
            if (state.Client._session?.Attach(state.settings) is null)
                ((AmqpClientLink)state.settings.Owner!).OnDetached(
                    state.Client._session is { IsActive: true } ? s_notAttached : state.Client._error);
        });
        if (!posted)
            ((AmqpClientLink)settings.Owner!).OnDetached(_error);
    }

    private void AfterWork()
    {
        if (!_amqp.IsClosed || _closing)
            return;
        _closing = true;
        _connection.CompleteAndClose();
    }
}
