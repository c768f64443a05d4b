using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Storage;
using Restante.Heads.Mqtt.Messages;
using Restante.Heads.Mqtt.Sessions;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// The mailbox of a subscribed device: leases as much as the device may hold, sends it, and settles what the device acknowledges. The
/// receive maximum pulls: no more is leased than can be sent at once.
/// </summary>
/// <param name="subscriber">The device.</param>
/// <param name="sentBefore">What an earlier connection of the session sent and the device did not acknowledge.</param>
internal sealed partial class MailboxFlow(ISubscriber subscriber, SentBefore[] sentBefore) : IMailboxReceiver
{
    private Task<Result<MailboxSession>>? _attaching;
    private DeliveryTable _deliveries;
    private SentBefore[] _sentBefore = sentBefore;
    private int _wakePosted;
    private List<LeaseId>? _unsent;
    private bool _leasing;
    private bool _wokenMeanwhile;
    private bool _isOver;

    /// <summary>The hold on the mailbox; null while there is none.</summary>
    public MailboxSession? Session { get; private set; }

    /// <summary>When the store is asked again, on the clock of the connection; <see cref="long.MaxValue"/> for never.</summary>
    public long RetryAtMs { get; private set; } = long.MaxValue;

    /// <summary>Whether it would lease if there were a place, or if it were its turn.</summary>
    public bool IsDue { get; private set; }

    /// <summary>Whether it neither holds the mailbox nor is about to.</summary>
    public bool IsDetached => Session is null && _attaching is null;

    /// <summary>Whether a place is kept for it among what the peer may hold unacknowledged, as it has none.</summary>
    public bool NeedsPlace => Session is not null && subscriber.Subscriptions.HighestQos > MqttQos.AtMostOnce && !_deliveries.HoldsPlace();

    private DeviceConnection Owner => subscriber.Owner;

    private MqttHead Head => Owner.Head;

    private MqttConnection Engine => Owner.Engine;

    /// <summary>Any thread.</summary>
    void Core.Signals.IWakeable.Wake()
    {
        if (Interlocked.Exchange(ref _wakePosted, 1) == 0)
            Owner.Post(this, static (_, flow) => flow.Woken());
    }

    /// <summary>Any thread.</summary>
    ConnectionName IMailboxReceiver.Connection => Owner.Name;

    void IMailboxReceiver.OnMailboxTaken(string reason) =>
        Owner.Post((Flow: this, Reason: reason), static (_, taken) => taken.Flow.Taken(taken.Reason));

    /// <summary>A newer connection of the device holds the mailbox.</summary>
    public void Taken(string reason)
    {
        if (subscriber.Mailbox == this)
            subscriber.Lose(MqttReasonCode.SessionTakenOver, reason);
    }

    /// <summary>Attaches for subscriptions that an earlier connection made; tries again while the store is unavailable.</summary>
    public void Begin() => Owner.Await(AttachAsync(), this, static (result, flow) => flow.Begun(result));

    /// <summary>Attaches to the mailbox unless that is done. Tell the result to <see cref="Attached"/> in a turn.</summary>
    public ValueTask<Result<MailboxSession>> AttachAsync()
    {
        if (Session is not null)
            return ValueTask.FromResult<Result<MailboxSession>>(Session);
        _attaching ??= Head.Gateway.Mailboxes.AttachAsync(subscriber.Device, this).AsTask();
        return new ValueTask<Result<MailboxSession>>(_attaching);
    }

    public void Attached(Result<MailboxSession> result)
    {
        if (_isOver)
            return;
        Session = result.Value ?? Session;
        _attaching = null;
    }

    /// <summary>Leases and sends what there is room for.</summary>
    public void Pump()
    {
        if (Session is null || _leasing || Owner.IsEnding || !subscriber.Subscriptions.WantsMail)
            return;
        IsDue = true;
        int room = Head.Options.MaxInFlight - _deliveries.Count;
        if (subscriber.Subscriptions.HighestQos > MqttQos.AtMostOnce)
            room = Math.Min(room, Owner.RoomFor(this)); // [MQTT-3.3.4-9]
        if (Owner.OutputIsHigh || room <= 0 || !Owner.TryBeginLease(this))
            return;
        IsDue = false;
        _leasing = true;
        _wokenMeanwhile = false;
        Owner.Await(
            Session.LeaseAsync(room, Head.Options.MaxLeaseBytes, subscriber.Subscriptions.Kinds),
            this,
            static (result, flow) => flow.Leased(result));
    }

