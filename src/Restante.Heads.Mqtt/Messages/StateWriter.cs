using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Restante.Core.Messages;
using Restante.Core.States;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Messages;

/// <summary>Turns a state document, or its desired part, into a PUBLISH, for either version.</summary>
internal static class StateWriter
{
    /// <summary>Sends the desired part to <c>state/desired</c>, below a prefix that is empty or <c>devices/{id}/</c>.</summary>
    public static MqttSendResult SendDesired(
        MqttConnection engine, string prefix, StateContent desired, MqttQos qos, ReadOnlySpan<uint> subscriptionIds) =>
        Send(engine, prefix + "state/desired", desired.Version, [], desired.Json.Span, qos, subscriptionIds);

    /// <summary>Sends the document to <c>state/document</c>.</summary>
    /// <param name="engine">The connection.</param>
    /// <param name="prefix">What stands before the topic: empty, or <c>devices/{id}/</c> for a device behind the one that is
    /// connected.</param>
    /// <param name="document">The document.</param>
    /// <param name="correlation">What the request gave to know its answer by; empty for nothing.</param>
    /// <param name="qos">The QoS.</param>
    /// <param name="subscriptionIds">The identifiers of the matching subscriptions.</param>
    public static MqttSendResult SendDocument(
        MqttConnection engine,
        string prefix,
        StateDocument document,
        ReadOnlySpan<byte> correlation,
        MqttQos qos,
        ReadOnlySpan<uint> subscriptionIds)
    {
        var output = new ArrayBufferWriter<byte>(document.Desired.Json.Length + document.Reported.Json.Length + 128);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            Write(json, "desired", document.Desired);
            Write(json, "reported", document.Reported);
            json.WriteEndObject();
        }

        return Send(engine, prefix + "state/document", document.Desired.Version, correlation, output.WrittenSpan, qos, subscriptionIds);
    }

    /// <summary>What a request gave to know its answer by; empty for nothing, null when its property bag is malformed.</summary>
    public static byte[]? CorrelationOf(in PublishPacket packet, ReadOnlySpan<byte> bag)
    {
        if (bag.IsEmpty)
            return packet.Properties.IsEmpty ? [] : packet.CorrelationData.ToArray();
        byte[] correlation = [];
        var reader = new PropertyBag(bag, new byte[bag.Length]);
        while (reader.Read())
        {
            if (FieldNames.FieldOf(reader.Name, inBag: true) == ContentField.CorrelationId)
                correlation = reader.Value.ToArray();
        }

        return reader.IsMalformed ? null : correlation;
    }

    private static MqttSendResult Send(
        MqttConnection engine, string topic, long version, ReadOnlySpan<byte> correlation, ReadOnlySpan<byte> payload, MqttQos qos,
        ReadOnlySpan<uint> subscriptionIds)
    {
        string versionText = version.ToString(CultureInfo.InvariantCulture);
        if (engine.Version == MqttVersion.V500)
        {
            return engine.Send(new OutgoingMessage
            {
                Topic = Encoding.ASCII.GetBytes(topic),
                Payload = payload,
                Qos = qos,
                PayloadFormatIndicator = 1,
                ContentType = "application/json"u8,
                CorrelationData = correlation,
                SubscriptionIdentifiers = subscriptionIds,
                UserProperties = (MqttUserProperty[])[new(FieldNames.Version, versionText)],
            });
        }

        var bag = new StringBuilder(topic).Append('/');
        PropertyBag.Append(bag, FieldNames.Version, versionText);
        PropertyBag.Append(bag, FieldNames.Short(ContentField.ContentType), "application/json");
        if (!correlation.IsEmpty)
            PropertyBag.Append(bag, FieldNames.Short(ContentField.CorrelationId), Encoding.UTF8.GetString(correlation));
        return engine.Send(new OutgoingMessage { Topic = Encoding.ASCII.GetBytes(bag.ToString()), Payload = payload, Qos = qos });
    }

    private static void Write(Utf8JsonWriter json, string name, StateContent part)
    {
        json.WriteStartObject(name);
        json.WriteNumber("version", part.Version);
        if (part.ChangedAtMs > 0)
            json.WriteString("changedAt", DateTimeOffset.FromUnixTimeMilliseconds(part.ChangedAtMs));
        json.WritePropertyName("content");
        json.WriteRawValue(part.Json.Span, skipInputValidation: true);
        json.WriteEndObject();
    }
}
