using System.Globalization;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Streams;

namespace Restante.Heads.Amqp.Messages;

/// <summary>A record of a telemetry partition, or of the events, as a message.</summary>
internal static class StreamMessage
{
    /// <summary>Names a record among all records.</summary>
    public static string IdOf(StreamId stream, StreamRecord record) =>
        string.Create(CultureInfo.InvariantCulture, $"{stream}/{record.SequenceNumber}");

    /// <summary>Writes the sections.</summary>
    /// <param name="stream">Where the record stands.</param>
    /// <param name="record">The record.</param>
    /// <param name="skipped">How many records right before it retention had dropped before they were read.</param>
    /// <param name="writer">Nothing has been written.</param>
    public static void Write(StreamId stream, StreamRecord record, long skipped, ref MessageWriter writer)
    {
        CompoundScope annotations = writer.BeginMap(SectionKind.MessageAnnotations);
        writer.Entry(Annotations.SequenceNumber, record.SequenceNumber);
        writer.Entry(Annotations.Offset, record.Offset.ToString(CultureInfo.InvariantCulture));
        writer.Entry(Annotations.EnqueuedTime, new AmqpTimestamp(record.EnqueuedAtMs));
        writer.Entry(Annotations.Device, record.Source);
        if (record.Channel is not null)
            writer.Entry(Annotations.Channel, record.Channel);
        if (!stream.IsEvents)
            writer.Entry(Annotations.Partition, stream.Value);
        if (skipped > 0)
            writer.Entry(Annotations.Skipped, skipped);
        writer.EndMap(annotations);
        ContentToAmqp.Write(record.Content.Span, ref writer, new Stamps { MessageId = IdOf(stream, record) });
    }
}
