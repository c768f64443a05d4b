using System.Globalization;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

// What the device says of its mail, and how it is settled.
internal sealed partial class MailboxFlow
{
    /// <summary>Whether the store owes answers to what the device decided.</summary>
    public bool IsDeciding
    {
        get
        {
            foreach (ref readonly Delivery delivery in _deliveries.Items)
            {
                if (delivery.State == DeliveryState.Deciding)
                    return true;
            }

            return false;
        }
    }

    /// <summary>Whether the identifier stands for a message that the device has in hand.</summary>
    public bool Holds(PacketId id) => _deliveries.Find(id) >= 0;

    /// <summary>The device has acknowledged a message, or refused it.</summary>
    public void Acknowledged(MqttAcknowledgementStage stage, in AcknowledgementPacket packet)
    {
        if (stage == MqttAcknowledgementStage.PubComp)
        {
            PumpAll();
            return;
        }

        bool release = stage == MqttAcknowledgementStage.PubRec && !packet.IsFailure;
        int at = _deliveries.Find(packet.PacketId);
        if (at < 0)
        {
            if (release)
                Engine.ReleaseOutgoing(packet.PacketId);
            PumpAll();
            return;
        }

        ref Delivery delivery = ref _deliveries.Items[at];
        if (delivery.State == DeliveryState.Sent)
        {
            if (!release)
                delivery.PacketId = PacketId.None;
            if (!delivery.IsByTopic || packet.IsFailure)
                (delivery.Verb, delivery.Reason) = VerdictOf(packet);
            Decide(ref delivery); // Anew, if it was refused when the device said it by a publish.
            return;
        }

        // Settled by a publish: the acknowledgement says nothing more, it only frees the place.
        bool settled = delivery.State == DeliveryState.SettledByTopic;
        delivery.IsAcknowledged = true;
        delivery.PacketId = PacketId.None;
        if (settled)
            _deliveries.RemoveAt(at);
        if (release)
            Engine.ReleaseOutgoing(packet.PacketId);
        PumpAll();
    }

    /// <summary>The device settles by a publish: from now on the acknowledgement of the message says nothing more.</summary>
    public void BeginSettleByTopic(LeaseId lease, SettleVerb verb, string? reason)
    {
        int at = _deliveries.Find(lease);
        if (at < 0 || _deliveries.Items[at].State != DeliveryState.Sent)
            return;
        ref Delivery delivery = ref _deliveries.Items[at];
        delivery.State = DeliveryState.SettlingByTopic;
        delivery.IsByTopic = true;
        (delivery.Verb, delivery.Reason) = (verb, reason);
    }

    /// <summary>The store has answered a settle by publish.</summary>
    public void EndSettleByTopic(LeaseId lease, bool done)
    {
        int at = _deliveries.Find(lease);
        if (at >= 0 && _deliveries.Items[at].State == DeliveryState.SettlingByTopic)
        {
            ref Delivery delivery = ref _deliveries.Items[at];
            if (!delivery.IsAcknowledged)
                delivery.State = done ? DeliveryState.SettledByTopic : DeliveryState.Sent;
            else if (done)
                _deliveries.RemoveAt(at);
            else
                Decide(ref delivery); // The device will not say it again.
        }

        PumpAll();
        DetachIfIdle();
    }

    /// <summary>
    /// The connection goes on without this mailbox: what the device has in hand goes back, unless its settling is under way. What it says
    /// of it later only frees the places.
    /// </summary>
    public void Abandon()
    {
        _isOver = true;
        RetryAtMs = long.MaxValue;
        GiveUpBefore(new Sequence(long.MaxValue));
        for (int i = _deliveries.Count - 1; i >= 0; i--)
        {
            Delivery delivery = _deliveries.Items[i];
            if (delivery.State == DeliveryState.Deciding)
                continue;
            _deliveries.RemoveAt(i);
            if (delivery.State == DeliveryState.Undecided && !delivery.PacketId.IsNone)
                Engine.ReleaseOutgoing(delivery.PacketId);
        }

        Task<Result<MailboxSession>>? attaching = _attaching;
        MailboxSession? session = Session;
        _attaching = null;
        Session = null;
        Owner.Await(GiveUpAsync(session, attaching), this, static (_, _) => { });
    }

    /// <summary>
    /// After the end, outside the turns: settles what the device had decided, and gives back the rest. The second settle of what was
    /// settled already changes nothing.
    /// </summary>
    public async Task CloseAsync()
    {
        MailboxSession? session = Session;
        if (session is null && _attaching is not null)
            session = (await _attaching).Value;
        if (session is null)
            return;
        for (int i = 0; i < _deliveries.Count; i++)
        {
            Delivery delivery = _deliveries.Items[i];
            if (delivery.State is not (DeliveryState.Deciding or DeliveryState.Undecided))
                continue;
            Result<SettleResult> result = await session.SettleAsync(delivery.Lease, delivery.Verb, delivery.Reason);
            if (!delivery.PacketId.IsNone && (result.IsSuccess || result.Refusal.Kind == RefusalKind.Expired))
                Engine.ReleaseOutgoing(delivery.PacketId); // It is kept as waiting for PUBCOMP.
        }

        await session.CloseAsync();
    }

    private static async ValueTask<bool> GiveUpAsync(MailboxSession? session, Task<Result<MailboxSession>>? attaching)
    {
        if (session is null && attaching is not null)
            session = (await attaching).Value;
        if (session is not null)
            await session.CloseAsync();
        return true;
    }

    private static (SettleVerb Verb, string? Reason) VerdictOf(in AcknowledgementPacket packet)
    {
        if (!packet.IsFailure)
            return (SettleVerb.Accept, null);
        if (packet.ReasonCode is MqttReasonCode.ImplementationSpecificError or MqttReasonCode.QuotaExceeded)
            return (SettleVerb.Release, null);
        return (SettleVerb.Reject, SettleFlow.ReasonOf(packet.ReasonString)
            ?? string.Create(CultureInfo.InvariantCulture, $"The device refused it with reason code 0x{(byte)packet.ReasonCode:X2}."));
    }

    private void Decide(ref Delivery delivery)
    {
        delivery.State = DeliveryState.Deciding;
        LeaseId lease = delivery.Lease;
        Owner.Await(
            Session!.SettleAsync(lease, delivery.Verb, delivery.Reason),
            (Flow: this, Lease: lease),
            static (result, work) => work.Flow.Decided(work.Lease, result));
    }

    private void Decided(LeaseId lease, Result<SettleResult> result)
    {
        int at = _deliveries.Find(lease);
        if (at < 0)
            return;
        Delivery delivery = _deliveries.Items[at];
        if (result.Refusal is { Kind: RefusalKind.Unavailable } && !_isOver)
        {
            _deliveries.Items[at].State = DeliveryState.Undecided;
            RetryLater();
            return;
        }

        if (result.Refusal is { Kind: RefusalKind.Conflict } taken)
        {
            Taken(taken.Message);
            if (Owner.IsEnding)
                return;
            at = _deliveries.Find(lease);
        }

        if (result.IsSuccess)
            Head.Metrics.Settled(delivery.Verb);
        else
            Head.Metrics.LateSettle();
        _deliveries.RemoveAt(at);
        if (!delivery.PacketId.IsNone)
            Engine.ReleaseOutgoing(delivery.PacketId); // Durable before PUBREL: after PUBREC the device owns the message.
        PumpAll();
        DetachIfIdle();
    }

    // A place has become free: others of the connection may wait for it, and come first.
    private void PumpAll()
    {
        Owner.PumpOthers(this);
        Pump();
    }
}
