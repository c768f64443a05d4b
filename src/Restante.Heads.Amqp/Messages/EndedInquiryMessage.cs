using System.Buffers;
using System.Text.Json;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Inquiries;

namespace Restante.Heads.Amqp.Messages;

/// <summary>The end of an inquiry that its handlers did not bring about, as a message.</summary>
internal static class EndedInquiryMessage
{
    public static void Write(EndedInquiry ended, ref MessageWriter writer)
    {
        writer.WriteHeader(new MessageHeader { Durable = true });
        CompoundScope annotations = writer.BeginMap(SectionKind.MessageAnnotations);
        writer.Entry(Annotations.SequenceNumber, ended.Number);
        writer.Entry(Annotations.EnqueuedTime, new AmqpTimestamp(ended.AtMs));
        writer.Entry(Annotations.Device, ended.Device.Value);
        writer.EndMap(annotations);
        writer.WriteProperties(new MessageProperties
        {
            MessageId = $"ended-{ended.Number}",
            CorrelationId = ended.Inquiry.ToString(),
            Subject = ended.Outcome.Name(),
            ContentType = "application/json",
            CreationTime = new AmqpTimestamp(ended.AtMs),
        });
        CompoundScope properties = writer.BeginMap(SectionKind.ApplicationProperties);
        writer.Entry("outcome", ended.Outcome.Name());
        writer.Entry("device", ended.Device.Value);
        writer.Entry("inquiry-id", ended.Id);
        if (ended.Handler is not null)
            writer.Entry("handler", ended.Handler);
        writer.Entry("answers", (object)ended.Answers);
        writer.EndMap(properties);
        writer.WriteData(Json(ended));
    }

    private static ReadOnlySpan<byte> Json(EndedInquiry ended)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("inquiry", ended.Inquiry.ToString());
            json.WriteString("id", ended.Id);
            json.WriteString("subject", ended.Subject);
            json.WriteString("device", ended.Device.Value);
            json.WriteString("outcome", ended.Outcome.Name());
            json.WriteString("handler", ended.Handler);
            json.WriteNumber("answers", ended.Answers);
            json.WriteString("at", DateTimeOffset.FromUnixTimeMilliseconds(ended.AtMs));
            json.WriteEndObject();
        }

        return output.WrittenSpan;
    }
}
