using System.Text;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Heads.Amqp.Messages;

namespace Restante.Heads.Amqp.Links;

/// <summary>
/// A device receives its mail. Messages are leased only as far as the link's credit goes and sent at once, so expiry is checked at the moment
/// of transfer; what could not leave because the session window was shut is looked at again when it can.
/// </summary>
internal sealed class MailboxDelivery(AmqpPeer peer, AmqpLink link) : HeadLink(peer, link), IMailboxReceiver
{
    private const int MaxBytesPerLease = 256 * 1024;
    private const int CountBits = 10;

    private Queue<LeasedMessage>? _ready;
    private DeliveryState? _defaultOutcome;
    private int _wakePosted;
    private bool _leasing;
    private bool _again;
    private bool _detached;

    /// <summary>The hold on the mailbox; null until it was granted.</summary>
    public MailboxSession? Session { get; private set; }

    public override void Attach(Attach attach)
    {
        if (Peer.Mailbox is not null)
        {
            Link.Refuse(new AmqpError(AmqpConditions.ResourceLocked, "Another link of this connection holds the mailbox."));
            return;
        }

        Peer.Mailbox = this;
        _defaultOutcome = attach.Source?.DefaultOutcome;
        Peer.Await(
            Peer.Gateway.Mailboxes.AttachAsync(Peer.Device!, this),
            (Link: this, Attach: attach),
            static (_, result, state) => state.Link.Attached(result, state.Attach));
    }

    public override void Progress() => Pump();

