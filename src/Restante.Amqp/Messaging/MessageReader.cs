using Restante.Amqp.Types;

namespace Restante.Amqp.Messaging;

/// <summary>An encoded message as ranges of its bytes, found in one walk; fields are decoded when they are asked for.
/// Nothing is allocated. Every fault is an <see cref="AmqpViolationException"/> with <c>amqp:decode-error</c>.</summary>
public readonly ref struct MessageReader
{
    private readonly ReadOnlySpan<byte> _header;
    private readonly ReadOnlySpan<byte> _properties;
    private readonly ReadOnlySpan<byte> _deliveryAnnotations;
    private readonly ReadOnlySpan<byte> _messageAnnotations;
    private readonly ReadOnlySpan<byte> _applicationProperties;
    private readonly ReadOnlySpan<byte> _footer;

    /// <summary>Walks the message once and checks the order and the types of its sections.</summary>
    public MessageReader(ReadOnlySpan<byte> message)
    {
        int bodyStart = -1;
        int bodyEnd = 0;
        int bareStart = -1;
        int position = 0;
        var sections = new SectionReader(message);
        while (sections.Next())
        {
            int end = position + sections.Section.Length;
            if (bareStart < 0 && sections.Kind >= SectionKind.Properties && sections.Kind != SectionKind.Footer)
                bareStart = position;
            switch (sections.Kind)
            {
                case SectionKind.Header:
                    _header = sections.Value;
                    break;
                case SectionKind.DeliveryAnnotations:
                    _deliveryAnnotations = sections.Value;
                    break;
                case SectionKind.MessageAnnotations:
                    _messageAnnotations = sections.Value;
                    break;
                case SectionKind.Properties:
                    _properties = sections.Value;
                    break;
                case SectionKind.ApplicationProperties:
                    _applicationProperties = sections.Value;
                    break;
                case SectionKind.Footer:
                    _footer = sections.Value;
                    FooterSection = sections.Section;
                    break;
                default:
                    if (bodyStart < 0)
                        bodyStart = position;
                    bodyEnd = end;
                    BodyKind = (BodyKind)(sections.Kind - SectionKind.Data + 1);
                    BodySectionCount++;
                    break;
            }

            position = end;
        }

        Message = message;
        if (bodyStart >= 0)
            Body = message[bodyStart..bodyEnd];
        int footerLength = FooterSection.Length;
        BareMessage = bareStart < 0 ? default : message[bareStart..^footerLength];
    }

    /// <summary>The whole message.</summary>
    public ReadOnlySpan<byte> Message { get; }

    /// <summary>Properties, application properties and body as they came: the part that must not change on the way.</summary>
    public ReadOnlySpan<byte> BareMessage { get; }

    /// <summary>All body sections with their descriptors.</summary>
    public ReadOnlySpan<byte> Body { get; }

    /// <summary>The footer with its descriptor, or empty.</summary>
    public ReadOnlySpan<byte> FooterSection { get; }

    public BodyKind BodyKind { get; }

    public int BodySectionCount { get; }

    public bool HasHeader => !_header.IsEmpty;

    public bool HasProperties => !_properties.IsEmpty;

    /// <summary>The encoded map of the message annotations, without the descriptor; empty if absent.</summary>
    public ReadOnlySpan<byte> MessageAnnotationsRaw => _messageAnnotations;

    /// <summary>The encoded map of the application properties, without the descriptor; empty if absent.</summary>
    public ReadOnlySpan<byte> ApplicationPropertiesRaw => _applicationProperties;

    /// <summary>The encoded list of the properties, without the descriptor; empty if absent.</summary>
    public ReadOnlySpan<byte> PropertiesRaw => _properties;

    public MapReader DeliveryAnnotations => Map(_deliveryAnnotations);

    public MapReader MessageAnnotations => Map(_messageAnnotations);

    public MapReader ApplicationProperties => Map(_applicationProperties);

    public MapReader Footer => Map(_footer);

    /// <summary>The fields of the properties section as ranges; all absent if the section is.</summary>
    public PropertiesReader Properties => new(_properties);

    /// <summary>Decodes the header; defaults if it is absent.</summary>
    public MessageHeader ReadHeader()
    {
        if (_header.IsEmpty)
            return new MessageHeader();
        ItemReader items = new AmqpReader(_header).ReadList();
        return new MessageHeader
        {
            Durable = items.NextBoolean(absent: false),
            Priority = items.NextUByte(absent: MessageHeader.DefaultPriority),
            TtlMs = items.NextUInt(),
            FirstAcquirer = items.NextBoolean(absent: false),
            DeliveryCount = items.NextUInt(absent: 0),
        };
    }

    /// <summary>The bytes of a body that is exactly one data section; false for every other body.</summary>
    public bool TryGetData(out ReadOnlySpan<byte> data)
    {
        data = default;
        if (BodyKind != BodyKind.Data || BodySectionCount != 1)
            return false;
        var sections = new SectionReader(Body);
        sections.Next();
        data = new AmqpReader(sections.Value).ReadBinary();
        return true;
    }

    /// <summary>A reader at the value of an amqp-value body; false for every other body.</summary>
    public bool TryGetValue(out AmqpReader value)
    {
        value = default;
        if (BodyKind != BodyKind.Value)
            return false;
        var sections = new SectionReader(Body);
        sections.Next();
        value = new AmqpReader(sections.Value);
        return true;
    }

    private static MapReader Map(ReadOnlySpan<byte> map) => map.IsEmpty ? default : new AmqpReader(map).ReadMap();
}
