using System.Globalization;
using System.Text;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Messages;

/// <summary>
/// Tells a field gateway on <c>devices/{id}/ended</c> that its subscriptions for a device behind it have ended: the payload says why in
/// words, the property <c>code</c> as DISCONNECT would. MQTT has no packet by which a server ends a subscription.
/// </summary>
internal static class LossWriter
{
    /// <summary>Sends it with QoS 0, as nothing is left to be acknowledged; false when it does not fit the peer's packet size.</summary>
    /// <param name="engine">The connection.</param>
    /// <param name="prefix"><c>devices/{id}/</c>.</param>
    /// <param name="code">Why.</param>
    /// <param name="why">The same in words.</param>
    /// <param name="subscriptionIds">The identifiers of the matching subscriptions.</param>
    public static bool Send(MqttConnection engine, string prefix, MqttReasonCode code, string why, ReadOnlySpan<uint> subscriptionIds)
    {
        string topic = prefix + TopicTable.Ended;
        string codeText = string.Create(CultureInfo.InvariantCulture, $"0x{(byte)code:X2}");
        byte[] payload = Encoding.UTF8.GetBytes(why);
        if (engine.Version == MqttVersion.V500)
        {
            return IsDone(engine.Send(new OutgoingMessage
            {
                Topic = Encoding.ASCII.GetBytes(topic),
                Payload = payload,
                PayloadFormatIndicator = 1,
                ContentType = "text/plain"u8,
                SubscriptionIdentifiers = subscriptionIds,
                UserProperties = (MqttUserProperty[])[new(FieldNames.Code, codeText)],
            }));
        }

        var bag = new StringBuilder(topic).Append('/');
        PropertyBag.Append(bag, FieldNames.Code, codeText);
        return IsDone(engine.Send(new OutgoingMessage { Topic = Encoding.ASCII.GetBytes(bag.ToString()), Payload = payload }));
    }

    private static bool IsDone(MqttSendResult sent) => sent.Status != MqttSendStatus.TooLarge;
}
