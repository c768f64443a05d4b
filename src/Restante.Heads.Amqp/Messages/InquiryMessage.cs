using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Inquiries;

namespace Restante.Heads.Amqp.Messages;

/// <summary>
/// An inquiry in the hands of a handler, as a message: its correlation-id is the inquiry's number and its reply-to the address of answers,
/// so that whoever answers as requests are answered everywhere does it right.
/// </summary>
internal static class InquiryMessage
{
    public const string Kind = "inquiry";

    public static void Write(TakenInquiry inquiry, long nowMs, ref MessageWriter writer)
    {
        writer.WriteHeader(new MessageHeader
        {
            Durable = true,
            TtlMs = (uint)Math.Clamp(inquiry.DeadlineMs - nowMs, 0, uint.MaxValue),
            DeliveryCount = (uint)(inquiry.DeliveryCount - 1),
        });
        CompoundScope annotations = writer.BeginMap(SectionKind.MessageAnnotations);
        writer.Entry(Annotations.SequenceNumber, inquiry.Number.Value);
        writer.Entry(Annotations.EnqueuedTime, new AmqpTimestamp(inquiry.AskedAtMs));
        writer.Entry(Annotations.LockedUntil, new AmqpTimestamp(inquiry.LeasedUntilMs));
        writer.Entry(Annotations.Lease, inquiry.Lease.ToString());
        writer.Entry(Annotations.Device, inquiry.Device.Value);
        writer.Entry(Annotations.Kind, Kind);
        writer.Entry(Annotations.Answers, (object)inquiry.Answers);
        writer.EndMap(annotations);
        ContentToAmqp.Write(inquiry.Content.Span, ref writer, new Stamps
        {
            MessageId = inquiry.Id,
            ExpiresAtMs = inquiry.DeadlineMs,
            CorrelationId = inquiry.Number.ToString(),
            ReplyTo = Addresses.Answers,
        });
    }
}
