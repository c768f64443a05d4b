using System.Text;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Selection;
using Restante.Core.Sessions;
using Restante.Core.Storage;
using Restante.Heads.Amqp.Messages;

namespace Restante.Heads.Amqp.Links;

/// <summary>
/// A device receives its mail. Messages are leased only as far as the link's credit goes and sent at once, so expiry is checked at the
/// moment of transfer; what could not leave because the session window was shut is looked at again when it can.
/// </summary>
/// <param name="peer">The connection.</param>
/// <param name="link">The engine's link.</param>
/// <param name="device">Whose mail.</param>
internal sealed class MailboxDelivery(AmqpPeer peer, AmqpLink link, DevicePrincipal device) : HeadLink(peer, link), IMailboxReceiver
{
    private const int MaxBytesPerLease = 256 * 1024;
    private const int MaxMessagesPerLease = 100;
    private const int CountBits = 10;

    private static readonly object s_over = new();

    /// <summary>
    /// The hold on the mailbox once it was granted; a mark once the link is over. Written by turns and by who took the mailbox.
    /// </summary>
    private object? _hold;

    private Queue<LeasedMessage>? _ready;
    private HashSet<DeliveryNumber>? _answering;
    private DeliveryState? _defaultOutcome;
    private MessageSelector? _selector;
    private int _settling;
    private bool _leasing;
    private bool _again;

    /// <summary>The hold on the mailbox; null until it was granted, and when the link is over.</summary>
    public MailboxSession? Session => Volatile.Read(ref _hold) as MailboxSession;

    /// <summary>Whose mail it delivers.</summary>
    public DevicePrincipal Device => device;

    public override void Attach(Attach attach)
    {
        if (!Peer.Mailboxes.TryHold(this))
        {
            Link.Refuse(new AmqpError(AmqpConditions.ResourceLocked, "Another link of this connection holds the mailbox."));
            return;
        }

        if (SelectorFilter.Find(attach.Source, out AmqpMap? applied) is string text)
        {
            Result<MessageSelector> parsed = MessageSelector.Parse(text);
            if (!parsed.IsSuccess)
            {
                Refuse(parsed.Refusal);
                return;
            }

            _selector = parsed.Value;
        }

        _defaultOutcome = Settlement.Kept(attach.Source?.DefaultOutcome);

        // The filter that is honoured is repeated, and no other. [AMQP 2.6.3, 3.5.3]
        Source source = (attach.Source ?? new Source()) with { Filter = applied };
        var answer = new LinkAnswer { Source = source, Target = attach.Target };
        Peer.Await(TakeMailboxAsync(), (Link: this, answer), static (_, result, state) => state.Link.Attached(result, state.answer));
    }

    public override void Progress() => Pump();

    public override void Disposed(DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
    {
        if (state is null or { IsTerminal: false })
        {
            if (!settled)
                return;
            state = _defaultOutcome ?? Released.Instance; // [AMQP 3.4, 3.5.3] Settled without an outcome: the source's default.
        }

        // While one answer is under way the peer may repeat itself; that is no second request.
        bool isNew = settled ? _answering?.Contains(number) != true : (_answering ??= []).Add(number);
        if (isNew)
        {
            var lease = new LeaseId(new Sequence(context.Number >> CountBits), (int)(context.Number & ((1 << CountBits) - 1)));
            (SettleVerb verb, string? reason) = Settlement.Of(state);
            Settle(lease, verb, reason, settled ? null : number, state);
        }

        Pump();
    }

    /// <inheritdoc/>
    public ConnectionName Connection => Peer.Name;

    public void OnMailboxTaken(string reason) =>
        Peer.Connection.Post(
            (Link: this, reason),
            static (_, state) =>
            {
                state.Link.Taken(state.reason);
                state.Link.Peer.AfterWork();
            });

    protected override void Ended()
    {
        LeaseId[] unsent = [.. (_ready ?? []).Select(m => m.Lease)];
        _ready = null;
        _selector = null;
        Peer.Mailboxes.LetGo(this);
        if (Interlocked.Exchange(ref _hold, s_over) is MailboxSession session)
            _ = GiveUpAsync(session, unsent);
    }

    protected override void Noticed() => _again = true;

    private async ValueTask<Result<MailboxSession>> TakeMailboxAsync()
    {
        Result<MailboxSession> result = await Peer.Gateway.Mailboxes.AttachAsync(device, this);

        // The link or its whole connection may have ended meanwhile; then nobody else gives the mailbox up.
        if (result.IsSuccess && Interlocked.CompareExchange(ref _hold, result.Value, null) is not null)
            await GiveUpAsync(result.Value, []);
        return result;
    }

    private async Task GiveUpAsync(MailboxSession session, LeaseId[] unsent)
    {
        try
        {
            if (unsent.Length > 0)
                await session.ReturnAsync(unsent);
            await session.CloseAsync();
        }
#pragma warning disable CA1031 // Nobody waits for this; what fails here must not pass unseen.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Peer.Note(fault);
        }
    }

    private void Attached(Result<MailboxSession> result, LinkAnswer answer)
    {
        if (IsOver)
            return;
        if (!result.IsSuccess)
        {
            Refuse(result.Refusal);
            return;
        }

        Link.Accept(answer);
        Pump();
    }

    // A link that is over has lost nothing; its connection may hold the mailbox anew by another one.
    private void Taken(string reason)
    {
        if (IsOver)
            return;
        End(new AmqpError(AmqpConditions.Stolen, reason));
        if (device == Peer.Device) // A field gateway goes on with what else it has.
            Peer.Close(new AmqpError(AmqpConditions.ConnectionForced, reason));
    }

