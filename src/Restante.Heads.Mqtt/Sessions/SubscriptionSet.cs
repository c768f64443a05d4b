using Restante.Core.Messages;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Sessions;

/// <summary>
/// The subscriptions of a client session. Immutable, small, and without any allocation for the common one filter but its array.
/// </summary>
internal readonly struct SubscriptionSet(Subscription[] items)
{
    private readonly Subscription[]? _items = items;

    /// <summary>All of them.</summary>
    public ReadOnlySpan<Subscription> Items => _items;

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => Items.IsEmpty;

    /// <summary>Whether any selects mail.</summary>
    public bool WantsMail => Kinds != MessageKinds.None;

    /// <summary>The highest QoS granted for mail.</summary>
    public MqttQos HighestQos
    {
        get
        {
            MqttQos highest = MqttQos.AtMostOnce;
            foreach (Subscription item in Items)
                highest = FilterTable.KindsOf(item.Filter) != MessageKinds.None && item.Qos > highest ? item.Qos : highest;
            return highest;
        }
    }

    /// <summary>The kinds of message that any of them selects.</summary>
    public MessageKinds Kinds
    {
        get
        {
            MessageKinds kinds = MessageKinds.None;
            foreach (Subscription item in Items)
                kinds |= FilterTable.KindsOf(item.Filter);
            return kinds;
        }
    }

    /// <summary>The set with a subscription, which replaces one with the same filter. [MQTT-3.8.4-3]</summary>
    public SubscriptionSet With(Subscription added)
    {
        SubscriptionSet rest = Without(added.Filter, out _);
        return new SubscriptionSet([.. rest.Items, added]);
    }

    /// <summary>The set without a filter.</summary>
    public SubscriptionSet Without(byte filter, out bool existed)
    {
        existed = false;
        foreach (Subscription item in Items)
            existed |= item.Filter == filter;
        return existed ? new SubscriptionSet(Array.FindAll(_items!, item => item.Filter != filter)) : this;
    }

    /// <summary>
    /// Whether messages of the kind are wanted, with which QoS, and the identifiers of the subscriptions that select them. A message that
    /// several select is sent once, with the highest QoS. [MQTT-3.3.4-2] [MQTT-3.3.4-3]
    /// </summary>
    /// <param name="kind">The kind.</param>
    /// <param name="qos">The QoS.</param>
    /// <param name="identifiers">Room for as many as there are filters.</param>
    /// <param name="count">How many identifiers were written.</param>
    public bool TrySelect(MessageKind kind, out MqttQos qos, Span<uint> identifiers, out int count)
    {
        qos = MqttQos.AtMostOnce;
        count = 0;
        bool selected = false;
        foreach (Subscription item in Items)
        {
            if (!FilterTable.Selects(item.Filter, kind))
                continue;
            selected = true;
            qos = item.Qos > qos ? item.Qos : qos;
            if (item.Identifier != 0)
                identifiers[count++] = item.Identifier;
        }

        return selected;
    }

    /// <summary>
    /// Whether what is told on the topic of the state is wanted, and with which QoS, the highest of those that select it.
    /// </summary>
    public bool TrySelect(StateTopics topic, out MqttQos qos)
    {
        qos = MqttQos.AtMostOnce;
        bool selected = false;
        foreach (Subscription item in Items)
        {
            if ((FilterTable.TopicsOf(item.Filter) & topic) == StateTopics.None)
                continue;
            selected = true;
            qos = item.Qos > qos ? item.Qos : qos;
        }

        return selected;
    }

    /// <summary>The identifiers of the subscriptions that select the topic of the state; none in the common case.</summary>
    public uint[] IdentifiersOf(StateTopics topic) =>
        IdentifiersOf(item => (FilterTable.TopicsOf(item.Filter) & topic) != StateTopics.None);

    /// <summary>The identifiers of the subscriptions that select the end of these subscriptions; none in the common case.</summary>
    public uint[] IdentifiersOfEnded() => IdentifiersOf(static item => FilterTable.IsEnded(item.Filter));

    private uint[] IdentifiersOf(Predicate<Subscription> selects)
    {
        List<uint>? identifiers = null;
        foreach (Subscription item in Items)
        {
            if (item.Identifier != 0 && selects(item))
                (identifiers ??= []).Add(item.Identifier);
        }

        return identifiers is null ? [] : [.. identifiers];
    }
}
