using System.Text;
using Restante.Core.Audit;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Heads.Mqtt.Sessions;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// SUBSCRIBE and UNSUBSCRIBE, one after the other: find out which devices the peer may act for, attach mailboxes, keep the session, answer,
/// deliver. The engine bounds how many may wait.
/// </summary>
internal sealed class SubscribeFlow(DeviceConnection owner)
{
    private static readonly Refusal s_lost = new(RefusalKind.Conflict, "The device was taken over, or may not be acted for any more.");

    private readonly Queue<SubscribeRequest> _waiting = new();
    private bool _busy;
    private bool _keepsLater;

    /// <summary>Whether nothing waits for its answer, so that the flow may be let go.</summary>
    public bool IsIdle => !_busy && _waiting.Count == 0;

    /// <summary>True while a request is not answered.</summary>
    public bool IsBusy => _busy;

    public void Subscribe(in SubscribePacket packet)
    {
        var request = new SubscribeRequest(packet.PacketId, packet.Count, isSubscribe: true);
        int at = 0;
        foreach (SubscriptionRequest wish in packet)
        {
            int filter = FilterTable.Find(wish.Filter, out string? child);
            if (filter >= 0)
            {
                bool isMail = FilterTable.KindsOf(filter) != MessageKinds.None;
                MqttQos qos = isMail ? wish.MaximumQos : LowerOf(wish.MaximumQos, MqttQos.AtLeastOnce);
                request.Codes[at] = (MqttReasonCode)qos; // [MQTT-3.8.4-7]
                request.Add(new SubscriptionChange(at, child, new Subscription((byte)filter, qos, packet.SubscriptionIdentifier ?? 0)));
            }
            else
            {
                Refusal refusal = FilterTable.WhyNot(wish.Filter);
                if (refusal.Kind == RefusalKind.Forbidden)
                    owner.NoteRefused("subscribe", Shown(wish.Filter), refusal.Kind);
                request.Refuse(at, refusal);
            }

            at++;
        }

        Enqueue(request);
    }

    public void Unsubscribe(in UnsubscribePacket packet)
    {
        var request = new SubscribeRequest(packet.PacketId, packet.Count, isSubscribe: false);
        int at = 0;
        foreach (ReadOnlySpan<byte> text in packet)
        {
            int filter = FilterTable.Find(text, out string? child);
            request.Codes[at] = MqttReasonCode.NoSubscriptionExisted;
            if (filter >= 0)
                request.Add(new SubscriptionChange(at, child, new Subscription((byte)filter, MqttQos.AtMostOnce, 0)));
            at++;
        }

        Enqueue(request);
    }

    /// <summary>Keeps the session as it is when it is its turn; of several wishes that wait one is enough.</summary>
    public void Keep()
    {
        if (_keepsLater || owner.SessionExpirySeconds == 0)
            return;
        _keepsLater = true;
        Enqueue(new SubscribeRequest(PacketId.None, 0, isSubscribe: false));
    }

    private void Enqueue(SubscribeRequest request)
    {
        _waiting.Enqueue(request);
        Next();
    }

    private void Next()
    {
        while (!_busy && !owner.IsEnding && _waiting.TryDequeue(out SubscribeRequest? request))
        {
            _busy = true;
            if (request.Id.IsNone)
            {
                _keepsLater = false;
                Keep(request);
            }
            else if (request.IsSubscribe)
            {
                Prepare(request);
            }
            else
            {
                RemoveAll(request);
            }
        }
    }

    // One device after the other: what is refused of one is granted of another all the same.
    private void Prepare(SubscribeRequest request)
    {
        if (!request.TryTakeSubject(out string? id))
        {
            Add(request);
            return;
        }

        if (id is null)
        {
            Attach(request, null, owner);
            return;
        }

        Result<ChildDevice> child = owner.ChildOf(id);
        if (child.Refusal is Refusal refusal)
        {
            Refuse(request, id, refusal);
            Prepare(request);
        }
        else
        {
            owner.Await(
                child.Value!.EnterAsync(),
                (Flow: this, Request: request, Child: child.Value),
                static (refused, work) => work.Flow.Entered(work.Request, work.Child, refused));
        }
    }

    private void Entered(SubscribeRequest request, ChildDevice child, Refusal? refusal)
    {
        child.HasEntered(refusal);
        if (child.IsEntered && !child.IsOver)
        {
            Attach(request, child.Id, child);
            return;
        }

        Refuse(request, child.Id, refusal ?? s_lost);
        Prepare(request);
    }

