using System.Buffers;
using Restante.Amqp.Deliveries;
using Restante.Amqp.FlowControl;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>Receiving: credit, the gathering of messages, flow.</summary>
public sealed partial class AmqpLink
{
    private ReceiverCredit _receiving;
    private IncompleteMessage? _incomplete;

    /// <summary>Sets how many deliveries may come from now on, and tells the peer. [AMQP 2.6.7]</summary>
    /// <param name="credit">The new credit, not an increment.</param>
    /// <param name="drain">True to have the sender use or give up what it gets at once; 0 credit with drain is no drain.</param>
    /// <param name="echo">True to ask for the sender's state in return.</param>
    /// <returns>What was granted: never more than the settings' MaxUnsettledIncoming less what is unsettled.</returns>
    public uint SetCredit(uint credit, bool drain = false, bool echo = false)
    {
        if (IsSender)
            throw new InvalidOperationException("The link sends.");
        if (_phase is not (Phase.Attached or Phase.AttachSent))
            return 0;
        // A delivery that is half here has used its credit and will be unsettled when it is whole.
        int pending = UnsettledCount + (_incomplete is { IsActive: true } ? 1 : 0);
        uint granted = Math.Min(credit, (uint)Math.Max(Settings.MaxUnsettledIncoming - pending, 0));
        _receiving.Grant(granted, drain);
        SendLinkFlow(echo);
        return granted;
    }

    internal void OnFlow(in FlowFrame flow)
    {
        if (!IsLive)
            return;
        if (IsSender)
        {
            if (flow.LinkCredit is { } credit)
                _sending.OnFlow(flow.DeliveryCount, credit, flow.Drain);
            if (flow.Drain && Credit == 0)
                _sending.Exhaust();
        }
        else
        {
            if (flow.DeliveryCount is { } count)
                _receiving.OnFlow(count);
            Available = flow.Available ?? Available;
        }

        if (!IsAttached)
            return; // Recorded; the owner learns of it when it accepts.
        if (flow.Echo || (IsSender && flow.Drain && Credit == 0))
            SendLinkFlow(echo: false); // [AMQP 2.7.4]
        Handler.OnLinkFlow(this);
    }

    internal void OnTransfer(in TransferFrame transfer, ReadOnlySpan<byte> payload)
    {
        if (IsSender || !IsAttached)
            throw Violation(AmqpConditions.NotAllowed, "A transfer came on a link that does not receive.");
        if (_incomplete is { IsActive: true } incomplete)
        {
            Continue(incomplete, transfer, payload);
            return;
        }

        if (transfer.DeliveryId is not { } number || !transfer.HasTag)
            throw Violation(AmqpConditions.InvalidField, "A delivery begins without a delivery-id or delivery-tag."); // [AMQP 2.7.5]
        if (transfer.Tag.Length > MaxTagLength)
            throw Violation(AmqpConditions.InvalidField, "A delivery-tag is longer than 32 bytes."); // [AMQP 2.8.6]
        Session.TakeIncomingNumber(number);
        if (!_receiving.TryReceive())
            throw Violation(AmqpConditions.TransferLimitExceeded, "A delivery came without credit for it."); // [AMQP 2.6.7]
        if (UnsettledCount >= Settings.MaxUnsettledIncoming)
            throw Violation(AmqpConditions.ResourceLimitExceeded, "The link has too many unsettled deliveries.");
        ReceiverSettleMode mode = EffectiveMode(transfer);
        if (transfer.Aborted)
        {
            Handler.OnLinkFlow(this); // The delivery used credit up.
            return;
        }

        CheckSize(payload.Length);
        if (transfer.More)
        {
            _incomplete ??= new IncompleteMessage();
            _incomplete.Begin(number, transfer, mode, payload.Length);
            Gather(_incomplete, transfer, payload);
            return;
        }

        Deliver(number, mode, new IncomingDelivery
        {
            Number = number,
            Tag = transfer.Tag,
            Payload = payload,
            MessageFormat = transfer.MessageFormat ?? 0,
            IsSettled = CheckSettled(transfer.Settled ?? false),
            State = DeliveryStateCodec.Read(transfer.RawState, Settings.Decode),
        });
    }

