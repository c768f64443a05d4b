using System.Buffers;
using System.Text.Json;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Mailboxes;

namespace Restante.Heads.Amqp.Messages;

/// <summary>How a command ended, as a message.</summary>
internal static class OutcomeMessage
{
    public static void Write(OutcomeRecord outcome, ref MessageWriter writer)
    {
        writer.WriteHeader(new MessageHeader { Durable = true });
        CompoundScope annotations = writer.BeginMap(SectionKind.MessageAnnotations);
        writer.Entry(Annotations.SequenceNumber, outcome.Number);
        writer.Entry(Annotations.EnqueuedTime, new AmqpTimestamp(outcome.AtMs));
        writer.EndMap(annotations);
        writer.WriteProperties(new MessageProperties
        {
            MessageId = $"outcome-{outcome.Number}",
            CorrelationId = outcome.MessageId ?? outcome.Sequence.ToString(),
            Subject = outcome.Outcome.Name(),
            ContentType = "application/json",
            CreationTime = new AmqpTimestamp(outcome.AtMs),
        });
        CompoundScope properties = writer.BeginMap(SectionKind.ApplicationProperties);
        writer.Entry("outcome", outcome.Outcome.Name());
        writer.Entry("device", outcome.Device.Value);
        writer.Entry("command-id", outcome.Sequence.ToString());
        writer.Entry("delivery-count", (object)outcome.DeliveryCount);
        if (outcome.Reason is not null)
            writer.Entry("reason", outcome.Reason);
        writer.EndMap(properties);
        writer.WriteData(Json(outcome));
    }

    private static ReadOnlySpan<byte> Json(OutcomeRecord outcome)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("commandId", outcome.Sequence.ToString());
            json.WriteString("messageId", outcome.MessageId);
            json.WriteString("device", outcome.Device.Value);
            json.WriteString("outcome", outcome.Outcome.Name());
            json.WriteString("reason", outcome.Reason);
            json.WriteNumber("deliveryCount", outcome.DeliveryCount);
            json.WriteString("enqueuedAt", DateTimeOffset.FromUnixTimeMilliseconds(outcome.EnqueuedAtMs));
            json.WriteString("at", DateTimeOffset.FromUnixTimeMilliseconds(outcome.AtMs));
            json.WriteEndObject();
        }

        return output.WrittenSpan;
    }
}
