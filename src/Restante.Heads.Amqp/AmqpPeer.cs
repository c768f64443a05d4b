using System.Buffers;
using System.Text;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Sasl;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Heads.Amqp.Links;
using Restante.Net;

namespace Restante.Heads.Amqp;

/// <summary>
/// One AMQP connection: hands bytes to the engine, authenticates, and gives each link to its end in the head. All of it runs in turns of the
/// connection, one at a time; what comes from other threads is posted.
/// </summary>
internal sealed class AmqpPeer : IConnectionSession, IAmqpConnectionHandler, ILiveConnection, IBufferWriter<byte>
{
    private readonly AmqpHead _head;
    private readonly AmqpConnection _amqp;
    private Principal? _principal;
    private long _tokenDeadlineMs = long.MaxValue;
    private bool _entered;
    private bool _closing;

    public AmqpPeer(AmqpHead head, Connection connection)
    {
        _head = head;
        Connection = connection;
        _amqp = new AmqpConnection(head.Settings, AmqpRole.Server, this, this);
        _amqp.Start(connection.NowMs);
    }

    public Connection Connection { get; }

    public Gateway Gateway => _head.Gateway;

    public AmqpHeadOptions Options => _head.Options;

    public DevicePrincipal? Device => _principal as DevicePrincipal;

    public ServicePrincipal? Service => _principal as ServicePrincipal;

    /// <summary>The link that holds the device's mailbox, so that one connection does not fight with itself.</summary>
    public MailboxDelivery? Mailbox { get; set; }

    public bool IsOutputHigh => Connection.PendingOutputBytes > Options.OutputHighWaterBytes;

    public int MinimumBytesNeeded => _amqp.MinimumBytesNeeded;

    public bool WantsBytes => !_amqp.IsPaused && !_closing && !IsOutputHigh;

    public long NextDeadlineMs => Math.Min(_amqp.NextDeadlineMs, _tokenDeadlineMs);

    public int Receive(ReadOnlySpan<byte> bytes)
    {
        int used = _amqp.Receive(bytes, Connection.NowMs);
        AfterWork();
        return used;
    }

    public void Tick(long nowMs)
    {
        if (nowMs >= _tokenDeadlineMs)
        {
            _tokenDeadlineMs = long.MaxValue;
            _amqp.Close(new AmqpError(RefusalMap.Condition(EndReason.TokenExpired), "The token has expired."));
        }

        _amqp.Tick(nowMs);
        AfterWork();
    }

    public void OutputReady() => ForEachLink(static link => link.Progress());

    public void Drain(string reason)
    {
        _amqp.Close(new AmqpError(AmqpConditions.ConnectionForced, reason));
        AfterWork();
    }

    public void Closed(ConnectionEnd end)
    {
        _amqp.TransportClosed();
        if (_entered && _principal is not null)
        {
            _entered = false;
            Gateway.Connections.Remove(_principal, this, AmqpHead.Protocol, end.Detail);
        }

        Log.Ended(_head.Log, Connection.Id, end.Detail);
    }

    /// <summary>Ends every turn that worked with the engine: a connection that is over is flushed and closed.</summary>
    public void AfterWork()
    {
        if (!_amqp.IsClosed || _closing)
            return;
        _closing = true;
        Connection.CompleteAndClose("closed");
    }

    /// <summary>Brings the result of a request home into a turn of this connection.</summary>
    public void Await<TResult, TState>(ValueTask<TResult> task, TState state, Action<AmqpPeer, TResult, TState> then) =>
        Connection.Await(
            task,
            (state, then),
            static (session, result, fault, carried) =>
            {
                var peer = (AmqpPeer)session;
                if (fault is null)
                    carried.then(peer, result!, carried.state);
                else
                    peer.Fail(fault);
                peer.AfterWork();
            });

    public void End(EndReason reason, string description)
    {
        bool posted = Connection.Post(
            (reason, description),
            static (session, why) =>
            {
                var peer = (AmqpPeer)session;
                peer._amqp.Close(new AmqpError(RefusalMap.Condition(why.reason), why.description));
                peer.AfterWork();
            });
        if (!posted)
            Connection.Abort(description);
    }

    /// <summary>Closes the connection with an error.</summary>
    public void Close(AmqpError error) => _amqp.Close(error);

