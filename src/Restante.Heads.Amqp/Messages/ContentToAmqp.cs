using System.Text;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Messages;
using CoreBody = Restante.Core.Messages.BodyKind;

namespace Restante.Heads.Amqp.Messages;

/// <summary>Writes the gateway's content as the bare message of AMQP: properties, application properties and body.</summary>
internal static class ContentToAmqp
{
    /// <summary>Writes the sections.</summary>
    /// <param name="content">The content.</param>
    /// <param name="writer">Header and annotations have been written.</param>
    /// <param name="stamps">What the gateway adds.</param>
    public static void Write(ReadOnlySpan<byte> content, ref MessageWriter writer, in Stamps stamps)
    {
        var properties = new MessageProperties();
        var fields = new ContentReader(content);
        int named = 0;
        while (fields.Read())
        {
            if (fields.Field == ContentField.Property)
                named++;
            else
                Set(properties, fields.Field, fields.Value);
        }

        properties.MessageId ??= stamps.MessageId;
        properties.CorrelationId = stamps.CorrelationId ?? properties.CorrelationId;
        properties.ReplyTo = stamps.ReplyTo ?? properties.ReplyTo;
        if (stamps.ExpiresAtMs != long.MaxValue)
            properties.AbsoluteExpiryTime = new AmqpTimestamp(stamps.ExpiresAtMs);
        writer.WriteProperties(properties);
        if (named > 0)
            WriteApplicationProperties(content, ref writer, named);
        WriteBody(ref writer, fields.BodyKind, fields.Body);
    }

    private static void WriteBody(ref MessageWriter writer, CoreBody kind, ReadOnlySpan<byte> body)
    {
        switch (kind)
        {
            case CoreBody.Text:
                writer.WriteValue(Encoding.UTF8.GetString(body));
                break;
            case CoreBody.BinaryValue:
                writer.WriteValue(body.ToArray());
                break;
            case CoreBody.AmqpEncoded:
                writer.WriteRawSections(body);
                break;
            default:
                writer.WriteData(body);
                break;
        }
    }

    private static void Set(MessageProperties properties, ContentField field, in ContentValue value)
    {
        switch (field)
        {
            case ContentField.MessageId:
                properties.MessageId = Id(value);
                break;
            case ContentField.CorrelationId:
                properties.CorrelationId = Id(value);
                break;
            case ContentField.UserId:
                properties.UserId = value.Bytes.ToArray();
                break;
            case ContentField.To:
                properties.To = value.AsText();
                break;
            case ContentField.Subject:
                properties.Subject = value.AsText();
                break;
            case ContentField.ReplyTo:
                properties.ReplyTo = value.AsText();
                break;
            case ContentField.ContentType:
                properties.ContentType = Ascii(value);
                break;
            case ContentField.ContentEncoding:
                properties.ContentEncoding = Ascii(value);
                break;
            case ContentField.CreationTime:
                properties.CreationTime = new AmqpTimestamp(value.AsInt64());
                break;
            case ContentField.GroupId:
                properties.GroupId = value.AsText();
                break;
            case ContentField.GroupSequence:
                properties.GroupSequence = (uint)value.AsUInt64();
                break;
            case ContentField.ReplyToGroupId:
                properties.ReplyToGroupId = value.AsText();
                break;
            default:
                break;
        }
    }

    // A content type from MQTT may hold any text; a symbol is ASCII. [AMQP 1.6.21]
    private static Symbol? Ascii(in ContentValue value)
    {
        string text = value.AsText();
        return System.Text.Ascii.IsValid(text) ? new Symbol(text) : default(Symbol?);
    }

    private static object Id(in ContentValue value) => value.Kind switch
    {
        ValueKind.ULong => value.AsUInt64(),
        ValueKind.Uuid => new Guid(value.Bytes, bigEndian: true),
        ValueKind.Binary => value.Bytes.ToArray(),
        _ => value.AsText(),
    };

    // A map has each key once: of several properties of one name (MQTT allows that) the first is kept. [AMQP 1.6.23]
    private static void WriteApplicationProperties(ReadOnlySpan<byte> content, ref MessageWriter writer, int count)
    {
        HashSet<string>? seen = count > 1 ? new HashSet<string>(count, StringComparer.Ordinal) : null;
        CompoundScope map = writer.BeginMap(SectionKind.ApplicationProperties);
        var key = new AmqpWriter(stackalloc byte[128]);
        var value = new AmqpWriter(stackalloc byte[256]);
        var fields = new ContentReader(content);
        while (fields.Read())
        {
            if (fields.Field != ContentField.Property || seen?.Add(fields.NameText) == false)
                continue;
            key.Clear();
            value.Clear();
            key.WriteString(fields.Name);
            Encode(fields.Value, ref value);
            writer.RawEntry(key.Written, value.Written);
        }

        key.Dispose();
        value.Dispose();
        writer.EndMap(map);
    }

    private static void Encode(in ContentValue value, ref AmqpWriter writer)
    {
        switch (value.Kind)
        {
            case ValueKind.Null:
                writer.WriteNull();
                break;
            case ValueKind.Boolean:
                writer.WriteBoolean(value.Bytes[0] != 0);
                break;
            case ValueKind.UByte:
                writer.WriteUByte(value.Bytes[0]);
                break;
            case ValueKind.UShort:
                writer.WriteUShort((ushort)value.AsUInt64());
                break;
            case ValueKind.UInt:
                writer.WriteUInt((uint)value.AsUInt64());
                break;
            case ValueKind.ULong:
                writer.WriteULong(value.AsUInt64());
                break;
            case ValueKind.Int:
                writer.WriteInt((int)value.AsInt64());
                break;
            case ValueKind.Long:
                writer.WriteLong(value.AsInt64());
                break;
            case ValueKind.Timestamp:
                writer.WriteTimestamp(new AmqpTimestamp(value.AsInt64()));
                break;
            case ValueKind.Uuid:
                writer.WriteUuid(new Guid(value.Bytes, bigEndian: true));
                break;
            case ValueKind.Binary:
                writer.WriteBinary(value.Bytes);
                break;
            case ValueKind.String:
                writer.WriteString(value.Bytes);
                break;
            case ValueKind.Symbol:
                writer.WriteSymbol(value.Bytes);
                break;
            default:
                EncodeFixed(value, ref writer);
                break;
        }
    }

    private static void EncodeFixed(in ContentValue value, ref AmqpWriter writer)
    {
        (FormatCode code, bool littleEndian) = value.Kind switch
        {
            ValueKind.SByte => (FormatCode.Byte, false),
            ValueKind.Short => (FormatCode.Short, true),
            ValueKind.Float => (FormatCode.Float, true),
            ValueKind.Double => (FormatCode.Double, true),
            ValueKind.Char => (FormatCode.Char, true),
            ValueKind.Decimal32 => (FormatCode.Decimal32, false),
            ValueKind.Decimal64 => (FormatCode.Decimal64, false),
            _ => (FormatCode.Decimal128, false),
        };
        Span<byte> encoded = stackalloc byte[17];
        encoded[0] = (byte)code;
        value.Bytes.CopyTo(encoded[1..]);
        Span<byte> number = encoded.Slice(1, value.Bytes.Length);
        if (littleEndian)
            number.Reverse();
        writer.WriteRaw(encoded[..(1 + number.Length)]);
    }
}
