using Restante.Heads.Mqtt.Connections;

namespace Restante.Heads.Mqtt.Sessions;

/// <summary>What is kept of a client session about a device behind a field gateway.</summary>
/// <param name="Id">The device's id.</param>
/// <param name="Subscriptions">What the gateway subscribed to of it.</param>
/// <param name="Unacknowledged">Deliveries that were not acknowledged.</param>
internal sealed record ChildRecord(string Id, SubscriptionSet Subscriptions, SentBefore[] Unacknowledged)
{
    /// <summary>What there is of the subscriptions, without deliveries.</summary>
    public static ChildRecord[] Of(ChildSet? children) => Of(children, static _ => []);

    /// <summary>What there is of the subscriptions.</summary>
    /// <param name="children">The devices; null for none.</param>
    /// <param name="unacknowledged">The deliveries of one.</param>
    public static ChildRecord[] Of(ChildSet? children, Func<ChildDevice, SentBefore[]> unacknowledged)
    {
        List<ChildRecord> records = [];
        foreach (ChildDevice child in children?.Items ?? [])
        {
            if (!child.Subscriptions.IsEmpty)
                records.Add(new ChildRecord(child.Id, child.Subscriptions, unacknowledged(child)));
        }

        return [.. records];
    }
}
