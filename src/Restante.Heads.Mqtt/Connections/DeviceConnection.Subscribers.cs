using System.Globalization;
using System.Text;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Heads.Mqtt.Sessions;
using Restante.Mqtt;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

// The devices whose mail and state go to this connection: its own, and those behind it that it has subscriptions for.
internal sealed partial class DeviceConnection
{
    /// <summary>The devices behind this one that it has subscriptions for; null while there is none.</summary>
    public ChildSet? Children { get; private set; }

    DeviceConnection ISubscriber.Owner => this;

    DevicePrincipal ISubscriber.Device => Principal!;

    string ISubscriber.Prefix => "";

    /// <summary>The device that a topic is about, this one if it names none; null without subscriptions for the one it names.</summary>
    public ISubscriber? SubscriberOf(ReadOnlySpan<byte> child) =>
        child.IsEmpty ? this : Children?.Find(Encoding.UTF8.GetString(child));

    /// <summary>The device that a filter is about, this one for null; null without subscriptions for the one it names.</summary>
    public ISubscriber? SubscriberOf(string? child) => child is null ? this : Children?.Find(child);

    /// <summary>A device behind this one, entered or not. Refusals: throttled (there are too many).</summary>
    public Result<ChildDevice> ChildOf(string id)
    {
        if (Children?.Find(id) is ChildDevice known)
            return known;
        if ((Children?.Count ?? 0) >= Head.Options.MaxChildren)
            return TooManyChildren();
        return AddChild(id);
    }

    /// <summary>Takes over what a kept session says of a device behind this one. <see cref="BeginChildren"/> goes on with it.</summary>
    public void RestoreChild(ChildRecord record)
    {
        ChildDevice child = AddChild(record.Id);
        child.Subscriptions = record.Subscriptions;
        if (record.Subscriptions.WantsMail)
            child.Mailbox = new MailboxFlow(child, record.Unacknowledged);
    }

    /// <summary>Goes on with the subscriptions of a kept session for the devices behind this one.</summary>
    public void BeginChildren()
    {
        ChildDevice[] children = Children?.Items ?? [];
        for (int i = 0; i < children.Length; i++)
        {
            if (i < Head.Options.MaxChildren)
                children[i].Begin();
            else
                children[i].Lose(MqttReasonCode.QuotaExceeded, TooManyChildren().Message);
        }
    }

    public void RemoveChild(ChildDevice child)
    {
        if (Children is null)
            return;
        Children.Remove(child);
        Head.Metrics.Children(-1);
        LimitOutgoing(Children.Count);
        if (Children.Count == 0)
            Children = null;
    }

    /// <summary>Other things are subscribed to than before.</summary>
    /// <param name="request">What was asked for.</param>
    public void SubscriptionsChanged(SubscribeRequest request)
    {
        Mailbox?.SubscriptionsChanged();
        StateFlow.Follow(this, request.IsAboutDesired(null));
        foreach (ChildDevice child in Children?.Items ?? [])
            child.SubscriptionsChanged(request.IsAboutDesired(child.Id));
    }

    /// <summary>Keeps in the session, if it is kept, what is subscribed to now.</summary>
    public void KeepSubscriptions()
    {
        if (!IsEnding)
            (_subscribing ??= new SubscribeFlow(this)).Keep();
    }

    /// <summary>How many messages of a mailbox may be sent and not be acknowledged.</summary>
    public int RoomFor(MailboxFlow flow)
    {
        int free = Engine.SendQuota - (State is { NeedsRoom: true } ? 1 : 0);
        return Children is null ? free : Children.RoomFor(flow, free);
    }

    /// <summary>False while another mailbox of this connection leases.</summary>
    public bool TryBeginLease(MailboxFlow flow) => Children?.TryBeginLease(flow) ?? true;

    public void EndLease(MailboxFlow flow) => Children?.EndLease(flow);

    /// <summary>Lets the other mailboxes of the connection go on that wait for their turn or for a place.</summary>
    public void PumpOthers(MailboxFlow flow) => Children?.PumpOthers(flow);

    /// <summary>Lets all mailboxes go on.</summary>
    public void PumpMail()
    {
        Mailbox?.Pump();
        Children?.PumpOthers(null);
    }

    void ISubscriber.Lose(MqttReasonCode code, string why) => Disconnect(code, why);

    void ISubscriber.Detached()
    {
        // The device stays, whatever it is subscribed to.
    }

    void IMqttConnectionHandler.OnPublishAcknowledged(MqttAcknowledgementStage stage, in AcknowledgementPacket packet)
    {
        State?.Acknowledged(packet.PacketId);
        foreach (ChildDevice child in Children?.Items ?? [])
            child.State?.Acknowledged(packet.PacketId);
        if ((Children?.HolderOf(packet.PacketId) ?? Mailbox) is MailboxFlow mailbox)
        {
            mailbox.Acknowledged(stage, packet);
            return;
        }

        if (stage == MqttAcknowledgementStage.PubRec && !packet.IsFailure)
            Engine.ReleaseOutgoing(packet.PacketId);
        Children?.PumpOthers(null);
    }

    private ChildDevice AddChild(string id)
    {
        var child = new ChildDevice(this, id);
        Children ??= new ChildSet(this);
        Children.Add(child);
        Head.Metrics.Children(1);
        LimitOutgoing(Children.Count);
        return child;
    }

    // Each device may hold as much as one that is alone; what the peer announced is shared.
    private void LimitOutgoing(int children) => Engine.LimitOutgoing(Math.Min(ushort.MaxValue, Head.Options.MaxInFlight * (1 + children)));

    private Refusal TooManyChildren() => new(
        RefusalKind.Throttled,
        string.Create(
            CultureInfo.InvariantCulture, $"A connection has subscriptions for {Head.Options.MaxChildren} devices behind it at most."));
}
