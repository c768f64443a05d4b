using System.Buffers;
using Restante.Amqp.Deliveries;
using Restante.Amqp.FlowControl;
using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>Sending, and settling in either direction.</summary>
public sealed partial class AmqpLink
{
    private const int MaxTagLength = 32;

    private SenderCredit _sending;
    private HeldMessage? _held;

    /// <summary>True where one message could be sent now: attached, with credit, an open session window, nothing held and room
    /// for an unsettled delivery.</summary>
    public bool CanSend => IsSender && IsAttached && _sending.Credit > 0 && _held is null && Session.IsWindowOpen
        && UnsettledCount < Settings.MaxUnsettledOutgoing;

    /// <summary>Transfer frames that may be sent on the link's session, of all its links together. [AMQP 2.5.6]</summary>
    public uint SessionWindow => Session.RemoteIncomingWindow;

    /// <summary>The largest message the peer takes, in bytes; 0 for no limit.</summary>
    public ulong RemoteMaxMessageSize => _remoteMaxMessageSize;

    /// <summary>Sends a message if credit and window allow; otherwise nothing happens and the result says why.</summary>
    /// <param name="tag">Up to 32 bytes that name the delivery among the unsettled ones of the link.</param>
    /// <param name="payload">The encoded message; copied.</param>
    /// <param name="settled">True to expect no disposition. The link's settle mode overrules it where it is not mixed.</param>
    /// <param name="context">Comes back with the disposition.</param>
    /// <param name="messageFormat">0 for AMQP messages.</param>
    public SendResult Send(
        ReadOnlySpan<byte> tag, ReadOnlySpan<byte> payload, bool settled, DeliveryContext context = default, uint messageFormat = 0) =>
        Send(tag, payload, default, settled, context, messageFormat);

    /// <summary>Sends a message whose encoding is in two pieces.</summary>
    public SendResult Send(
        ReadOnlySpan<byte> tag,
        ReadOnlySpan<byte> head,
        ReadOnlySpan<byte> tail,
        bool settled,
        DeliveryContext context = default,
        uint messageFormat = 0)
    {
        if (!IsSender)
            throw new InvalidOperationException("The link receives.");
        if (tag.Length > MaxTagLength)
            throw new ArgumentException("A delivery tag has at most 32 bytes.", nameof(tag)); // [AMQP 2.8.6]
        bool isSettled = SenderSettleMode switch
        {
            SenderSettleMode.Settled => true,
            SenderSettleMode.Unsettled => false,
            _ => settled,
        };
        SendStatus obstacle = FindObstacle(head.Length + (long)tail.Length, isSettled);
        if (obstacle != SendStatus.Sent)
            return new SendResult(obstacle);
        DeliveryNumber number = Session.TakeDeliveryNumber();
        _sending.Send();
        if (!isSettled)
        {
            Session.TrackOutgoing(new UnsettledDelivery
            {
                Link = this,
                Reference = context.Reference,
                ContextNumber = context.Number,
                Number = number,
                Mode = ReceiverSettleMode,
            });
            UnsettledCount++;
        }

        var first = new TransferFrame
        {
            Handle = LocalHandle,
            DeliveryId = number,
            HasTag = true,
            Tag = tag,
            MessageFormat = messageFormat,
            Settled = isSettled,
        };
        return new SendResult(Write(number, first, head, tail) ? SendStatus.Sent : SendStatus.Held, number, isSettled);
    }

