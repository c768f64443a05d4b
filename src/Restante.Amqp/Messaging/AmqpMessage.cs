using System.Buffers;
using Restante.Amqp.Types;

namespace Restante.Amqp.Messaging;

/// <summary>A message as objects, for clients and tests; servers read with <see cref="MessageReader"/>.</summary>
public sealed class AmqpMessage
{
    public MessageHeader? Header { get; set; }

    public AmqpMap? DeliveryAnnotations { get; set; }

    public AmqpMap? MessageAnnotations { get; set; }

    public MessageProperties? Properties { get; set; }

    public AmqpMap? ApplicationProperties { get; set; }

    public BodyKind BodyKind { get; private set; }

    /// <summary>The data sections, if the body is made of them.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> DataSections { get; private set; } = [];

    /// <summary>The sequence sections, if the body is made of them.</summary>
    public IReadOnlyList<IReadOnlyList<object?>> Sequences { get; private set; } = [];

    /// <summary>The value, if the body is one.</summary>
    public object? Value { get; private set; }

    public AmqpMap? Footer { get; set; }

    /// <summary>All data sections in one piece; empty for other bodies.</summary>
    public ReadOnlyMemory<byte> Data
    {
        get
        {
            if (DataSections.Count <= 1)
                return DataSections.Count == 0 ? default : DataSections[0];
            var joined = new ArrayBufferWriter<byte>();
            foreach (ReadOnlyMemory<byte> section in DataSections)
                joined.Write(section.Span);
            return joined.WrittenMemory;
        }
    }

    public static AmqpMessage FromData(params ReadOnlyMemory<byte>[] sections) =>
        new() { BodyKind = BodyKind.Data, DataSections = sections };

    public static AmqpMessage FromValue(object? value) => new() { BodyKind = BodyKind.Value, Value = value };

    public static AmqpMessage FromSequence(params IReadOnlyList<object?>[] sequences) =>
        new() { BodyKind = BodyKind.Sequence, Sequences = sequences };

    /// <summary>Decodes and copies a whole message. The limits hold for the values of all its sections together.</summary>
    /// <exception cref="AmqpViolationException">The bytes are no message.</exception>
    public static AmqpMessage Decode(ReadOnlySpan<byte> encoded, DecodeLimits? limits = null)
    {
        limits ??= DecodeLimits.Default;
        int valuesLeft = limits.MaxValues;
        var message = new AmqpMessage();
        var reader = new MessageReader(encoded);
        if (reader.HasHeader)
            message.Header = reader.ReadHeader();
        if (reader.HasProperties)
            message.Properties = reader.Properties.ToProperties();
        message.BodyKind = reader.BodyKind;
        List<ReadOnlyMemory<byte>>? data = null;
        List<IReadOnlyList<object?>>? sequences = null;
        var sections = new SectionReader(encoded);
        while (sections.Next())
        {
            var value = new AmqpReader(sections.Value);
            switch (sections.Kind)
            {
                case SectionKind.DeliveryAnnotations:
                    message.DeliveryAnnotations = value.ReadMapValue(limits, ref valuesLeft);
                    break;
                case SectionKind.MessageAnnotations:
                    message.MessageAnnotations = value.ReadMapValue(limits, ref valuesLeft);
                    break;
                case SectionKind.ApplicationProperties:
                    message.ApplicationProperties = value.ReadMapValue(limits, ref valuesLeft);
                    break;
                case SectionKind.Data:
                    (data ??= []).Add(value.ReadBinary().ToArray());
                    break;
                case SectionKind.AmqpSequence:
                    (sequences ??= []).Add((List<object?>)value.ReadValue(limits, ref valuesLeft)!);
                    break;
                case SectionKind.AmqpValue:
                    message.Value = value.ReadValue(limits, ref valuesLeft);
                    break;
                case SectionKind.Footer:
                    message.Footer = value.ReadMapValue(limits, ref valuesLeft);
                    break;
                default:
                    break;
            }
        }

        message.DataSections = data ?? message.DataSections;
        message.Sequences = sequences ?? message.Sequences;
        return message;
    }

    public void Encode(IBufferWriter<byte> output)
    {
        using var writer = new MessageWriter(output);
        if (Header is { } header)
            writer.WriteHeader(header);
        writer.WriteDeliveryAnnotations(DeliveryAnnotations);
        writer.WriteMessageAnnotations(MessageAnnotations);
        if (Properties is not null)
            writer.WriteProperties(Properties);
        writer.WriteApplicationProperties(ApplicationProperties);
        switch (BodyKind)
        {
            case BodyKind.Data:
                foreach (ReadOnlyMemory<byte> section in DataSections)
                    writer.WriteData(section.Span);
                break;
            case BodyKind.Sequence:
                foreach (IReadOnlyList<object?> sequence in Sequences)
                    writer.WriteSequence(sequence);
                break;
            case BodyKind.Value:
                writer.WriteValue(Value);
                break;
            default:
                break;
        }

        writer.WriteFooter(Footer);
    }

    public byte[] Encode()
    {
        var output = new ArrayBufferWriter<byte>();
        Encode(output);
        return output.WrittenSpan.ToArray();
    }
}
