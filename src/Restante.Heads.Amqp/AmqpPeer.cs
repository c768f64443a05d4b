using System.Buffers;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Heads.Amqp.Links;
using Restante.Net;

namespace Restante.Heads.Amqp;

/// <summary>
/// One AMQP connection: hands bytes to the engine, authenticates, and gives each link to its end in the head. All of it runs in turns of
/// the connection, one at a time; what comes from other threads is posted.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001",
    Justification = "A source without a timer whose wait handle is never asked for holds nothing.")]
internal sealed partial class AmqpPeer : IConnectionSession, IAmqpConnectionHandler, ILiveConnection, IBufferWriter<byte>
{
    private readonly AmqpHead _head;
    private readonly AmqpConnection _amqp;
    private HeldMailboxes _mailboxes;
    private ClientCertificate? _certificate;
    private Principal? _principal;
    private string? _why;
    private long _tokenDeadlineMs = long.MaxValue;
    private CancellationTokenSource? _over;
    private int _requests;
    private bool _entered;
    private bool _closing;

    public AmqpPeer(AmqpHead head, Connection connection)
    {
        _head = head;
        Connection = connection;
        _certificate = connection.TakeClientCertificate();
        _amqp = new AmqpConnection(_certificate is null ? head.Settings : head.CertifiedSettings, AmqpRole.Server, this, this);
        _amqp.Start(connection.NowMs);
    }

    public Connection Connection { get; }

    public Gateway Gateway => _head.Gateway;

    public AmqpHeadOptions Options => _head.Options;

    public DevicePrincipal? Device => _principal as DevicePrincipal;

    public ServicePrincipal? Service => _principal as ServicePrincipal;

    /// <summary>The mailboxes that links of this connection hold.</summary>
    public ref HeldMailboxes Mailboxes => ref _mailboxes;

    /// <summary>The time of day, in milliseconds since the Unix epoch.</summary>
    public long NowMs => Gateway.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>True while the peer has sent more than a quota lets it: it gets no credit then.</summary>
    public bool IsBeyondQuota => Gateway.Quotas.WaitMs(_principal) > 0;

    /// <summary>Cancelled when the connection is over: then nobody waits for what is looked up for it.</summary>
    public CancellationToken Over => (_over ??= new CancellationTokenSource()).Token;

    /// <summary>Links on which messages come that count by the quotas; those of a field gateway for the devices behind it too.</summary>
    public int PacedLinks { get; set; }

    /// <summary>Bytes of messages that came and are not stored or refused yet.</summary>
    public long BytesInFlight { get; set; }

    public int MinimumBytesNeeded => _amqp.MinimumBytesNeeded;

    // What the peer says is left unread while there is enough to do with what it has said: its flood then stays at its own end.
    public bool WantsBytes => !_amqp.IsPaused && !_closing && !IsOutputHigh
        && BytesInFlight < Options.MaxBytesInFlight && _requests < Options.MaxRequestsInFlight;

    /// <summary>Which connection this is.</summary>
    public ConnectionName Name => new(AmqpHead.Protocol, Connection.Id, Connection.RemoteEndPoint?.Address.ToString());

