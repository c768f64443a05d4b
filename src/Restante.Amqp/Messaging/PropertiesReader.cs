using System.Text;
using Restante.Amqp.Types;

namespace Restante.Amqp.Messaging;

/// <summary>The properties of an encoded message as ranges of its bytes. [AMQP 3.2.4]</summary>
public readonly ref struct PropertiesReader
{
    private readonly ReadOnlySpan<byte> _absoluteExpiryTime;
    private readonly ReadOnlySpan<byte> _creationTime;
    private readonly ReadOnlySpan<byte> _groupSequence;

    internal PropertiesReader(ReadOnlySpan<byte> list)
    {
        if (list.IsEmpty)
            return;
        ItemReader items = new AmqpReader(list).ReadList();
        MessageIdRaw = CheckId(items.NextRaw());
        UserId = Binary(items.NextRaw());
        ToRaw = String(items.NextRaw());
        SubjectRaw = String(items.NextRaw());
        ReplyToRaw = String(items.NextRaw());
        CorrelationIdRaw = CheckId(items.NextRaw());
        ContentTypeRaw = SymbolText(items.NextRaw());
        ContentEncodingRaw = SymbolText(items.NextRaw());
        _absoluteExpiryTime = items.NextRaw();
        _creationTime = items.NextRaw();
        GroupIdRaw = String(items.NextRaw());
        _groupSequence = items.NextRaw();
        ReplyToGroupIdRaw = String(items.NextRaw());
    }

    /// <summary>The encoded message-id (ulong, uuid, binary or string); empty if absent. Equal ids in the same encoding
    /// are equal bytes.</summary>
    public ReadOnlySpan<byte> MessageIdRaw { get; }

    public ReadOnlySpan<byte> UserId { get; }

    /// <summary>UTF-8; empty if absent.</summary>
    public ReadOnlySpan<byte> ToRaw { get; }

    /// <summary>UTF-8; empty if absent.</summary>
    public ReadOnlySpan<byte> SubjectRaw { get; }

    /// <summary>UTF-8; empty if absent.</summary>
    public ReadOnlySpan<byte> ReplyToRaw { get; }

    /// <summary>The encoded correlation-id; empty if absent.</summary>
    public ReadOnlySpan<byte> CorrelationIdRaw { get; }

    /// <summary>ASCII; empty if absent.</summary>
    public ReadOnlySpan<byte> ContentTypeRaw { get; }

    /// <summary>ASCII; empty if absent.</summary>
    public ReadOnlySpan<byte> ContentEncodingRaw { get; }

    /// <summary>UTF-8; empty if absent.</summary>
    public ReadOnlySpan<byte> GroupIdRaw { get; }

    /// <summary>UTF-8; empty if absent.</summary>
    public ReadOnlySpan<byte> ReplyToGroupIdRaw { get; }

    public AmqpTimestamp? AbsoluteExpiryTime => Timestamp(_absoluteExpiryTime);

    public AmqpTimestamp? CreationTime => Timestamp(_creationTime);

    public uint? GroupSequence => _groupSequence.IsEmpty ? null : new AmqpReader(_groupSequence).ReadUInt();

    public string? To => Text(ToRaw);

    public string? Subject => Text(SubjectRaw);

    public string? ReplyTo => Text(ReplyToRaw);

    public string? ContentType => Text(ContentTypeRaw);

    public string? ContentEncoding => Text(ContentEncodingRaw);

    /// <summary>The message-id as <see cref="ulong"/>, <see cref="Guid"/>, byte[] or string, or null.</summary>
    public object? MessageId => Id(MessageIdRaw);

    /// <summary>The correlation-id as <see cref="ulong"/>, <see cref="Guid"/>, byte[] or string, or null.</summary>
    public object? CorrelationId => Id(CorrelationIdRaw);

    /// <summary>The message-id as text: a string as it is, a ulong in decimal, a uuid with hyphens, binary in hexadecimal.</summary>
    public string? MessageIdText => IdText(MessageIdRaw);

    /// <summary>The correlation-id as text, as <see cref="MessageIdText"/>.</summary>
    public string? CorrelationIdText => IdText(CorrelationIdRaw);

    /// <summary>Decodes all fields into an object.</summary>
    public MessageProperties ToProperties() => new()
    {
        MessageId = MessageId,
        UserId = UserId.IsEmpty ? default(ReadOnlyMemory<byte>?) : UserId.ToArray(),
        To = To,
        Subject = Subject,
        ReplyTo = ReplyTo,
        CorrelationId = CorrelationId,
        ContentType = ContentType is { } type ? new Symbol(type) : default(Symbol?),
        ContentEncoding = ContentEncoding is { } encoding ? new Symbol(encoding) : default(Symbol?),
        AbsoluteExpiryTime = AbsoluteExpiryTime,
        CreationTime = CreationTime,
        GroupId = Text(GroupIdRaw),
        GroupSequence = GroupSequence,
        ReplyToGroupId = Text(ReplyToGroupIdRaw),
    };

    private static ReadOnlySpan<byte> CheckId(ReadOnlySpan<byte> raw)
    {
        if (!raw.IsEmpty && !IsId((FormatCode)raw[0]))
            throw AmqpViolationException.Decode("A message-id is neither ulong, uuid, binary nor string.");
        return raw;
    }

    private static bool IsId(FormatCode code) => code is FormatCode.ULong0 or FormatCode.SmallULong or FormatCode.ULong
        or FormatCode.Uuid or FormatCode.VBin8 or FormatCode.VBin32 or FormatCode.Str8 or FormatCode.Str32;

    private static ReadOnlySpan<byte> Binary(ReadOnlySpan<byte> raw) => raw.IsEmpty ? default : new AmqpReader(raw).ReadBinary();

    private static ReadOnlySpan<byte> String(ReadOnlySpan<byte> raw) => raw.IsEmpty ? default : new AmqpReader(raw).ReadStringBytes();

    private static ReadOnlySpan<byte> SymbolText(ReadOnlySpan<byte> raw) =>
        raw.IsEmpty ? default : new AmqpReader(raw).ReadSymbolBytes();

    private static AmqpTimestamp? Timestamp(ReadOnlySpan<byte> raw) => raw.IsEmpty ? null : new AmqpReader(raw).ReadTimestamp();

    private static string? Text(ReadOnlySpan<byte> text) => text.IsEmpty ? null : Encoding.UTF8.GetString(text);

    private static object? Id(ReadOnlySpan<byte> raw) => raw.IsEmpty ? null : new AmqpReader(raw).ReadValue();

    private static string? IdText(ReadOnlySpan<byte> raw) => Id(raw) switch
    {
        null => null,
        string text => text,
        byte[] bytes => Convert.ToHexStringLower(bytes),
        Guid uuid => uuid.ToString("D"),
        object number => Convert.ToString(number, System.Globalization.CultureInfo.InvariantCulture),
    };
}