    private void Continue(IncompleteMessage incomplete, in TransferFrame transfer, ReadOnlySpan<byte> payload)
    {
        if (transfer.DeliveryId is { } number && number != incomplete.Number)
            throw Violation(AmqpConditions.InvalidField, "A delivery begins before the one before it has ended."); // [AMQP 2.7.5]
        if (transfer.HasTag && !transfer.Tag.SequenceEqual(incomplete.Tag))
            throw Violation(AmqpConditions.InvalidField, "A delivery changes its delivery-tag."); // [AMQP 2.7.5]
        if (transfer.Aborted)
        {
            DropIncomplete(); // [AMQP 2.7.5]
            Handler.OnLinkFlow(this);
            return;
        }

        CheckSize(incomplete.Length + (long)payload.Length);
        Gather(incomplete, transfer, payload);
        if (transfer.More)
            return;
        Session.Connection.IncompleteBytes -= incomplete.Length;
        bool settled = incomplete.Settled;
        byte[] buffer = incomplete.Detach(out Range tag, out Range body);
        try
        {
            Deliver(incomplete.Number, incomplete.Mode, new IncomingDelivery
            {
                Number = incomplete.Number,
                Tag = buffer.AsSpan(tag),
                Payload = buffer.AsSpan(body),
                MessageFormat = incomplete.Format,
                IsSettled = CheckSettled(settled),
                State = DeliveryStateCodec.Read(transfer.RawState, Settings.Decode),
            });
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Gather(IncompleteMessage incomplete, in TransferFrame transfer, ReadOnlySpan<byte> payload)
    {
        if (Session.Connection.IncompleteBytes + payload.Length > Settings.MaxIncompleteBytes)
            throw Violation(AmqpConditions.ResourceLimitExceeded, "Too many bytes of incomplete messages are held.");
        incomplete.Append(payload);
        Session.Connection.IncompleteBytes += payload.Length;
        incomplete.Settled |= transfer.Settled ?? false; // [AMQP 2.7.5]
    }

    private void Deliver(DeliveryNumber number, ReceiverSettleMode mode, in IncomingDelivery delivery)
    {
        if (!delivery.IsSettled)
        {
            Session.TrackIncoming(new UnsettledDelivery { Link = this, Number = number, Mode = mode });
            UnsettledCount++;
        }

        try
        {
            Handler.OnDelivery(this, delivery);
        }
        catch (AmqpViolationException violation) when (violation.Link is null && violation.Session is null)
        {
            throw Violation(violation.Condition, violation.Message); // A message that the owner could not read costs the link at most.
        }
    }

    private ReceiverSettleMode EffectiveMode(in TransferFrame transfer)
    {
        ReceiverSettleMode mode = transfer.ReceiverSettleMode ?? ReceiverSettleMode;
        if (mode == ReceiverSettleMode.Second && ReceiverSettleMode == ReceiverSettleMode.First)
            throw Violation(AmqpConditions.InvalidField, "A transfer asks for a settle mode that the link excludes."); // [AMQP 2.7.5]
        return mode;
    }

    private bool CheckSettled(bool settled)
    {
        if (!settled && SenderSettleMode == SenderSettleMode.Settled)
            throw Violation(AmqpConditions.InvalidField, "An unsettled delivery came on a link that sends settled ones."); // [AMQP 2.7.5]
        return settled;
    }

    private void CheckSize(long length)
    {
        if (length > _maxMessageSize)
            // [AMQP 2.7.3]
            throw Violation(AmqpConditions.MessageSizeExceeded, $"A message is larger than the {_maxMessageSize} bytes allowed.");
    }

    private void DropIncomplete()
    {
        if (_incomplete is not { IsActive: true } incomplete)
            return;
        Session.Connection.IncompleteBytes -= incomplete.Length;
        incomplete.Release();
    }

    private void ReleaseBuffers()
    {
        DropIncomplete();
        _held?.Release();
        _held = null;
    }
}