    /// <summary>Sends a message whose encoding is scattered; more than one segment costs a copy into a pooled array.</summary>
    public SendResult Send(
        ReadOnlySpan<byte> tag, in ReadOnlySequence<byte> payload, bool settled, DeliveryContext context = default, uint messageFormat = 0)
    {
        if (payload.IsSingleSegment)
            return Send(tag, payload.FirstSpan, default, settled, context, messageFormat);
        int length = checked((int)payload.Length);
        byte[] joined = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            payload.CopyTo(joined);
            return Send(tag, joined.AsSpan(0, length), default, settled, context, messageFormat);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined);
        }
    }

    /// <summary>Gives up the message that is held, of which frames were sent already; the peer discards them
    /// and the delivery counts as settled. [AMQP 2.6.14]</summary>
    /// <returns>False where nothing was held.</returns>
    public bool AbortHeld()
    {
        if (_held is not { IsAborted: false } held)
            return false;
        held.Abort();
        Session.ForgetOutgoing(this, held.Number);
        if (Session.IsWindowOpen)
            ContinueHeld();
        return true;
    }

    /// <summary>Answers a drain: the credit that is left is used up without messages, and the peer is told. [AMQP 2.6.7]</summary>
    public void Drained()
    {
        if (!IsSender || !IsAttached || !IsDraining)
            return;
        _sending.Exhaust();
        SendLinkFlow(echo: false);
    }

    /// <summary>Sender: tells the receiver how many messages wait.</summary>
    public void ReportAvailable(uint available, bool echo = false)
    {
        Available = available;
        if (IsAttached)
            SendLinkFlow(echo);
    }

    /// <summary>Ends one delivery with a state. A receiver in mode second tells the state and stays unsettled until the sender
    /// settles; in all other cases the delivery is settled and forgotten. [AMQP 2.6.12]</summary>
    /// <returns>False where the delivery is not (or no longer) unsettled on this link.</returns>
    public bool Settle(DeliveryNumber number, DeliveryState? state) => Disposition(number, number, state, settled: true) > 0;

    /// <summary>Tells a state for all unsettled deliveries of this link in a range, in as few frames as possible.</summary>
    /// <param name="first">The lowest number, included.</param>
    /// <param name="last">The highest number, included.</param>
    /// <param name="state">The state, or null.</param>
    /// <param name="settled">True to settle and forget them, as <see cref="Settle"/>.</param>
    /// <returns>How many deliveries it applied to.</returns>
    public int Disposition(DeliveryNumber first, DeliveryNumber last, DeliveryState? state, bool settled)
    {
        if (!IsAttached || UnsettledCount == 0)
            return 0;
        return Session.SendDisposition(this, first, last, state, settled);
    }

    /// <summary>Sends on what is held as far as the session window allows.</summary>
    internal void ContinueHeld()
    {
        if (_held is not { } held)
            return;
        if (held.IsAborted)
        {
            Session.SendTransfer(new TransferFrame { Handle = LocalHandle, Aborted = true }, default, default);
            _held = null;
            return;
        }

        while (Session.IsWindowOpen)
        {
            held.Advance(Session.SendTransfer(new TransferFrame { Handle = LocalHandle }, held.Rest, default));
            if (!held.Rest.IsEmpty)
                continue;
            held.Release();
            _held = null;
            return;
        }
    }

    private SendStatus FindObstacle(long length, bool isSettled)
    {
        if (!IsAttached)
            return SendStatus.NotAttached;
        if (_remoteMaxMessageSize != 0 && (ulong)length > _remoteMaxMessageSize)
            return SendStatus.TooLarge; // [AMQP 2.7.3]
        if (_sending.Credit == 0)
            return SendStatus.NoCredit; // [AMQP 2.6.7]
        if (_held is not null || !Session.IsWindowOpen)
            return SendStatus.WindowClosed; // [AMQP 2.5.6]
        return !isSettled && UnsettledCount >= Settings.MaxUnsettledOutgoing ? SendStatus.UnsettledLimit : SendStatus.Sent;
    }

    /// <summary>Writes frames until all is written or the window is shut; then the rest is held.</summary>
    private bool Write(DeliveryNumber number, in TransferFrame first, ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail)
    {
        int taken = Session.SendTransfer(first, head, tail);
        while (taken < head.Length + tail.Length)
        {
            int fromHead = Math.Min(taken, head.Length);
            tail = tail[(taken - fromHead)..];
            head = head[fromHead..];
            if (!Session.IsWindowOpen)
            {
                _held = new HeldMessage(number, head, tail);
                return false;
            }

            taken = Session.SendTransfer(new TransferFrame { Handle = LocalHandle }, head, tail);
        }

        return true;
    }

    private void SendLinkFlow(bool echo) => Connection.Send(Session.Channel, Session.SessionFlow() with
    {
        Handle = LocalHandle,
        DeliveryCount = IsSender ? _sending.DeliveryCount : _knowsPeer ? _receiving.DeliveryCount : null,
        LinkCredit = Credit,
        Available = IsSender ? Available : null,
        Drain = IsDraining,
        Echo = echo,
    });
}