    /// <summary>Other messages are wanted than before, or none.</summary>
    public void SubscriptionsChanged()
    {
        Pump();
        DetachIfIdle();
    }

    /// <summary>The store is asked again for what it refused as unavailable.</summary>
    public void Retry()
    {
        RetryAtMs = long.MaxValue;
        if (Session is null && subscriber.Subscriptions.WantsMail)
        {
            Begin();
            return;
        }

        for (int i = _deliveries.Count - 1; i >= 0; i--)
        {
            ref Delivery delivery = ref _deliveries.Items[i];
            if (delivery.State == DeliveryState.Undecided)
                Decide(ref delivery);
            i = Math.Min(i, _deliveries.Count);
        }

        Pump();
    }

    /// <summary>
    /// Which messages the identifiers stand for that the device did not acknowledge. What it settled by a publish is through with its
    /// identifier, and comes again under another, if it does.
    /// </summary>
    public SentBefore[] SentAmong(ReadOnlySpan<ushort> unacknowledged)
    {
        List<SentBefore> sent = [];
        foreach (ushort id in unacknowledged)
        {
            int at = _deliveries.Find(new PacketId(id));
            if (at >= 0 && _deliveries.Items[at].IsByTopic)
                continue;
            if (at >= 0)
                sent.Add(new SentBefore(id, _deliveries.Items[at].Lease.Sequence));
            else if (Array.Find(_sentBefore, s => s.PacketId == id) is { PacketId: > 0 } before)
                sent.Add(before);
        }

        return [.. sent];
    }

    /// <summary>
    /// Which identifiers of QoS 2 the device settled by a publish and, as far as is known, did not acknowledge. Its PUBREC may be lost, so
    /// that it takes whatever else comes under one for a repetition, until a PUBREL frees it.
    /// </summary>
    public IEnumerable<ushort> SettledByTopicAmong(ReadOnlySpan<ushort> unacknowledged)
    {
        List<ushort> settled = [];
        foreach (ushort id in unacknowledged)
        {
            int at = _deliveries.Find(new PacketId(id));
            if (at >= 0 && _deliveries.Items[at] is { IsByTopic: true, Qos: MqttQos.ExactlyOnce })
                settled.Add(id);
        }

        return settled;
    }

    private void Begun(Result<MailboxSession> result)
    {
        if (_isOver)
            return;
        Attached(result);
        if (result.IsSuccess)
            AttachedForSubscriptions();
        else if (result.Refusal.Kind == RefusalKind.Unavailable)
            RetryLater();
        else
            subscriber.Lose(MqttReasonCode.NotAuthorized, result.Refusal.Message);
    }

    // The device may have taken back its last subscription meanwhile.
    private void AttachedForSubscriptions()
    {
        Pump();
        DetachIfIdle();
    }

    private void Woken()
    {
        Volatile.Write(ref _wakePosted, 0);
        if (_leasing)
            _wokenMeanwhile = true;
        else
            Pump();
    }

    private void Leased(Result<IReadOnlyList<LeasedMessage>> result)
    {
        if (_isOver || result.Refusal is not null)
        {
            _leasing = false;
            Owner.EndLease(this);
            if (result.Refusal is { Kind: RefusalKind.Unavailable } && !_isOver)
                RetryLater();
            else if (result.Refusal is Refusal taken)
                Taken(taken.Message);
            Owner.PumpOthers(this);
            return;
        }

        IReadOnlyList<LeasedMessage> messages = result.Value!;
        foreach (LeasedMessage message in messages)
        {
            if (Engine.IsClosed || _isOver)
                (_unsent ??= []).Add(message.Lease);
            else
                Deliver(message);
        }

        if (_unsent is not null && Session is not null)
        {
            LeaseId[] unsent = [.. _unsent];
            _unsent = null;
            Owner.Await(ReturnAsync(unsent), this, static (_, flow) => flow.HasLeased(1));
            return;
        }

        HasLeased(messages.Count);
    }

    // What did not leave is not counted as handed out. When the store is away the leases lapse.
    private async ValueTask<bool> ReturnAsync(LeaseId[] unsent) => await Session!.ReturnAsync(unsent) is null;

    private void HasLeased(int messages)
    {
        // Not before: what is settled at once must not lease and send newer messages between these.
        _leasing = false;
        Owner.EndLease(this);
        if (messages == 0)
            GiveUpBefore(new Sequence(long.MaxValue));
        Owner.PumpOthers(this);
        if (messages > 0 || _wokenMeanwhile)
            Pump();
        DetachIfIdle();
    }

