using System.Text;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core.Refusals;

namespace Restante.Heads.Amqp.Links;

/// <summary>
/// A link on which the gateway receives. Credit is what bounds it: a message takes one until the gateway has stored or refused it and
/// both ends have forgotten it, so a flood stops at the peer. Who has sent more than its quota is refused nothing, but gets no more
/// credit for a while. So that what has credit already is no flood of its own, many links of a connection share what few have.
/// </summary>
internal abstract class IntakeLink(AmqpPeer peer, AmqpLink link) : HeadLink(peer, link)
{
    /// <summary>So many links have their full credit; more of them share what these have.</summary>
    private const int LinksOfFullCredit = 10;

    /// <summary>Messages that came settled and are not stored yet; the unsettled ones are counted by the engine.</summary>
    private int _settledInFlight;
    private string? _address;

    public sealed override void Attach(Attach attach)
    {
        _address = attach.Target?.Address;
        if (IsPaced)
            Peer.PacedLinks++;
        Link.Accept(new LinkAnswer { Source = attach.Source, Target = attach.Target, MaxMessageSize = MaxMessageSize });
        Replenish();
    }

    public sealed override void Progress() => Replenish();

    // In mode second the sender settles last; only then its place is free. [AMQP 2.8.3]
    public sealed override void Disposed(DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled) => Replenish();

    public sealed override void Received(in IncomingDelivery delivery)
    {
        if (delivery.IsSettled)
            _settledInFlight++;
        try
        {
            if (!Reads(delivery.MessageFormat))
                throw new FormatException($"Messages of format 0x{delivery.MessageFormat:x8} are not taken here.");
            Take(delivery);
        }
        catch (AmqpViolationException violation)
        {
            // A bad message from a good peer costs that message.
            Finish(
                delivery.Number, delivery.IsSettled, new Rejected(new AmqpError(violation.Condition, violation.Message)),
                RefusalKind.Malformed);
        }
        catch (FormatException malformed)
        {
            Finish(
                delivery.Number, delivery.IsSettled, new Rejected(
                    new AmqpError(AmqpConditions.DecodeError, malformed.Message)), RefusalKind.Malformed);
        }
    }

    /// <summary>True when what comes here counts by the quotas: then there is no credit while the sender is beyond one.</summary>
    protected virtual bool IsPaced => true;

    protected sealed override void Ended()
    {
        if (IsPaced)
            Peer.PacedLinks--;
    }

    /// <summary>The largest message that is taken, in bytes; null for the gateway's own limit.</summary>
    protected virtual int? MaxMessageSize => null;

    /// <summary>True for the message formats that are taken: that of the standard, in whichever version. [AMQP 2.8.11, 3.2.16]</summary>
    protected virtual bool Reads(uint messageFormat) => messageFormat >> 8 == 0;

    /// <summary>Reads the message and begins what is to be done; that ends with <see cref="Finish{T}"/> once.</summary>
    protected abstract void Take(in IncomingDelivery delivery);

    /// <summary>What the id of a request takes in its answer, which repeats it, in bytes.</summary>
    protected static int BytesOf(object? id) => id switch
    {
        string text => Encoding.UTF8.GetByteCount(text),
        byte[] bytes => bytes.Length,
        _ => sizeof(ulong) * 2,
    };

    /// <summary>
    /// The earlier of the header's time to live and the properties' absolute expiry; null for neither. [AMQP 3.2.1, 3.2.4]
    /// </summary>
    protected long? ExpiresAt(in MessageReader message)
    {
        long? byTtl = message.ReadHeader().TtlMs is uint ttl ? Peer.NowMs + ttl : null;
        long? absolute = message.Properties.AbsoluteExpiryTime is AmqpTimestamp at ? at.UnixMilliseconds : null;
        return byTtl is long t && absolute is long a ? Math.Min(t, a) : byTtl ?? absolute;
    }

    /// <summary>Waits for the result of a request and tells the sender.</summary>
    protected void FinishWith<T>(ValueTask<Result<T>> task, in IncomingDelivery delivery)
    {
        int bytes = delivery.Payload.Length;
        Peer.BytesInFlight += bytes;
        Peer.Await(
            task,
            (Link: this, delivery.Number, delivery.IsSettled, bytes),
            static (peer, result, d) =>
            {
                peer.BytesInFlight -= d.bytes;
                d.Link.Finish(d.Number, d.IsSettled, result);
            });
    }

    /// <summary>Tells the sender what became of its message.</summary>
    protected void Finish<T>(DeliveryNumber number, bool settled, Result<T> result)
    {
        if (result.IsSuccess)
            Finish(number, settled, Accepted.Instance, null);
        else
            Finish(number, settled, RefusalMap.State(result.Refusal), result.Refusal.Kind);
    }

    private void Finish(DeliveryNumber number, bool settled, DeliveryState state, RefusalKind? refused)
    {
        if (refused is RefusalKind kind)
        {
            Peer.Gateway.Metrics.Refused(kind);
            if (kind == RefusalKind.Forbidden || (kind == RefusalKind.NotFound && Peer.Device is not null))
                Peer.NoteRefused("send", _address, kind);
        }

        if (settled)
            _settledInFlight--;
        else
            Link.Settle(number, state);
        Replenish();
    }

    private void Replenish()
    {
        int most = Peer.Options.LinkCredit;
        if (IsPaced && Peer.PacedLinks > LinksOfFullCredit)
            most = Math.Max(most * LinksOfFullCredit / Peer.PacedLinks, 1);
        int taken = _settledInFlight + Link.UnsettledCount;
        if (!Link.IsAttached || Link.Credit + taken > most / 2)
            return;
        if (IsPaced && Peer.IsBeyondQuota)
            Pause();
        else
            Link.SetCredit((uint)(most - taken));
    }
}
