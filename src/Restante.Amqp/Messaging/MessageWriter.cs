using System.Buffers;
using Restante.Amqp.Types;

namespace Restante.Amqp.Messaging;

/// <summary>Encodes a message section by section, in their order, into a buffer. Dispose it when done: it may hold a
/// pooled array. [AMQP 3.2]</summary>
public ref struct MessageWriter
{
    private readonly IBufferWriter<byte> _output;
    private AmqpWriter _writer;

    public MessageWriter(IBufferWriter<byte> output) => _output = output;

    public void Dispose() => _writer.Dispose();

    public void WriteHeader(in MessageHeader header)
    {
        _writer.WriteDescriptor(Descriptors.Header);
        CompoundScope list = _writer.BeginCompound();
        _writer.Boolean(header.Durable ? true : null);
        _writer.UByte(header.Priority == MessageHeader.DefaultPriority ? null : header.Priority);
        _writer.UInt(header.TtlMs);
        _writer.Boolean(header.FirstAcquirer ? true : null);
        _writer.UInt(header.DeliveryCount == 0 ? null : header.DeliveryCount);
        _writer.EndFields(list);
        Flush();
    }

    /// <summary>Writes the section unless the map is empty or null. Keys must be symbols.</summary>
    public void WriteDeliveryAnnotations(AmqpMap? annotations) => WriteMap(Descriptors.DeliveryAnnotations, annotations);

    /// <summary>Writes the section unless the map is empty or null. Keys must be symbols.</summary>
    public void WriteMessageAnnotations(AmqpMap? annotations) => WriteMap(Descriptors.MessageAnnotations, annotations);

    /// <summary>Writes the section unless the map is empty or null. Keys must be strings, values simple.</summary>
    public void WriteApplicationProperties(AmqpMap? properties) => WriteMap(Descriptors.ApplicationProperties, properties);

    public void WriteFooter(AmqpMap? footer) => WriteMap(Descriptors.Footer, footer);

    /// <summary>Starts an annotations, application-properties or footer section whose entries are written one by one with
    /// <c>Entry</c>; end it with <see cref="EndMap"/>.</summary>
    public CompoundScope BeginMap(SectionKind kind)
    {
        _writer.WriteDescriptor((ulong)kind);
        return _writer.BeginCompound();
    }

    /// <summary>Writes an entry with a string key (application properties).</summary>
    public void Entry(string key, object? value)
    {
        _writer.WriteString(key);
        _writer.WriteValue(value);
    }

    /// <summary>Writes an entry with a symbol key (annotations).</summary>
    public void Entry(Symbol key, object? value)
    {
        _writer.WriteSymbol(key);
        _writer.WriteValue(value);
    }

    /// <summary>Writes an entry with a symbol key and a 64-bit value, without boxing it.</summary>
    public void Entry(Symbol key, long value)
    {
        _writer.WriteSymbol(key);
        _writer.WriteLong(value);
    }

    /// <summary>Writes an entry with a symbol key and a time, without boxing it.</summary>
    public void Entry(Symbol key, AmqpTimestamp value)
    {
        _writer.WriteSymbol(key);
        _writer.WriteTimestamp(value);
    }

    /// <summary>Copies an entry that is encoded already.</summary>
    public void RawEntry(scoped ReadOnlySpan<byte> encodedKey, scoped ReadOnlySpan<byte> encodedValue)
    {
        _writer.WriteRaw(encodedKey);
        _writer.WriteRaw(encodedValue);
    }

    public void EndMap(CompoundScope scope)
    {
        _writer.EndMap(scope);
        Flush();
    }

    public void WriteProperties(MessageProperties properties)
    {
        _writer.WriteDescriptor(Descriptors.Properties);
        CompoundScope list = _writer.BeginCompound();
        _writer.WriteValue(properties.MessageId);
        _writer.Binary(properties.UserId);
        _writer.String(properties.To);
        _writer.String(properties.Subject);
        _writer.String(properties.ReplyTo);
        _writer.WriteValue(properties.CorrelationId);
        _writer.Symbol(properties.ContentType);
        _writer.Symbol(properties.ContentEncoding);
        _writer.Timestamp(properties.AbsoluteExpiryTime);
        _writer.Timestamp(properties.CreationTime);
        _writer.String(properties.GroupId);
        _writer.UInt(properties.GroupSequence);
        _writer.String(properties.ReplyToGroupId);
        _writer.EndFields(list);
        Flush();
    }

    /// <summary>Writes a data section; it may be called several times.</summary>
    public void WriteData(ReadOnlySpan<byte> data)
    {
        Span<byte> head = _output.GetSpan(8);
        head[0] = (byte)FormatCode.Described;
        head[1] = (byte)FormatCode.SmallULong;
        head[2] = (byte)SectionKind.Data;
        if (data.Length <= byte.MaxValue)
        {
            head[3] = (byte)FormatCode.VBin8;
            head[4] = (byte)data.Length;
            _output.Advance(5);
        }
        else
        {
            head[3] = (byte)FormatCode.VBin32;
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(head[4..], data.Length);
            _output.Advance(8);
        }

        _output.Write(data);
    }

    public void WriteValue(object? value)
    {
        _writer.WriteDescriptor(Descriptors.AmqpValue);
        _writer.WriteValue(value);
        Flush();
    }

    /// <summary>Writes an amqp-sequence section; it may be called several times.</summary>
    public void WriteSequence(IReadOnlyList<object?> items)
    {
        _writer.WriteDescriptor(Descriptors.AmqpSequence);
        CompoundScope scope = _writer.BeginCompound();
        foreach (object? item in items)
            _writer.WriteValue(item);
        _writer.EndList(scope);
        Flush();
    }

    /// <summary>Copies whole sections that are encoded already, for example a bare message.</summary>
    public void WriteRawSections(ReadOnlySpan<byte> sections) => _output.Write(sections);

    private void WriteMap(ulong descriptor, AmqpMap? map)
    {
        if (map is null || map.Count == 0)
            return;
        _writer.WriteDescriptor(descriptor);
        _writer.WriteMap(map);
        Flush();
    }

    private void Flush()
    {
        _output.Write(_writer.Written);
        _writer.Clear();
    }
}
