using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Mqtt.Topics;

namespace Restante.Heads.Mqtt.Messages;

/// <summary>Turns a leased message into a PUBLISH, for either version.</summary>
internal static class DeliveryWriter
{
    private const string DoesNotFitMqtt =
        "A property of the message cannot be written in MQTT: it is longer than 65535 bytes or holds U+0000.";

    /// <summary>Room for the longest topic of a delivery.</summary>
    private const int MaxTopicBytes = 40 + DeviceId.MaxLength + InquiryNames.MaxLength;

    [ThreadStatic]
    private static List<MqttUserProperty>? t_properties;

    /// <summary>Sends the message.</summary>
    /// <param name="engine">The connection.</param>
    /// <param name="prefix">What stands before the topic: empty, or <c>devices/{id}/</c> for a device behind the one that is
    /// connected.</param>
    /// <param name="message">The message, just leased.</param>
    /// <param name="qos">The QoS that the subscriptions grant.</param>
    /// <param name="resendAs">The identifier under which the same message was sent before the connection was lost, or none.</param>
    /// <param name="subscriptionIds">The identifiers of the matching subscriptions.</param>
    /// <param name="nowMs">The time, in milliseconds since the Unix epoch.</param>
    public static DeliveryFit Send(
        MqttConnection engine,
        string prefix,
        LeasedMessage message,
        MqttQos qos,
        PacketId resendAs,
        ReadOnlySpan<uint> subscriptionIds,
        long nowMs)
    {
        DeliveryFit sent = engine.Version == MqttVersion.V311
            ? SendBag(engine, prefix, message, qos, resendAs, nowMs)
            : SendProperties(engine, prefix, message, qos, resendAs, subscriptionIds, nowMs);
        return sent.Result.Status == MqttSendStatus.TooLarge && sent.Misfit is null
            ? sent with { Misfit = TooLarge(engine.PeerMaximumPacketSize) }
            : sent;
    }

    private static string TooLarge(int limit) =>
        string.Create(
            CultureInfo.InvariantCulture, $"The message does not fit the maximum packet size of {limit} bytes that the device announced.");

    private static DeliveryFit SendProperties(
        MqttConnection engine,
        string prefix,
        LeasedMessage message,
        MqttQos qos,
        PacketId resendAs,
        ReadOnlySpan<uint> subscriptionIds,
        long nowMs)
    {
        List<MqttUserProperty> properties = t_properties ?? [];
        t_properties = null;
        try
        {
            properties.Add(new(FieldNames.Lease, message.Lease.ToString()));
            properties.Add(new(FieldNames.DeliveryCount, message.DeliveryCount.ToString(CultureInfo.InvariantCulture)));
            properties.Add(new(FieldNames.EnqueuedAt, message.EnqueuedAtMs.ToString(CultureInfo.InvariantCulture)));
            ReadOnlySpan<byte> contentType = default, correlation = default, responseTopic = default;
            bool hasId = false;
            var reader = new ContentReader(message.Content.Span);
            while (reader.Read())
            {
                switch (reader.Field)
                {
                    case ContentField.ContentType:
                        contentType = TextOf(reader.Value);
                        break;
                    case ContentField.CorrelationId:
                        correlation = reader.Value.Kind == ValueKind.Binary ? reader.Value.Bytes : TextOf(reader.Value);
                        break;
                    case ContentField.ReplyTo when IsTopic(TextOf(reader.Value)):
                        responseTopic = TextOf(reader.Value);
                        break;
                    case ContentField.Property:
                        properties.Add(new(reader.NameText, reader.Value.AsText()));
                        break;
                    default:
                        hasId |= reader.Field == ContentField.MessageId;
                        properties.Add(new(FieldNames.Long(reader.Field), reader.Value.AsText()));
                        break;
                }
            }

            if (!hasId && message.MessageId is not null)
                properties.Add(new(FieldNames.Long(ContentField.MessageId), message.MessageId));
            if (reader.BodyKind == BodyKind.AmqpEncoded)
                properties.Add(new(FieldNames.BodyEncoding, "amqp"));
            if (correlation.Length > MqttText.MaximumBytes || !IsText(contentType) || !AreText(properties))
                return new DeliveryFit(default, DoesNotFitMqtt);

            Span<byte> topic = stackalloc byte[MaxTopicBytes];
            return new DeliveryFit(
                engine.Send(new OutgoingMessage
                {
                    Topic = topic[..WriteTopic(topic, prefix, message)],
                    Payload = reader.Body,
                    Qos = qos,
                    ResendAs = resendAs,
                    PayloadFormatIndicator = reader.BodyKind == BodyKind.Text ? (byte)1 : null,
                    MessageExpirySeconds = SecondsLeft(message, nowMs),
                    ContentType = contentType,
                    ResponseTopic = responseTopic,
                    CorrelationData = correlation,
                    SubscriptionIdentifiers = subscriptionIds,
                    UserProperties = CollectionsMarshal.AsSpan(properties),
                }),
                null);
        }
        finally
        {
            properties.Clear();
            if (properties.Capacity <= 128)
                t_properties = properties;
        }
    }

