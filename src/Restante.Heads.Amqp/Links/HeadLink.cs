using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core.Signals;

namespace Restante.Heads.Amqp.Links;

/// <summary>The head's end of one link. Called in turns of its connection only, but for <see cref="Wake"/>.</summary>
internal abstract class HeadLink(AmqpPeer peer, AmqpLink link) : IWakeable
{
    private int _isWoken;

    /// <summary>The next in the connection's list of woken links.</summary>
    public HeadLink? NextWoken { get; set; }

    protected AmqpPeer Peer { get; } = peer;

    protected AmqpLink Link { get; } = link;

    /// <summary>True from the end of the link on. What comes home after that has nobody to go to.</summary>
    protected bool IsOver { get; private set; }

    /// <summary>True while the store was asked in vain and is left alone for a while.</summary>
    protected bool IsPaused { get; private set; }

    /// <summary>The peer asks for the link: grant or refuse it, now or later.</summary>
    public abstract void Attach(Attach attach);

    /// <summary>Something changed that may let work go on: credit, window, output.</summary>
    public abstract void Progress();

    /// <summary>A message came.</summary>
    public virtual void Received(in IncomingDelivery delivery)
    {
    }

    /// <summary>The peer said something of a message that was sent, or settled one that it sent.</summary>
    public virtual void Disposed(DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
    {
    }

    /// <summary>The link is over; may be told more than once.</summary>
    public void Detached()
    {
        if (IsOver)
            return;
        IsOver = true;
        Ended();
    }

    /// <summary>There may be news. Any thread; the link hears of it in a turn.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _isWoken, 1) == 0)
            Peer.Wake(this);
    }

    /// <summary>A wake has come home.</summary>
    public void Wakened()
    {
        Volatile.Write(ref _isWoken, 0);
        if (IsOver)
            return;
        Noticed();
        Progress();
    }

    /// <summary>The pause is over.</summary>
    public void Retry()
    {
        IsPaused = false;
        if (!IsOver)
            Progress();
    }

    /// <summary>
    /// What a sender answers to a state that the receiver told: the same in its plainest form, whatever the peer hung on it.
    /// </summary>
    protected static DeliveryState Plain(DeliveryState state) => state switch
    {
        Rejected => Rejected.WithoutError,
        Modified modified => Modified.Of(modified.DeliveryFailed, modified.UndeliverableHere),
        _ => state,
    };

    /// <summary>The link is over: give back what is held. Called once.</summary>
    protected virtual void Ended()
    {
    }

    /// <summary>A wake came; <see cref="Progress"/> follows.</summary>
    protected virtual void Noticed()
    {
    }

    /// <summary>Ends the link with an error. What it holds is given back at once, however long the peer takes to answer.</summary>
    protected void End(AmqpError error)
    {
        Link.Detach(error);
        Detached();
    }

    /// <summary>Leaves the store alone for a while; then <see cref="Progress"/> is called.</summary>
    protected void Pause()
    {
        if (IsPaused || IsOver)
            return;
        IsPaused = true;
        Peer.RetryLater(this);
    }

    /// <summary>
    /// Sends what is ready, in its order, as far as credit, window and output go; what is larger than the peer takes ends the link. True
    /// when nothing is left.
    /// </summary>
    /// <param name="ready">What is ready.</param>
    /// <param name="link">This link.</param>
    /// <param name="send">Sends one.</param>
    /// <param name="name">What one is called, at the beginning of a sentence.</param>
    protected bool SendAll<TItem, TLink>(
        Queue<TItem> ready, TLink link, Func<TLink, TItem, SendResult> send, Func<TItem, string> name)
        where TLink : HeadLink
    {
        while (ready.TryPeek(out TItem? next))
        {
            if (Peer.IsOutputHigh)
            {
                Peer.WaitForOutput(this);
                return false;
            }

            SendResult sent = send(link, next);
            if (sent.Status == SendStatus.TooLarge)
            {
                End(new AmqpError(AmqpConditions.MessageSizeExceeded, $"{name(next)} is larger than the link allows."));
                return false;
            }

            if (!sent.IsSent)
                return false;
            ready.Dequeue();
        }

        return true;
    }

    /// <summary>How many messages may be fetched now to be sent at once.</summary>
    /// <param name="open">Messages that are sent and not yet settled, here or in the store.</param>
    /// <param name="most">Never more than this.</param>
    protected int Room(int open, int most)
    {
        if (!Link.IsAttached || Link.Credit == 0)
            return 0;
        int room = Peer.Options.MaxUnsettledPerLink - open;
        if (IsPaused || room <= 0)
        {
            Link.Drained(); // Nothing can be sent for now; a peer that drains is told, any other is not. [AMQP 2.6.7]
            return 0;
        }

        if (!Link.CanSend)
            return 0;
        if (Peer.IsOutputHigh)
        {
            Peer.WaitForOutput(this);
            return 0;
        }

        return (int)Math.Min(Link.Credit, (uint)Math.Min(room, most));
    }
}