    private void Deliver(LeasedMessage message)
    {
        GiveUpBefore(message.Sequence);
        Span<uint> identifiers = stackalloc uint[FilterTable.Count];
        if (!subscriber.Subscriptions.TrySelect(message.Kind, out MqttQos qos, identifiers, out int count))
        {
            (_unsent ??= []).Add(message.Lease); // The subscriptions changed while it was on its way.
            return;
        }

        if (message.ExpiresAtMs <= Head.UnixNowMs)
        {
            (_unsent ??= []).Add(message.Lease); // The store ends it as expired.
            return;
        }

        PacketId resendAs = qos == MqttQos.AtMostOnce ? PacketId.None : TakeSentBefore(message.Sequence);
        DeliveryFit sent = DeliveryWriter.Send(Engine, subscriber.Prefix, message, qos, resendAs, identifiers[..count], Head.UnixNowMs);
        if (sent.Misfit is not null)
        {
            // [MQTT-3.1.2-25]: it must not be sent, and must not stand in the way of the others.
            Head.Metrics.Misfit();
            if (Head.MayLog("misfit", out long suppressed))
                Log.Misfit(Head.Logger, Owner.Id, message.Sequence.Value, subscriber.Device.Name, sent.Misfit, suppressed);
            Engine.AbandonOutgoing(resendAs);
            Enter(message, qos, PacketId.None, SettleVerb.Reject, sent.Misfit);
        }
        else if (sent.Result.IsSent)
        {
            Head.Metrics.Delivered(qos);
            if (qos == MqttQos.AtMostOnce)
                Enter(message, qos, PacketId.None, SettleVerb.Accept, null);
            else
                Enter(message, qos, sent.Result.PacketId, DeliveryState.Sent);
        }
        else
        {
            Engine.AbandonOutgoing(resendAs);
            (_unsent ??= []).Add(message.Lease);
        }
    }

    private void Enter(LeasedMessage message, MqttQos qos, PacketId id, SettleVerb verb, string? reason)
    {
        Enter(message, qos, id, DeliveryState.Deciding);
        ref Delivery delivery = ref _deliveries.Items[^1];
        delivery.Verb = verb;
        delivery.Reason = reason;
        Decide(ref delivery);
    }

    private void Enter(LeasedMessage message, MqttQos qos, PacketId id, DeliveryState state) =>
        _deliveries.Add(new Delivery { Lease = message.Lease, Qos = qos, PacketId = id, State = state });

    private void RetryLater() => RetryAtMs = Math.Min(RetryAtMs, Owner.NowMs + Head.Options.StoreRetryMs);

    // Mail comes in order: what stands before the first message of a lease has ended meanwhile.
    private void GiveUpBefore(Sequence sequence)
    {
        if (_sentBefore.Length == 0)
            return;
        foreach (SentBefore before in _sentBefore)
        {
            if (before.Sequence.CompareTo(sequence) < 0)
                Engine.AbandonOutgoing(new PacketId(before.PacketId));
        }

        _sentBefore = Array.FindAll(_sentBefore, before => before.Sequence.CompareTo(sequence) >= 0);
    }

    private PacketId TakeSentBefore(Sequence sequence)
    {
        int at = Array.FindIndex(_sentBefore, before => before.Sequence == sequence);
        if (at < 0)
            return PacketId.None;
        var id = new PacketId(_sentBefore[at].PacketId);
        _sentBefore = [.. _sentBefore[..at], .. _sentBefore[(at + 1)..]];
        return id;
    }

    // Without a subscription the mailbox is given up, but not before what was begun is finished [MQTT-3.10.4-3], nor while the device asks
    // for others, whose answer sees to it.
    private void DetachIfIdle()
    {
        if (subscriber.Subscriptions.WantsMail || Session is null || _leasing || _deliveries.Count > 0
            || Owner.IsEnding || Owner.IsSubscribing || subscriber.Mailbox != this)
        {
            return;
        }

        GiveUpBefore(new Sequence(long.MaxValue));
        MailboxSession session = Session;
        subscriber.Mailbox = null;
        Session = null;
        Owner.Await(CloseSessionAsync(session), this, static (_, _) => { });
        subscriber.Detached();
    }

    private static async ValueTask<bool> CloseSessionAsync(MailboxSession session)
    {
        await session.CloseAsync();
        return true;
    }
}
