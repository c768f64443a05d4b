using System.Buffers;
using System.Buffers.Binary;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Messages;
using CoreBody = Restante.Core.Messages.BodyKind;

namespace Restante.Heads.Amqp.Messages;

/// <summary>
/// Turns an AMQP message into the gateway's content: properties and application properties with their types, and the body. Annotations and
/// footers of the sender are not kept.
/// </summary>
internal static class ContentFromAmqp
{
    /// <summary>The most values, and their deepest nesting, in a body of AMQP types.</summary>
    private static readonly DecodeLimits s_bodyLimits = new(MaxDepth: 32, MaxValues: 65_536);

    /// <summary>Writes the content.</summary>
    /// <param name="message">The message.</param>
    /// <param name="output">Where to.</param>
    /// <param name="wishes">
    /// The names of application properties that are wishes of the sender at this address (<see cref="WishNames"/>): they are for the
    /// gateway and are not handed on.
    /// </param>
    /// <exception cref="AmqpViolationException">The message is malformed.</exception>
    /// <exception cref="FormatException">An application property is not of a simple type.</exception>
    public static void Write(in MessageReader message, IBufferWriter<byte> output, byte[][] wishes)
    {
        CoreBody kind = Kind(message, out ReadOnlySpan<byte> body);
        var writer = new ContentWriter(output, kind);
        WriteProperties(message.Properties, writer);
        MapReader map = message.ApplicationProperties;
        while (map.Next())
        {
            if ((FormatCode)map.RawKey[0] is not (FormatCode.Str8 or FormatCode.Str32 or FormatCode.Sym8 or FormatCode.Sym32))
                throw new FormatException("An application property has a name that is not text."); // [AMQP 3.2.5]
            if (!IsWish(map.KeyText, wishes))
                WriteProperty(writer, map.KeyText, map.Value);
        }

        if (message.BodyKind == Restante.Amqp.Messaging.BodyKind.Data && message.BodySectionCount > 1)
        {
            writer.EndFields();
            WriteAllData(message, output);
        }
        else
        {
            writer.Body(body);
        }
    }

    private static bool IsWish(ReadOnlySpan<byte> name, byte[][] wishes)
    {
        foreach (byte[] wish in wishes)
        {
            if (name.SequenceEqual(wish))
                return true;
        }

        return false;
    }

    private static CoreBody Kind(in MessageReader message, out ReadOnlySpan<byte> body)
    {
        if (message.TryGetData(out body) || message.BodySectionCount == 0 || message.BodyKind == Restante.Amqp.Messaging.BodyKind.Data)
            return CoreBody.Binary;
        if (message.TryGetValue(out AmqpReader value))
        {
            switch (value.Peek())
            {
                case FormatCode.Str8 or FormatCode.Str32:
                    body = value.ReadStringBytes();
                    return CoreBody.Text;
                case FormatCode.VBin8 or FormatCode.VBin32:
                    body = value.ReadBinary();
                    return CoreBody.BinaryValue;
                default:
                    break;
            }
        }

        body = message.Body;
        Check(body);
        return CoreBody.AmqpEncoded;
    }

    // The body goes on as it is: one that cannot be decoded must stop here and not at its receivers.
    private static void Check(ReadOnlySpan<byte> body)
    {
        int valuesLeft = s_bodyLimits.MaxValues;
        var sections = new SectionReader(body);
        while (sections.Next())
        {
            var value = new AmqpReader(sections.Value);
            _ = value.ReadValue(s_bodyLimits, ref valuesLeft);
        }
    }

    private static void WriteAllData(in MessageReader message, IBufferWriter<byte> output)
    {
        var sections = new SectionReader(message.Body);
        while (sections.Next())
        {
            var reader = new AmqpReader(sections.Value);
            output.Write(reader.ReadBinary());
        }
    }