    private static DeliveryFit SendBag(
        MqttConnection engine, string prefix, LeasedMessage message, MqttQos qos, PacketId resendAs, long nowMs)
    {
        var topic = new StringBuilder(prefix, 128 + prefix.Length);
        topic.Append(CultureInfo.InvariantCulture, $"mailbox/{TopicTable.NameOf(message.Kind)}/{IdOf(message)}/");
        PropertyBag.Append(topic, FieldNames.Lease, message.Lease.ToString());
        PropertyBag.Append(topic, FieldNames.DeliveryCount, message.DeliveryCount.ToString(CultureInfo.InvariantCulture));
        PropertyBag.Append(topic, FieldNames.EnqueuedAt, message.EnqueuedAtMs.ToString(CultureInfo.InvariantCulture));
        if (SecondsLeft(message, nowMs) is uint seconds)
            PropertyBag.Append(topic, FieldNames.ExpiresIn, seconds.ToString(CultureInfo.InvariantCulture));
        bool hasId = false;
        var reader = new ContentReader(message.Content.Span);
        while (reader.Read())
        {
            hasId |= reader.Field == ContentField.MessageId;
            string name = reader.Field == ContentField.Property ? reader.NameText : FieldNames.Short(reader.Field);
            PropertyBag.Append(topic, name, reader.Value.AsText());
        }

        if (!hasId && message.MessageId is not null)
            PropertyBag.Append(topic, FieldNames.Short(ContentField.MessageId), message.MessageId);
        if (reader.BodyKind == BodyKind.AmqpEncoded)
            PropertyBag.Append(topic, FieldNames.BodyEncoding, "amqp");
        if (topic.Length > MqttText.MaximumBytes)
            return new DeliveryFit(default, "The properties of the message do not fit into an MQTT 3.1.1 topic of 65535 bytes.");
        byte[] bytes = Encoding.ASCII.GetBytes(topic.ToString());
        return new DeliveryFit(
            engine.Send(new OutgoingMessage { Topic = bytes, Payload = reader.Body, Qos = qos, ResendAs = resendAs }), null);
    }

    private static int WriteTopic(Span<byte> target, string prefix, LeasedMessage message) =>
        Encoding.ASCII.GetBytes($"{prefix}mailbox/{TopicTable.NameOf(message.Kind)}/{IdOf(message)}", target);

    // An answer is known by the inquiry it belongs to, whose id fits a level of a topic.
    private static string IdOf(LeasedMessage message)
    {
        if (message.Kind == MessageKind.Answer)
        {
            var reader = new ContentReader(message.Content.Span);
            while (reader.Read())
            {
                if (reader.Field == ContentField.CorrelationId && reader.Value.AsText() is string id && InquiryNames.IsId(id))
                    return id;
            }
        }

        return message.Sequence.ToString();
    }

    // Rounded down, so that it is not executed late, but never to nothing while there is some time left.
    private static uint? SecondsLeft(LeasedMessage message, long nowMs) => message.ExpiresAtMs == long.MaxValue
        ? null
        : (uint)Math.Clamp((message.ExpiresAtMs - nowMs) / 1000, 1, uint.MaxValue);

    private static ReadOnlySpan<byte> TextOf(ContentValue value) => value.Kind is ValueKind.String or ValueKind.Symbol
        ? value.Bytes
        : Encoding.UTF8.GetBytes(value.AsText());

    private static bool IsTopic(ReadOnlySpan<byte> text) => TopicName.IsValid(text) && MqttText.IsValid(text);

    private static bool IsText(ReadOnlySpan<byte> text) => text.Length <= MqttText.MaximumBytes && MqttText.IsValid(text);

    private static bool AreText(List<MqttUserProperty> properties)
    {
        foreach (MqttUserProperty property in properties)
        {
            if (!IsText(property.Name) || !IsText(property.Value))
                return false;
        }

        return true;
    }

    private static bool IsText(string text) =>
        Encoding.UTF8.GetByteCount(text) <= MqttText.MaximumBytes && !text.Contains('\0', StringComparison.Ordinal);
}
