using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core.Signals;

namespace Restante.Heads.Amqp.Links;

/// <summary>The head's end of one link. Called in turns of its connection only, but for <see cref="Wake"/>.</summary>
internal abstract class HeadLink(AmqpPeer peer, AmqpLink link) : IWakeable
{
    /// <summary>What a message that was read costs beside its content, in bytes.</summary>
    private const int BytesBesideContent = 256;

    private int _isWoken;
    private long _mostUnderWay;
    private long _bytesAhead;

    /// <summary>The next in the connection's list of woken links.</summary>
    public HeadLink? NextWoken { get; set; }

    /// <summary>True while it is in the connection's line of links that find no room to read ahead.</summary>
    public bool IsWaitingForRoom { get; set; }

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
        Peer.Forget(this);
        Ended();
        Peer.CountAhead(Link.Session, -_bytesAhead);
        _bytesAhead = 0;
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
    /// <param name="bytesOf">The bytes that one was said to have in <see cref="CountRead"/>; null when nothing was.</param>
    protected bool SendAll<TItem, TLink>(
        Queue<TItem> ready, TLink link, Func<TLink, TItem, SendResult> send, Func<TItem, string> name, Func<TItem, int>? bytesOf = null)
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

            if (sent.Status == SendStatus.NoCredit && TryForget())
                return true;
            if (!sent.IsSent)
                return false;
            ready.Dequeue();
            if (bytesOf is not null)
                CountGone(bytesOf(next));
        }

        return true;
    }

    /// <summary>
    /// The peer has taken back the credit for what was read. True when nothing of it is kept, as it can be read once more: room that others
    /// wait for is not for what may never be asked for again.
    /// </summary>
    protected virtual bool TryForget() => false;

    /// <summary>
    /// True when the link may read now. When not, because as much was read for the links of the connection as may be, it is told by
    /// <see cref="Progress"/>.
    /// </summary>
    /// <param name="messages">How many messages it wants.</param>
    /// <param name="bytes">The most bytes that their contents have; one message is read whatever it has.</param>
    protected bool TryRead(int messages, int bytes)
    {
        long most = Math.Max(bytes, Peer.Gateway.Limits.MaxMessageBytes) + ((long)messages * BytesBesideContent);
        if (!Peer.TryReadAhead(this, Link.Session, most))
            return false;
        _mostUnderWay = most;
        return true;
    }

    /// <summary>The read is over; what it has brought is counted next, unless the link is over too.</summary>
    protected void EndRead()
    {
        Peer.CountAhead(Link.Session, -_mostUnderWay);
        _mostUnderWay = 0;
    }

    /// <summary>Counts a message that was read and has a content of so many bytes.</summary>
    protected void CountRead(int bytes) => CountAhead(bytes + BytesBesideContent);

    /// <summary>Counts such a message no more: it is sent, or not kept any longer.</summary>
    protected void CountGone(int bytes) => CountAhead(-bytes - BytesBesideContent);

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

        // A message needs a frame at least.
        return (int)Math.Min(Math.Min(Link.Credit, Link.SessionWindow), (uint)Math.Min(room, most));
    }

    private void CountAhead(int bytes)
    {
        if (IsOver)
            return; // What it had was counted off together.
        _bytesAhead += bytes;
        Peer.CountAhead(Link.Session, bytes);
    }
}