    public override void Disposed(DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
    {
        state ??= settled ? _defaultOutcome ?? Released.Instance : null;
        if (state is null or { IsTerminal: false })
            return;
        var lease = new LeaseId(new Sequence(context.Number >> CountBits), (int)(context.Number & ((1 << CountBits) - 1)));
        (SettleVerb verb, string? reason) = Verb(state);
        Settle(lease, verb, reason, settled ? null : number, state);
        Pump();
    }

    public override void Detached()
    {
        _detached = true;
        _ready = null;
        if (Peer.Mailbox == this)
            Peer.Mailbox = null;
        MailboxSession? session = Session;
        Session = null;
        if (session is not null)
            _ = session.CloseAsync().AsTask();
    }

    public void Wake()
    {
        if (Interlocked.Exchange(ref _wakePosted, 1) != 0)
            return;
        Peer.Connection.Post(
            this,
            static (_, link) =>
            {
                Volatile.Write(ref link._wakePosted, 0);
                link._again = true;
                link.Pump();
                link.Peer.AfterWork();
            });
    }

    public void OnMailboxTaken(string reason) =>
        Peer.Connection.Post(
            (Link: this, reason),
            static (_, state) =>
            {
                state.Link.Link.Detach(new AmqpError(AmqpConditions.Stolen, state.reason));
                state.Link.Peer.Close(new AmqpError(AmqpConditions.ConnectionForced, state.reason));
                state.Link.Peer.AfterWork();
            });

    private static (SettleVerb Verb, string? Reason) Verb(DeliveryState state) => state switch
    {
        Accepted => (SettleVerb.Accept, null),
        Rejected rejected => (SettleVerb.Reject, rejected.Error?.Description ?? rejected.Error?.Condition.Value),
        Modified { UndeliverableHere: true } => (SettleVerb.Reject, "The device said that it is undeliverable there."),
        _ => (SettleVerb.Release, null),
    };

    private void Attached(Result<MailboxSession> result, Attach attach)
    {
        if (!result.IsSuccess)
        {
            if (Peer.Mailbox == this)
                Peer.Mailbox = null;
            Peer.Gateway.Metrics.Refused(result.Refusal.Kind);
            Link.Refuse(RefusalMap.Error(result.Refusal));
            return;
        }

        if (_detached)
        {
            // The link went away while the mailbox was being taken.
            _ = result.Value.CloseAsync().AsTask();
            return;
        }

        Session = result.Value;

        // A filter that is not honoured is not repeated. [AMQP 2.6.3]
        Source source = (attach.Source ?? new Source()) with { Filter = null };
        Link.Accept(new LinkAnswer { Source = source, Target = attach.Target });
        Pump();
    }

    private void Pump()
    {
        if (Session is null || !SendReady() || _leasing)
            return;
        uint room = (uint)Math.Max(0, Peer.Options.MaxUnsettledPerLink - Link.UnsettledCount);
        int wanted = (int)Math.Min(Link.Credit, Math.Min(room, 100));
        if (wanted == 0 || !Link.CanSend)
            return;
        _leasing = true;
        _again = false;
        Peer.Await(Session.LeaseAsync(wanted, MaxBytesPerLease), this, static (_, result, link) => link.Leased(result, link.Session));
    }

    private void Leased(Result<IReadOnlyList<LeasedMessage>> result, MailboxSession? session)
    {
        _leasing = false;
        if (session is null)
            return;
        if (!result.IsSuccess)
        {
            if (result.Refusal.Kind == RefusalKind.Unavailable)
                return; // The next sweep, send or flow wakes this link again.
            Link.Detach(RefusalMap.Error(result.Refusal));
            return;
        }

        foreach (LeasedMessage message in result.Value)
            (_ready ??= new Queue<LeasedMessage>()).Enqueue(message);
        if (result.Value.Count > 0 || _again)
            Pump();
        else if (Link.IsDraining)
            Link.Drained();
    }

    // True when nothing leased is left to be sent.
    private bool SendReady()
    {
        while (_ready is { Count: > 0 })
        {
            if (Peer.IsOutputHigh)
            {
                Peer.WaitForOutput(this);
                return false;
            }

            LeasedMessage message = _ready.Peek();
            if (message.ExpiresAtMs <= Peer.Gateway.Time.GetUtcNow().ToUnixTimeMilliseconds())
            {
                // It expired while it waited for the window; given back, it ends as expired.
                _ready.Dequeue();
                Settle(message.Lease, SettleVerb.Release, null, null, null);
                continue;
            }

            SendResult sent = Send(message);
            if (sent.Status == SendStatus.TooLarge)
            {
                _ready.Dequeue();
                Settle(message.Lease, SettleVerb.Reject, "The message is larger than the device's link allows.", null, null);
                continue;
            }

            if (!sent.IsSent)
                return false;
            _ready.Dequeue();
            if (sent.IsSettled)
                Settle(message.Lease, SettleVerb.Accept, null, null, null);
        }

        _ready = null;
        return true;
    }

    private SendResult Send(LeasedMessage message)
    {
        var buffer = OutputSpace.Rent();
        var writer = new MessageWriter(buffer);
        try
        {
            long now = Peer.Gateway.Time.GetUtcNow().ToUnixTimeMilliseconds();
            uint? ttl = message.ExpiresAtMs == long.MaxValue ? null : (uint)Math.Min(uint.MaxValue, Math.Max(1, message.ExpiresAtMs - now));
            writer.WriteHeader(new MessageHeader { Durable = true, TtlMs = ttl, DeliveryCount = (uint)(message.DeliveryCount - 1) });
            CompoundScope annotations = writer.BeginMap(SectionKind.MessageAnnotations);
            writer.Entry(Annotations.SequenceNumber, message.Sequence.Value);
            writer.Entry(Annotations.EnqueuedTime, new AmqpTimestamp(message.EnqueuedAtMs));
            writer.Entry(Annotations.LockedUntil, new AmqpTimestamp(message.LeasedUntilMs));
            writer.Entry(Annotations.Lease, message.Lease.ToString());
            writer.Entry(Annotations.Kind, KindName(message));
            writer.EndMap(annotations);
            ContentToAmqp.Write(message.Content.Span, ref writer, message.Sequence.ToString(), null, message.ExpiresAtMs);
            Span<byte> tag = stackalloc byte[32];
            int length = Encoding.ASCII.GetBytes(message.Lease.ToString(), tag);
            var context = new DeliveryContext(null, (message.Sequence.Value << CountBits) | (long)message.DeliveryCount);
            return Link.Send(tag[..length], buffer.WrittenSpan, settled: false, context);
        }
        finally
        {
            writer.Dispose();
        }
    }

    private static string KindName(LeasedMessage message) => message.Kind switch
    {
        Core.Messages.MessageKind.Command => "command",
        Core.Messages.MessageKind.Notification => "notification",
        _ => "answer",
    };

    private void Settle(LeaseId lease, SettleVerb verb, string? reason, DeliveryNumber? number, DeliveryState? state)
    {
        if (Session is null)
            return;
        Peer.Await(
            Session.SettleAsync(lease, verb, reason),
            (Link: this, number, state),
            static (_, result, s) => s.Link.Settled(result, s.number, s.state));
    }

    private void Settled(Result<SettleResult> result, DeliveryNumber? number, DeliveryState? state)
    {
        if (!result.IsSuccess)
            Peer.Gateway.Metrics.Refused(result.Refusal.Kind);

        // A receiver in mode second waits for the sender to settle: with its own state when that was done, else with the truth. [AMQP 2.8.3]
        if (number is DeliveryNumber open)
            Link.Settle(open, result.IsSuccess ? state : Released.Instance);
        Pump();
    }
}