    public void OnSaslInit(AmqpConnection connection, Symbol mechanism, ReadOnlySpan<byte> initialResponse, string? hostname)
    {
        if (!PlainResponse.TryParse(initialResponse, out PlainResponse plain))
        {
            connection.CompleteSasl(SaslCode.Auth);
            return;
        }

        var attempt = new AuthenticationAttempt(
            Encoding.UTF8.GetString(plain.AuthenticationId),
            Encoding.UTF8.GetString(plain.Password),
            Connection.RemoteEndPoint?.Address.ToString());
        Await(
            Gateway.Authenticator.AuthenticateAsync(attempt),
            connection,
            static (peer, result, amqp) =>
            {
                peer._principal = result.Value;
                amqp.CompleteSasl(result.IsSuccess ? SaslCode.Ok : RefusalMap.Sasl(result.Refusal));
            });
    }

    public void OnOpening(AmqpConnection connection, Open open)
    {
        if (_principal is null)
        {
            connection.Close(RefusalMap.Error(Refusal.NotAuthenticated));
            return;
        }

        if (_principal.ExpiresAtMs != long.MaxValue)
        {
            long left = _principal.ExpiresAtMs - Gateway.Time.GetUtcNow().ToUnixTimeMilliseconds();
            _tokenDeadlineMs = Connection.NowMs + Math.Max(left, 0);
        }

        _entered = true;
        Gateway.Connections.Add(_principal, this, AmqpHead.Protocol);
        Await(
            Gateway.Devices.IsStillValidAsync(_principal),
            connection,
            static (_, valid, amqp) =>
            {
                if (valid)
                    amqp.AcceptOpen();
                else
                    amqp.Close(RefusalMap.Error(Refusal.NotAuthenticated));
            });
    }

    public void OnLinkAttaching(AmqpLink link, Attach attach)
    {
        string? address = link.IsSender ? attach.Source?.Address : attach.Target?.Address;
        if (address is null)
        {
            // Neither dynamic nodes nor the anonymous relay exist here. [AMQP 2.6.3]
            link.Refuse(new AmqpError(AmqpConditions.NotImplemented, "A link needs an address; dynamic and anonymous ones do not exist here."));
            return;
        }

        if (!StartFilter.TryRead(attach.Source, out var start, out string? problem))
        {
            link.Refuse(new AmqpError(AmqpConditions.InvalidField, problem));
            return;
        }

        HeadLink? end = Addresses.Resolve(this, link, address, start, out AmqpError? error);
        if (end is null)
        {
            link.Refuse(error!);
            return;
        }

        link.Owner = end;
        end.Attach(attach);
    }

    public void OnLinkFlow(AmqpLink link) => (link.Owner as HeadLink)?.Progress();

    public void OnLinkDetached(AmqpLink link, AmqpError? error, bool byPeer) => (link.Owner as HeadLink)?.Detached();

    public void OnDelivery(AmqpLink link, in IncomingDelivery delivery) => (link.Owner as HeadLink)?.Received(delivery);

    public void OnDisposition(AmqpLink link, DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled) =>
        (link.Owner as HeadLink)?.Disposed(number, context, state, settled);

    void IBufferWriter<byte>.Advance(int count) => Connection.Output.Advance(count);

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => Connection.Output.GetMemory(sizeHint);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => Connection.Output.GetSpan(sizeHint);

    private void Fail(Exception fault)
    {
        Log.Fault(_head.Log, Connection.Id, fault);
        _amqp.Close(new AmqpError(AmqpConditions.InternalError, "The gateway failed; nothing more is known to have been done."));
    }

    private List<HeadLink>? _waitingForOutput;

    /// <summary>Remembers a link that stopped because too much output waits.</summary>
    public void WaitForOutput(HeadLink link)
    {
        _waitingForOutput ??= [];
        if (!_waitingForOutput.Contains(link))
            _waitingForOutput.Add(link);
    }

    private void ForEachLink(Action<HeadLink> act)
    {
        List<HeadLink>? waiting = _waitingForOutput;
        _waitingForOutput = null;
        foreach (HeadLink link in waiting ?? [])
            act(link);
        AfterWork();
    }
}