    private static void WriteProperties(in PropertiesReader properties, ContentWriter writer)
    {
        Id(writer, ContentField.MessageId, properties.MessageIdRaw);
        if (!properties.UserId.IsEmpty)
            writer.Raw(ContentField.UserId, ValueKind.Binary, properties.UserId);
        Text(writer, ContentField.To, properties.ToRaw);
        Text(writer, ContentField.Subject, properties.SubjectRaw);
        Text(writer, ContentField.ReplyTo, properties.ReplyToRaw);
        Id(writer, ContentField.CorrelationId, properties.CorrelationIdRaw);
        Text(writer, ContentField.ContentType, properties.ContentTypeRaw);
        Text(writer, ContentField.ContentEncoding, properties.ContentEncodingRaw);
        if (properties.CreationTime is AmqpTimestamp created)
            writer.Timestamp(ContentField.CreationTime, created.UnixMilliseconds);
        Text(writer, ContentField.GroupId, properties.GroupIdRaw);
        if (properties.GroupSequence is uint sequence)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, sequence);
            writer.Raw(ContentField.GroupSequence, ValueKind.UInt, bytes);
        }

        Text(writer, ContentField.ReplyToGroupId, properties.ReplyToGroupIdRaw);
    }

    private static void Text(ContentWriter writer, ContentField field, ReadOnlySpan<byte> utf8)
    {
        if (!utf8.IsEmpty)
            writer.Raw(field, ValueKind.String, utf8);
    }

    private static void Id(ContentWriter writer, ContentField field, ReadOnlySpan<byte> raw)
    {
        if (raw.IsEmpty)
            return;
        Span<byte> scratch = stackalloc byte[16];
        ValueKind kind = Convert(new AmqpReader(raw), scratch, out ReadOnlySpan<byte> value);
        writer.Raw(field, kind, value);
    }

    private static void WriteProperty(ContentWriter writer, ReadOnlySpan<byte> name, AmqpReader value)
    {
        Span<byte> scratch = stackalloc byte[16];
        ValueKind kind = Convert(value, scratch, out ReadOnlySpan<byte> bytes);
        writer.Property(name, kind, bytes);
    }

    // The bytes are a slice of the message or of the scratch space.
    private static ValueKind Convert(AmqpReader value, Span<byte> scratch, out ReadOnlySpan<byte> bytes)
    {
        FormatCode code = value.Peek();
        switch (code)
        {
            case FormatCode.Null:
                bytes = default;
                return ValueKind.Null;
            case FormatCode.True or FormatCode.False or FormatCode.Boolean:
                scratch[0] = value.ReadBoolean() ? (byte)1 : (byte)0;
                return Done(ValueKind.Boolean, scratch[..1], out bytes);
            case FormatCode.UByte or FormatCode.Byte:
                scratch[0] = value.ReadRaw()[^1];
                return Done(code == FormatCode.UByte ? ValueKind.UByte : ValueKind.SByte, scratch[..1], out bytes);
            case FormatCode.UShort or FormatCode.Short:
                return Reverse(code == FormatCode.UShort ? ValueKind.UShort : ValueKind.Short, value, 2, scratch, out bytes);
            case FormatCode.UInt or FormatCode.SmallUInt or FormatCode.UInt0:
                BinaryPrimitives.WriteUInt32LittleEndian(scratch, value.ReadUInt());
                return Done(ValueKind.UInt, scratch[..4], out bytes);
            case FormatCode.ULong or FormatCode.SmallULong or FormatCode.ULong0:
                BinaryPrimitives.WriteUInt64LittleEndian(scratch, value.ReadULong());
                return Done(ValueKind.ULong, scratch[..8], out bytes);
            case FormatCode.Int or FormatCode.SmallInt:
                BinaryPrimitives.WriteInt32LittleEndian(scratch, value.ReadInt());
                return Done(ValueKind.Int, scratch[..4], out bytes);
            case FormatCode.Long or FormatCode.SmallLong:
                BinaryPrimitives.WriteInt64LittleEndian(scratch, value.ReadLong());
                return Done(ValueKind.Long, scratch[..8], out bytes);
            case FormatCode.Float:
                return Reverse(ValueKind.Float, value, 4, scratch, out bytes);
            case FormatCode.Double:
                return Reverse(ValueKind.Double, value, 8, scratch, out bytes);
            case FormatCode.Char:
                AmqpReader character = value;
                _ = character.ReadValue(); // [AMQP 1.6.16] Throws when it is no Unicode character.
                return Reverse(ValueKind.Char, value, 4, scratch, out bytes);
            case FormatCode.Timestamp:
                BinaryPrimitives.WriteInt64LittleEndian(scratch, value.ReadTimestamp().UnixMilliseconds);
                return Done(ValueKind.Timestamp, scratch[..8], out bytes);
            case FormatCode.Uuid:
                return Copy(ValueKind.Uuid, value, 16, scratch, out bytes);
            case FormatCode.Decimal32:
                return Copy(ValueKind.Decimal32, value, 4, scratch, out bytes);
            case FormatCode.Decimal64:
                return Copy(ValueKind.Decimal64, value, 8, scratch, out bytes);
            case FormatCode.Decimal128:
                return Copy(ValueKind.Decimal128, value, 16, scratch, out bytes);
            case FormatCode.VBin8 or FormatCode.VBin32:
                bytes = value.ReadBinary();
                return ValueKind.Binary;
            case FormatCode.Str8 or FormatCode.Str32:
                bytes = value.ReadStringBytes();
                return ValueKind.String;
            case FormatCode.Sym8 or FormatCode.Sym32:
                bytes = value.ReadSymbolBytes();
                return ValueKind.Symbol;
            default:
                throw new FormatException("An application property has a value that is not of a simple type.");
        }
    }

    private static ValueKind Done(ValueKind kind, Span<byte> value, out ReadOnlySpan<byte> bytes)
    {
        bytes = value;
        return kind;
    }

    private static ValueKind Reverse(ValueKind kind, AmqpReader value, int width, Span<byte> scratch, out ReadOnlySpan<byte> bytes)
    {
        value.ReadRaw()[^width..].CopyTo(scratch);
        scratch[..width].Reverse();
        bytes = scratch[..width];
        return kind;
    }

    private static ValueKind Copy(ValueKind kind, AmqpReader value, int width, Span<byte> scratch, out ReadOnlySpan<byte> bytes)
    {
        value.ReadRaw()[^width..].CopyTo(scratch);
        bytes = scratch[..width];
        return kind;
    }
}