    public long NextDeadlineMs => Math.Min(_amqp.NextDeadlineMs, Math.Min(_tokenDeadlineMs, _retryAtMs));

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
            string why = _principal is null ? "No token was put on '$cbs' in time." : "The token or certificate has expired.";
            _amqp.Close(new AmqpError(RefusalMap.Condition(EndReason.TokenExpired), why));
        }

        RetryIfDue(nowMs);
        _amqp.Tick(nowMs);
        AfterWork();
    }

    public void Drain(string reason)
    {
        _amqp.Close(new AmqpError(AmqpConditions.ConnectionForced, reason));
        AfterWork();
    }

    public void Closed(ConnectionEnd end)
    {
        _amqp.TransportClosed();
        string why = end.Reason == ConnectionEndReason.Completed ? _why ?? end.Detail : end.Detail;
        if (_entered && _principal is not null)
        {
            _entered = false;
            Gateway.Connections.Remove(_principal, this, Name, why);
        }

        // Elsewhere: what ends with the connection may be much, and this is a thread that hears sockets.
        _ = _over?.CancelAsync();
        Log.Ended(_head.Log, Connection.Id, why);
    }

    /// <summary>Ends every turn that worked with the engine: a connection that is over is flushed and closed.</summary>
    public void AfterWork()
    {
        ServeWaiting();
        if (!_amqp.IsClosed || _closing)
            return;
        _closing = true;
        Connection.CompleteAndClose("closed");
    }

    /// <summary>
    /// Brings the result of a request home into a turn of this connection. When the connection has ended by then nothing comes home: what
    /// must not be lost with it has to be looked after before.
    /// </summary>
    public void Await<TResult, TState>(ValueTask<TResult> task, TState state, Action<AmqpPeer, TResult, TState> then)
    {
        _requests++;
        Connection.Await(
            task,
            (state, then),
            static (session, result, fault, carried) =>
            {
                var peer = (AmqpPeer)session;
                peer._requests--;
                if (fault is null)
                    carried.then(peer, result!, carried.state);
                else
                    peer.Fail(fault);
                peer.AfterWork();
            });
    }

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

    /// <summary>Notes in the audit log that the peer reached for what it may not have.</summary>
    public void NoteRefused(string act, string? address, RefusalKind kind) => Gateway.Audit.Refused(new AuditEntry
    {
        Act = act,
        By = _principal is null ? AuditActor.Unknown(Name) : AuditActor.Of(_principal, Name),
        Target = address,
        Refusal = kind,
    });

    /// <summary>Closes the connection with an error.</summary>
    public void Close(AmqpError error) => _amqp.Close(error);

    /// <summary>Notes a fault of the gateway that no turn of the connection can be told of.</summary>
    public void Note(Exception fault) => Log.Fault(_head.Log, Connection.Id, fault);

    public void OnLinkAttaching(AmqpLink link, Attach attach)
    {
        string? address = link.IsSender ? attach.Source?.Address : attach.Target?.Address;
        AmqpError? error = null;
        HeadLink? end;
        if (address is not null)
        {
            end = Addresses.Resolve(this, link, address, attach.Source, out error);
        }
        else if (link.IsSender && attach.Source is { Dynamic: true })
        {
            end = IsNobody ? Addresses.RefuseNobody(out error) : new ReplyDelivery(this, link, null, null);
        }
        else
        {
            // The anonymous relay does not exist here, and a dynamic node only to receive answers. [AMQP 2.6.3, 3.5.3]
            end = null;
            error = new AmqpError(AmqpConditions.NotImplemented, "A link needs an address; only receivers of answers have dynamic ones.");
        }

        if (end is null)
        {
            if (error!.Condition == AmqpConditions.UnauthorizedAccess)
                NoteRefused("attach", address, RefusalKind.Forbidden);
            else if (error.Condition == AmqpConditions.NotFound && Device is not null)
                NoteRefused("attach", address, RefusalKind.NotFound);
            link.Refuse(error);
            return;
        }

        link.Owner = end;
        end.Attach(attach);
    }

    public void OnDelivery(AmqpLink link, in IncomingDelivery delivery) => (link.Owner as HeadLink)?.Received(delivery);

    public void OnDisposition(AmqpLink link, DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled) =>
        (link.Owner as HeadLink)?.Disposed(number, context, state, settled);

    public void OnClosed(AmqpConnection connection, AmqpError? error, bool byPeer) => _why = (error, byPeer) switch
    {
        (null, true) => "The peer closed the connection.",
        (null, false) => null,
        (_, true) => "The peer closed the connection with an error.",
        (_, false) => error.Description,
    };

    void IBufferWriter<byte>.Advance(int count) => Connection.Output.Advance(count);

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => Connection.Output.GetMemory(sizeHint);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => Connection.Output.GetSpan(sizeHint);

    private void Fail(Exception fault)
    {
        Note(fault);
        _amqp.Close(new AmqpError(AmqpConditions.InternalError, "The gateway failed; nothing more is known to have been done."));
    }
}
