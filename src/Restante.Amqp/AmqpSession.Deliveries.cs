using Restante.Amqp.Deliveries;
using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>Transfers and dispositions: delivery numbers belong to the session, not to its links. [AMQP 2.6.12]</summary>
public sealed partial class AmqpSession
{
    /// <summary>Writes one frame of a delivery; returns the bytes of the payload it took.</summary>
    internal int SendTransfer(in TransferFrame transfer, ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail)
    {
        int taken = Connection.SendTransfer(Channel, transfer, head, tail);
        _window.Send();
        return taken;
    }

    internal DeliveryNumber TakeDeliveryNumber()
    {
        DeliveryNumber number = _nextDelivery;
        _nextDelivery += 1;
        return number;
    }

    internal void TrackOutgoing(in UnsettledDelivery delivery) => _outgoing.Append(delivery);

    internal void TrackIncoming(in UnsettledDelivery delivery) => _incoming.Append(delivery);

    internal void ForgetOutgoing(AmqpLink link, DeliveryNumber number)
    {
        int index = _outgoing.Find(number);
        if (index < 0)
            return;
        _outgoing.RemoveAt(index);
        link.UnsettledCount--;
    }

    internal void ForgetDeliveries(AmqpLink link)
    {
        if (link.UnsettledCount == 0)
            return;
        if (link.IsSender)
            _outgoing.RemoveLink(link);
        else
            _incoming.RemoveLink(link);
    }

    /// <summary>Checks that a delivery's number comes after all before it, so that no number is used twice. [AMQP 2.6.12]</summary>
    internal void TakeIncomingNumber(DeliveryNumber number)
    {
        if (_hasIncoming && number <= _lastIncoming)
            throw Violation(AmqpConditions.InvalidField, "A delivery-id does not follow the one before.");
        _hasIncoming = true;
        _lastIncoming = number;
    }

    /// <summary>Sends dispositions for the unsettled deliveries of one link within a range, and forgets them if settled.
    /// Deliveries of other links in between split the range.</summary>
    /// <returns>How many deliveries were touched.</returns>
    internal int SendDisposition(AmqpLink link, DeliveryNumber first, DeliveryNumber last, DeliveryState? state, bool settled)
    {
        int touched = 0;
        bool hasRun = false;
        bool runSettles = false;
        DeliveryNumber runFirst = default;
        DeliveryNumber runLast = default;
        DeliveryNumber next = first;
        ref UnsettledMap map = ref link.IsSender ? ref _outgoing : ref _incoming;
        for (int i = map.FirstWithin(next, last); i >= 0; i = next <= last ? map.FirstWithin(next, last) : -1)
        {
            UnsettledDelivery delivery = map.At(i);
            next = delivery.Number + 1;
            bool isOurs = ReferenceEquals(delivery.Link, link);
            // [AMQP 2.8.3] In mode second the receiver tells its state and waits for the sender to settle.
            bool settles = settled && (link.IsSender || delivery.Mode == ReceiverSettleMode.First);
            if (hasRun && (!isOurs || settles != runSettles))
            {
                SendDispositionFrame(link, runFirst, runLast, state, runSettles);
                hasRun = false;
            }

            if (!isOurs)
                continue;
            if (!hasRun)
                runFirst = delivery.Number;
            hasRun = true;
            runSettles = settles;
            runLast = delivery.Number;
            touched++;
            if (!settles)
                continue;
            map.RemoveAt(i);
            link.UnsettledCount--;
        }

        if (hasRun)
            SendDispositionFrame(link, runFirst, runLast, state, runSettles);
        return touched;
    }

    private void SendDispositionFrame(AmqpLink link, DeliveryNumber first, DeliveryNumber last, DeliveryState? state, bool settled) =>
        Connection.Send(Channel, new DispositionFrame
        {
            IsReceiver = !link.IsSender,
            First = first,
            Last = last,
            Settled = settled,
            State = state,
        });

    private void OnTransfer(in TransferFrame transfer, ReadOnlySpan<byte> payload)
    {
        if (!_window.TryReceive())
            throw Violation(AmqpConditions.WindowViolation, "A transfer came without a window for it."); // [AMQP 2.5.6]
        AmqpLink link = Known(transfer.Handle);
        try
        {
            if (link.IsDiscarding)
                CountErrant(link);
            else
                link.OnTransfer(transfer, payload);
        }
        catch (AmqpViolationException violation) when (violation.Scope == ErrorScope.Link && violation.Link is { } culprit)
        {
            culprit.DetachForViolation(new AmqpError(violation.Condition, violation.Message));
        }

        if (_window.IsLow)
            Connection.HasLowWindow = true;
    }

    /// <summary>Opens the incoming window again when a batch of bytes is done, not within it: a peer cannot have heard of it
    /// before. [AMQP 2.5.6]</summary>
    internal void RefillWindow()
    {
        if (IsActive && _window.IsLow)
            SendFlow();
    }

    /// <summary>What was under way when a link was detached is discarded. It cannot be more than the window had room for when
    /// the peer was told; twice that is left before it counts as ill will. [AMQP 2.8.17]</summary>
    private void CountErrant(AmqpLink link)
    {
        if (++link.DiscardedFrames > Settings.IncomingWindow * 2)
            throw Violation(AmqpConditions.ErrantLink, "Transfers keep coming for a link that was detached.");
    }

    private void OnDisposition(in DispositionFrame disposition)
    {
        if (disposition.Last < disposition.First)
            throw Violation(AmqpConditions.InvalidField, "A disposition's last is before its first.");
        DeliveryNumber next = disposition.First;
        // Callbacks may change the map: the place is found anew after each. The cost is bounded by the map, not the range.
        while (IsActive && next <= disposition.Last)
        {
            ref UnsettledMap map = ref disposition.IsReceiver ? ref _outgoing : ref _incoming;
            int index = map.FirstWithin(next, disposition.Last);
            if (index < 0)
                return;
            UnsettledDelivery delivery = map.At(index);
            next = delivery.Number + 1;
            AmqpLink link = delivery.Link!;
            if (disposition.Settled)
            {
                map.RemoveAt(index);
                link.UnsettledCount--;
            }

            Handler.OnDisposition(link, delivery.Number, delivery.Context, disposition.State, disposition.Settled);
        }
    }
}
