using System.Buffers;

namespace Restante.Core.Messages;

/// <summary>
/// The content of a message as an object, for places that are not hot (REST, the desk, events). Its encoded form is what stores keep and
/// heads translate; see <see cref="ContentWriter"/> and <see cref="ContentReader"/>.
/// </summary>
public sealed record MessageContent
{
    /// <summary>The form of the body.</summary>
    public BodyKind BodyKind { get; init; } = BodyKind.Binary;

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The sender's id, as text.</summary>
    public string? MessageId { get; init; }

    /// <summary>What it is about, as text.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>A summary of content and purpose.</summary>
    public string? Subject { get; init; }

    /// <summary>Where to answer to.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>The MIME type of the body.</summary>
    public string? ContentType { get; init; }

    /// <summary>The content encoding of the body.</summary>
    public string? ContentEncoding { get; init; }

    /// <summary>When the sender says it made the message, in milliseconds since the Unix epoch.</summary>
    public long? CreationTimeMs { get; init; }

    /// <summary>Properties of the application in the order of writing; typed values shown as text.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Properties { get; init; } = [];

    /// <summary>The encoded form.</summary>
    public byte[] Encode()
    {
        var output = new ArrayBufferWriter<byte>(Body.Length + 128);
        var writer = new ContentWriter(output, BodyKind);
        writer.Text(ContentField.MessageId, MessageId);
        writer.Text(ContentField.CorrelationId, CorrelationId);
        writer.Text(ContentField.Subject, Subject);
        writer.Text(ContentField.ReplyTo, ReplyTo);
        writer.Text(ContentField.ContentType, ContentType);
        writer.Text(ContentField.ContentEncoding, ContentEncoding);
        if (CreationTimeMs is long at)
            writer.Timestamp(ContentField.CreationTime, at);
        foreach ((string name, string value) in Properties)
            writer.Property(name, value);
        writer.Body(Body.Span);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads the encoded form; the body is a slice of it.</summary>
    public static MessageContent Decode(ReadOnlyMemory<byte> content)
    {
        var reader = new ContentReader(content.Span);
        string?[] texts = new string?[(int)ContentField.Property];
        long? created = null;
        List<KeyValuePair<string, string>>? properties = null;
        while (reader.Read())
        {
            if (reader.Field == ContentField.Property)
                (properties ??= []).Add(new(reader.NameText, reader.Value.AsText()));
            else if (reader.Field == ContentField.CreationTime)
                created = reader.Value.Kind == ValueKind.Timestamp ? reader.Value.AsInt64() : null;
            else if (reader.Field < ContentField.Property)
                texts[(int)reader.Field] = reader.Value.AsText();
        }

        return new MessageContent
        {
            BodyKind = reader.BodyKind,
            Body = content[^reader.Body.Length..],
            MessageId = texts[(int)ContentField.MessageId],
            CorrelationId = texts[(int)ContentField.CorrelationId],
            Subject = texts[(int)ContentField.Subject],
            ReplyTo = texts[(int)ContentField.ReplyTo],
            ContentType = texts[(int)ContentField.ContentType],
            ContentEncoding = texts[(int)ContentField.ContentEncoding],
            CreationTimeMs = created,
            Properties = properties ?? (IReadOnlyList<KeyValuePair<string, string>>)[],
        };
    }
}