    private void Refuse(SubscribeRequest request, string child, Refusal refusal)
    {
        if (refusal.Kind is RefusalKind.Forbidden or RefusalKind.NotFound)
            owner.NoteRefused("subscribe", $"devices/{child}", refusal.Kind);
        request.Refuse(child, refusal);
    }

    private void Attach(SubscribeRequest request, string? id, ISubscriber subscriber)
    {
        if (!request.WantsMail(id))
        {
            Prepare(request);
            return;
        }

        MailboxFlow mailbox = subscriber.Mailbox ??= new MailboxFlow(subscriber, []);
        owner.Await(
            mailbox.AttachAsync(),
            (Flow: this, Request: request, Child: id, Mailbox: mailbox),
            static (result, work) => work.Flow.Attached(work.Request, work.Child, work.Mailbox, result));
    }

    private void Attached(SubscribeRequest request, string? child, MailboxFlow mailbox, Result<MailboxSession> result)
    {
        mailbox.Attached(result);
        if (result.Refusal is Refusal refusal)
            request.Refuse(child, refusal);
        Prepare(request);
    }

    private void Add(SubscribeRequest request)
    {
        bool changed = false;
        foreach (SubscriptionChange change in request.Changes)
        {
            if (!request.IsGranted(change.At))
                continue;
            changed = true;
            if (owner.SubscriberOf(change.Child) is ISubscriber subscriber)
                Change(request, subscriber, subscriber.Subscriptions.With(change.Subscription));
        }

        if (changed)
            Keep(request);
        else
            Answer(request);
    }

    private void RemoveAll(SubscribeRequest request)
    {
        bool changed = false;
        foreach (SubscriptionChange change in request.Changes)
        {
            if (owner.SubscriberOf(change.Child) is not ISubscriber subscriber)
                continue;
            SubscriptionSet rest = subscriber.Subscriptions.Without(change.Subscription.Filter, out bool existed);
            if (!existed)
                continue;
            request.Codes[change.At] = MqttReasonCode.Success;
            changed = true;
            Change(request, subscriber, rest);
        }

        if (changed)
            Keep(request);
        else
            Answer(request);
    }

    private static void Change(SubscribeRequest request, ISubscriber subscriber, SubscriptionSet subscriptions)
    {
        if (!request.Before.Exists(before => before.Subscriber == subscriber))
            request.Before.Add((subscriber, subscriber.Subscriptions));
        subscriber.Subscriptions = subscriptions;
    }

    // Durable before it is confirmed, so that the session is present after a restart as the device knows it.
    private void Keep(SubscribeRequest request)
    {
        if (owner.SessionExpirySeconds == 0)
        {
            Answer(request);
            return;
        }

        owner.HasRecord = true;
        var record = SessionRecord.WhileConnected(owner.Subscriptions, ChildRecord.Of(owner.Children));
        owner.Await(
            owner.Head.Sessions.SaveConnectedAsync(owner.Principal!, owner.Key.ClientId, record),
            (Flow: this, Request: request),
            static (refusal, work) => work.Flow.Kept(work.Request, refusal));
    }

    private void Kept(SubscribeRequest request, Refusal? refusal)
    {
        if (refusal is not null)
        {
            foreach ((ISubscriber subscriber, SubscriptionSet before) in request.Before)
            {
                if (subscriber is not ChildDevice { IsOver: true })
                    subscriber.Subscriptions = before;
            }

            request.Refuse(refusal);
        }

        Answer(request);
    }

    private void Answer(SubscribeRequest request)
    {
        if (request.IsSubscribe)
        {
            foreach (SubscriptionChange change in request.Changes)
            {
                if (owner.SubscriberOf(change.Child) is null && request.IsGranted(change.At))
                    request.Refuse(change.At, s_lost);
            }
        }

        foreach (MqttReasonCode code in request.Codes)
        {
            if (code >= MqttReasonCode.UnspecifiedError)
                owner.Head.Metrics.SubscribeRefused(code);
        }

        if (request.IsSubscribe)
            owner.Engine.AcknowledgeSubscribe(request.Id, request.Codes, request.Reason);
        else if (!request.Id.IsNone)
            owner.Engine.AcknowledgeUnsubscribe(request.Id, request.Codes, request.Reason);
        _busy = false;
        owner.SubscriptionsChanged(request);
        Next();
    }

    private static string Shown(ReadOnlySpan<byte> filter) =>
        Encoding.UTF8.GetString(filter[..Math.Min(filter.Length, AuditEntry.MaxTextLength)]);

    private static MqttQos LowerOf(MqttQos one, MqttQos other) => one < other ? one : other;
}