    private void Pump()
    {
        if (IsOver || Session is not MailboxSession session || !SendReady() || _leasing)
            return;
        int wanted = Room(Link.UnsettledCount + _settling, MaxMessagesPerLease);
        if (wanted == 0 || !TryRead(wanted, MaxBytesPerLease))
            return;
        _leasing = true;
        _again = false;
        Peer.Await(session.LeaseAsync(wanted, MaxBytesPerLease, filter: _selector), this, static (_, result, link) => link.Leased(result));
    }

    private void Leased(Result<IReadOnlyList<LeasedMessage>> result)
    {
        _leasing = false;
        EndRead();
        if (IsOver)
            return;
        if (!result.IsSuccess)
        {
            Peer.Gateway.Metrics.Refused(result.Refusal.Kind);
            if (result.Refusal.Kind == RefusalKind.Conflict)
            {
                Taken(result.Refusal.Message);
                return;
            }

            // Mail that waits already wakes nobody, so the link has to ask again by itself.
            Pause();
            Pump();
            return;
        }

        foreach (LeasedMessage message in result.Value)
        {
            (_ready ??= new Queue<LeasedMessage>()).Enqueue(message);
            CountRead(message.Content.Length);
        }

        if (result.Value.Count > 0 || _again)
            Pump();
        else
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
            long now = Peer.NowMs;
            if (message.ExpiresAtMs <= now || message.LeasedUntilMs <= now)
            {
                // It expired, or its lease did, while it waited for the window: given back, it ends or comes again.
                Dequeue(_ready);
                Return([message.Lease]);
                continue;
            }

            SendResult sent = Send(message, now);
            if (sent.Status == SendStatus.TooLarge)
            {
                Dequeue(_ready);
                Settle(message.Lease, SettleVerb.Reject, "The message is larger than the device's link allows.", null, null);
                continue;
            }

            if (sent.Status == SendStatus.NoCredit)
            {
                GiveReadyBack();
                return true;
            }

            if (!sent.IsSent)
                return false;
            Dequeue(_ready);
            if (sent.IsSettled)
                Settle(message.Lease, SettleVerb.Accept, null, null, null);
        }

        _ready = null;
        return true;
    }

    // The peer took its credit back while the store was asked. Nothing may lie here until its lease lapses.
    private void GiveReadyBack()
    {
        LeaseId[] unsent = [.. _ready!.Select(m => m.Lease)];
        while (_ready!.Count > 0)
            Dequeue(_ready);
        _ready = null;
        Return(unsent);
    }

    private void Dequeue(Queue<LeasedMessage> ready) => CountGone(ready.Dequeue().Content.Length);

    private SendResult Send(LeasedMessage message, long now)
    {
        var buffer = OutputSpace.Rent();
        var writer = new MessageWriter(buffer);
        try
        {
            uint? ttl = message.ExpiresAtMs == long.MaxValue ? null : (uint)Math.Min(uint.MaxValue, message.ExpiresAtMs - now);
            writer.WriteHeader(new MessageHeader { Durable = true, TtlMs = ttl, DeliveryCount = (uint)(message.DeliveryCount - 1) });
            CompoundScope annotations = writer.BeginMap(SectionKind.MessageAnnotations);
            writer.Entry(Annotations.SequenceNumber, message.Sequence.Value);
            writer.Entry(Annotations.EnqueuedTime, new AmqpTimestamp(message.EnqueuedAtMs));
            writer.Entry(Annotations.LockedUntil, new AmqpTimestamp(message.LeasedUntilMs));
            writer.Entry(Annotations.Lease, message.Lease.ToString());
            writer.Entry(Annotations.Kind, KindName(message));
            writer.EndMap(annotations);
            var stamps = new Stamps { MessageId = message.Sequence.ToString(), ExpiresAtMs = message.ExpiresAtMs };
            ContentToAmqp.Write(message.Content.Span, ref writer, stamps);
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

    private void Refuse(Refusal refusal)
    {
        Peer.Gateway.Metrics.Refused(refusal.Kind);
        Link.Refuse(RefusalMap.Error(refusal));
    }

    // What never left counts as not handed out.
    private void Return(LeaseId[] unsent)
    {
        if (Session is not MailboxSession session)
            return;
        _settling += unsent.Length;
        Peer.Await(
            session.ReturnAsync(unsent),
            (Link: this, unsent.Length),
            static (peer, refusal, s) =>
            {
                s.Link._settling -= s.Length;
                if (refusal is not null)
                    peer.Gateway.Metrics.Refused(refusal.Kind); // The leases lapse.
                s.Link.Pump();
            });
    }

    private void Settle(LeaseId lease, SettleVerb verb, string? reason, DeliveryNumber? number, DeliveryState? state)
    {
        if (Session is not MailboxSession session)
            return;
        _settling++;
        Peer.Await(
            session.SettleAsync(lease, verb, reason),
            (Link: this, number, state),
            static (_, result, s) => s.Link.Settled(result, s.number, s.state));
    }

    private void Settled(Result<SettleResult> result, DeliveryNumber? number, DeliveryState? state)
    {
        _settling--;
        if (!result.IsSuccess)
            Peer.Gateway.Metrics.Refused(result.Refusal.Kind);

        // A receiver in mode second waits for the sender to settle: with its own state when that was done, else with the truth. [AMQP
        // 2.8.3]
        if (number is DeliveryNumber open)
        {
            _answering!.Remove(open);
            Link.Settle(open, result.IsSuccess ? Plain(state!) : Released.Instance);
        }

        Pump();
    }
}
