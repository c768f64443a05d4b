using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Heads.Mqtt.Sessions;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// SUBSCRIBE and UNSUBSCRIBE, one after the other: attach the mailbox, keep the session, answer, deliver. The engine bounds how many may wait.
/// </summary>
internal sealed class SubscribeFlow(DeviceConnection owner)
{
    private readonly Queue<Request> _waiting = new();
    private bool _busy;

    /// <summary>Whether nothing waits for its answer, so that the flow may be let go.</summary>
    public bool IsIdle => !_busy && _waiting.Count == 0;

    /// <summary>True while a request is not answered.</summary>
    public bool IsBusy => _busy;

    public void Subscribe(in SubscribePacket packet)
    {
        var request = new Request(packet.PacketId, packet.Count, isSubscribe: true);
        int at = 0;
        foreach (SubscriptionRequest wish in packet)
        {
            int filter = FilterTable.Find(wish.Filter);
            if (filter >= 0)
            {
                bool isMail = FilterTable.KindsOf(filter) != MessageKinds.None;
                MqttQos qos = isMail ? wish.MaximumQos : LowerOf(wish.MaximumQos, MqttQos.AtLeastOnce);
                request.Codes[at] = (MqttReasonCode)qos; // [MQTT-3.8.4-7]
                request.Changes.Add(new Subscription((byte)filter, qos, packet.SubscriptionIdentifier ?? 0));
            }
            else
            {
                request.Refuse(at, WhyNot(wish.Filter));
                owner.Head.Metrics.SubscribeRefused(request.Codes[at]);
            }

            at++;
        }

        Enqueue(request);
    }

    public void Unsubscribe(in UnsubscribePacket packet)
    {
        var request = new Request(packet.PacketId, packet.Count, isSubscribe: false);
        int at = 0;
        foreach (ReadOnlySpan<byte> text in packet)
        {
            int filter = FilterTable.Find(text);
            request.Codes[at++] = MqttReasonCode.NoSubscriptionExisted;
            request.Changes.Add(new Subscription(filter < 0 ? byte.MaxValue : (byte)filter, MqttQos.AtMostOnce, 0));
        }

        Enqueue(request);
    }

    private void Enqueue(Request request)
    {
        _waiting.Enqueue(request);
        Next();
    }

    private void Next()
    {
        while (!_busy && !owner.IsEnding && _waiting.TryDequeue(out Request? request))
        {
            _busy = true;
            if (!request.IsSubscribe)
                RemoveAll(request);
            else if (request.Changes.Count == 0)
                Answer(request);
            else if (request.Changes.Exists(c => FilterTable.KindsOf(c.Filter) != MessageKinds.None))
                Attach(request);
            else
                Add(request);
        }
    }

    private void Attach(Request request)
    {
        owner.Mailbox ??= new MailboxFlow(owner, []);
        owner.Await(owner.Mailbox.AttachAsync(), (Flow: this, Request: request), static (result, work) => work.Flow.Attached(work.Request, result));
    }

    private void Attached(Request request, Result<MailboxSession> result)
    {
        owner.Mailbox!.Attached(result);
        if (result.Refusal is Refusal refusal)
        {
            request.RefuseAllGranted(refusal);
            Answer(request);
            return;
        }

        Add(request);
    }

    private void Add(Request request)
    {
        SubscriptionSet before = owner.Subscriptions;
        foreach (Subscription added in request.Changes)
            owner.Subscriptions = owner.Subscriptions.With(added);
        Keep(request, before);
    }

    private void RemoveAll(Request request)
    {
        SubscriptionSet before = owner.Subscriptions;
        bool changed = false;
        for (int i = 0; i < request.Changes.Count; i++)
        {
            owner.Subscriptions = owner.Subscriptions.Without(request.Changes[i].Filter, out bool existed);
            if (existed)
                request.Codes[i] = MqttReasonCode.Success;
            changed |= existed;
        }

        if (changed)
            Keep(request, before);
        else
            Answer(request);
    }

    // Durable before it is confirmed, so that the session is present after a restart as the device knows it.
    private void Keep(Request request, SubscriptionSet before)
    {
        if (owner.SessionExpirySeconds == 0)
        {
            Answer(request);
            return;
        }

        owner.HasRecord = true;
        byte[] state = SessionRecordForm.Write(SessionRecord.WhileConnected(owner.Subscriptions));
        owner.Await(
            owner.Head.Gateway.ClientSessions.SaveAsync(owner.Principal!, owner.Key.ClientId, state, long.MaxValue),
            (Flow: this, Request: request, Before: before),
            static (result, work) => work.Flow.Kept(work.Request, work.Before, result.Refusal));
    }

    private void Kept(Request request, SubscriptionSet before, Refusal? refusal)
    {
        if (refusal is not null)
        {
            owner.Subscriptions = before;
            request.RefuseAllGranted(refusal);
        }

        Answer(request);
    }

    private void Answer(Request request)
    {
        if (request.IsSubscribe)
            owner.Engine.AcknowledgeSubscribe(request.Id, request.Codes, request.Reason);
        else
            owner.Engine.AcknowledgeUnsubscribe(request.Id, request.Codes, request.Reason);
        _busy = false;
        owner.Mailbox?.SubscriptionsChanged();
        owner.FollowState(anew: request.IsSubscribe && request.IsAboutDesired);
        Next();
    }

    private static MqttQos LowerOf(MqttQos one, MqttQos other) => one < other ? one : other;

    private static Refusal WhyNot(ReadOnlySpan<byte> filter) =>
        FilterTable.IsAboutMailbox(filter) ? new Refusal(
            RefusalKind.Malformed,
            "The mailbox is subscribed to as mailbox/#, or by kind as mailbox/commands/#, mailbox/notifications/# or mailbox/answers/#.")
        : FilterTable.IsAboutState(filter) ? new Refusal(
            RefusalKind.Malformed, "The state is subscribed to as state/#, state/desired/# or state/document/#.")
        : new Refusal(RefusalKind.Forbidden, "A device subscribes to its own mailbox and state only: mailbox/# and state/#.");

    private sealed class Request(PacketId id, int filters, bool isSubscribe)
    {
        public PacketId Id { get; } = id;

        public bool IsSubscribe { get; } = isSubscribe;

        public MqttReasonCode[] Codes { get; } = new MqttReasonCode[filters];

        public List<Subscription> Changes { get; } = [];

        public string? Reason { get; private set; }

        /// <summary>Whether one of the filters selects the desired state.</summary>
        public bool IsAboutDesired => Changes.Exists(c => (FilterTable.TopicsOf(c.Filter) & StateTopics.Desired) != StateTopics.None);

        public void Refuse(int at, Refusal refusal)
        {
            Codes[at] = RefusalMap.ForSubscribe(refusal.Kind);
            Reason ??= refusal.Message;
        }

        public void RefuseAllGranted(Refusal refusal)
        {
            for (int i = 0; i < Codes.Length; i++)
            {
                if (Codes[i] <= MqttReasonCode.GrantedQos2)
                    Refuse(i, refusal);
            }
        }
    }
}
