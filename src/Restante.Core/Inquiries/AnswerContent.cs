using System.Buffers;
using System.Buffers.Binary;
using Restante.Core.Messages;

namespace Restante.Core.Inquiries;

/// <summary>
/// The content of an answer as it stands in a mailbox: the handler's, with the inquiry's id as correlation-id, and the properties
/// <c>number</c> (its place among the answers, from 1) and <c>final</c>. What the handler wrote under these names is replaced. The property
/// <c>error</c> is the gateway's alone.
/// </summary>
public static class AnswerContent
{
    /// <summary>The property that holds the place among the answers.</summary>
    public const string Number = "number";

    /// <summary>The property that marks the last answer.</summary>
    public const string Final = "final";

    /// <summary>The property that says why there is no answer.</summary>
    public const string Error = "error";

    private const int Overhead = 160;

    /// <summary>True when a handler's content has the property by which only the gateway speaks.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a message's content.</exception>
    public static bool HasError(ReadOnlySpan<byte> content)
    {
        var reader = new ContentReader(content);
        while (reader.Read())
        {
            if (reader.Field == ContentField.Property && reader.Name.SequenceEqual("error"u8))
                return true;
        }

        return false;
    }

    /// <summary>Copies the content of a handler, with what the gateway adds.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a message's content.</exception>
    public static byte[] Write(ReadOnlySpan<byte> content, string inquiry, int number, bool isFinal)
    {
        var reader = new ContentReader(content);
        var output = new ArrayBufferWriter<byte>(content.Length + Overhead);
        var writer = new ContentWriter(output, reader.BodyKind);
        Add(writer, inquiry, number, isFinal);
        while (reader.Read())
        {
            if (reader.Field == ContentField.CorrelationId)
                continue;
            if (reader.Field != ContentField.Property)
                writer.Raw(reader.Field, reader.Value.Kind, reader.Value.Bytes);
            else if (!reader.Name.SequenceEqual("number"u8) && !reader.Name.SequenceEqual("final"u8))
                writer.Property(reader.Name, reader.Value.Kind, reader.Value.Bytes);
        }

        writer.Body(reader.Body);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The final answer by which a device is told that there will be none.</summary>
    public static byte[] WriteError(string inquiry, int number, string error)
    {
        var output = new ArrayBufferWriter<byte>(error.Length + Overhead);
        var writer = new ContentWriter(output, BodyKind.Binary);
        Add(writer, inquiry, number, isFinal: true);
        writer.Property(Error, error);
        writer.Body([]);
        return output.WrittenSpan.ToArray();
    }

    private static void Add(ContentWriter writer, string inquiry, int number, bool isFinal)
    {
        writer.Text(ContentField.CorrelationId, inquiry);
        Span<byte> place = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(place, number);
        writer.Property(Number, ValueKind.Long, place);
        writer.Property(Final, ValueKind.Boolean, [isFinal ? (byte)1 : (byte)0]);
    }
}
