using System.Globalization;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Inquiries;
using Restante.Core.Reports;

namespace Restante.Heads.Amqp.Messages;

/// <summary>
/// A report on a command, as a message: the device's content with the command's id as correlation-id and the gateway's <c>number</c> and
/// <c>final</c>.
/// </summary>
internal static class ReportMessage
{
    public const string Kind = "report";

    public static void Write(ReportRecord report, ref MessageWriter writer)
    {
        writer.WriteHeader(new MessageHeader { Durable = true });
        CompoundScope annotations = writer.BeginMap(SectionKind.MessageAnnotations);
        writer.Entry(Annotations.SequenceNumber, report.FeedNumber);
        writer.Entry(Annotations.EnqueuedTime, new AmqpTimestamp(report.AtMs));
        writer.Entry(Annotations.Device, report.Device.Value);
        writer.Entry(Annotations.Kind, Kind);
        writer.EndMap(annotations);

        // Reports are numbered and marked as answers are.
        byte[] content = AnswerContent.Write(report.Content.Span, report.Command.ToString(), report.Number, report.IsFinal);
        string id = string.Create(CultureInfo.InvariantCulture, $"report-{report.Command.Value}-{report.Number}");
        ContentToAmqp.Write(content, ref writer, new Stamps { MessageId = id });
    }
}
