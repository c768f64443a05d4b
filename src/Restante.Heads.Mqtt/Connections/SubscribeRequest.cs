using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Heads.Mqtt.Sessions;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>One filter of a SUBSCRIBE or UNSUBSCRIBE that exists.</summary>
/// <param name="At">Its place in the packet.</param>
/// <param name="Child">The device behind this one that it is about; null for the device itself.</param>
/// <param name="Subscription">The subscription that is added, or whose filter is taken out.</param>
internal readonly record struct SubscriptionChange(int At, string? Child, Subscription Subscription);

/// <summary>A SUBSCRIBE or UNSUBSCRIBE on its way to its answer; one without filters and identifier only keeps the session.</summary>
/// <param name="id">The packet identifier; none when nobody waits for an answer.</param>
/// <param name="filters">How many filters it has.</param>
/// <param name="isSubscribe">Whether it is a SUBSCRIBE.</param>
internal sealed class SubscribeRequest(PacketId id, int filters, bool isSubscribe)
{
    private readonly List<string?> _subjects = [];
    private int _taken;

    public PacketId Id { get; } = id;

    public bool IsSubscribe { get; } = isSubscribe;

    /// <summary>The reason code of each filter.</summary>
    public MqttReasonCode[] Codes { get; } = new MqttReasonCode[filters];

    /// <summary>The filters that exist.</summary>
    public List<SubscriptionChange> Changes { get; } = [];

    /// <summary>What was subscribed to before, of each device that it changes.</summary>
    public List<(ISubscriber Subscriber, SubscriptionSet Subscriptions)> Before { get; } = [];

    /// <summary>Why a filter was refused, in words.</summary>
    public string? Reason { get; private set; }

    /// <summary>Enters a filter that exists.</summary>
    public void Add(SubscriptionChange change)
    {
        Changes.Add(change);
        if (!_subjects.Contains(change.Child))
            _subjects.Add(change.Child);
    }

    /// <summary>The next device that it is about, each once; false when there are no more.</summary>
    public bool TryTakeSubject(out string? child)
    {
        bool more = _taken < _subjects.Count;
        child = more ? _subjects[_taken++] : null;
        return more;
    }

    /// <summary>Whether one of the filters selects mail of the device.</summary>
    public bool WantsMail(string? child) =>
        Changes.Exists(c => c.Child == child && FilterTable.KindsOf(c.Subscription.Filter) != MessageKinds.None);

    /// <summary>Whether one of the filters subscribes to the desired state of the device.</summary>
    public bool IsAboutDesired(string? child) => IsSubscribe
        && Changes.Exists(c => c.Child == child && (FilterTable.TopicsOf(c.Subscription.Filter) & StateTopics.Desired) != StateTopics.None);

    public bool IsGranted(int at) => Codes[at] <= MqttReasonCode.GrantedQos2;

    public void Refuse(int at, Refusal refusal)
    {
        Codes[at] = RefusalMap.ForSubscribe(refusal.Kind);
        Reason ??= refusal.Message;
    }

    /// <summary>Refuses what was granted of one device.</summary>
    public void Refuse(string? child, Refusal refusal)
    {
        foreach (SubscriptionChange change in Changes)
        {
            if (change.Child == child && IsGranted(change.At))
                Refuse(change.At, refusal);
        }
    }

    /// <summary>Refuses all that was granted.</summary>
    public void Refuse(Refusal refusal)
    {
        for (int i = 0; i < Codes.Length; i++)
        {
            if (IsGranted(i))
                Refuse(i, refusal);
        }
    }
}
