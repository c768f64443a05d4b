using System.Text;
using Restante.Amqp.Types;

namespace Restante.Amqp.Transport;

/// <summary>Encoding of errors. [AMQP 2.8.14]</summary>
internal static class ErrorCodec
{
    private const int MaxDescriptionSent = 256;
    private const int MaxDescriptionKept = 1024;

    internal static void Write(ref AmqpWriter writer, AmqpError? error)
    {
        if (error is null)
        {
            writer.WriteNull();
            return;
        }

        writer.WriteDescriptor(Descriptors.Error);
        CompoundScope list = writer.BeginCompound();
        writer.WriteSymbol(error.Condition);
        writer.String(Shorten(error.Description));
        writer.WriteMap(error.Info);
        writer.EndFields(list);
    }

    internal static void WriteEnding(ref AmqpWriter writer, ulong descriptor, AmqpError? error)
    {
        writer.WriteDescriptor(descriptor);
        CompoundScope list = writer.BeginCompound();
        Write(ref writer, error);
        writer.EndFields(list);
    }

    internal static AmqpError? Read(ReadOnlySpan<byte> raw, DecodeLimits limits)
    {
        if (raw.IsEmpty)
            return null;
        var reader = new AmqpReader(raw);
        if (reader.ReadDescriptor() != Descriptors.Error)
            throw AmqpViolationException.Decode("An error field holds no error.");
        ItemReader items = reader.ReadList();
        Symbol condition = items.NextSymbol() ?? throw OpenFrame.Missing("condition");
        ReadOnlySpan<byte> text = items.NextStringBytes();
        if (text.Length > MaxDescriptionKept)
            text = text[..MaxDescriptionKept];
        string? description = text.IsEmpty ? null : Encoding.UTF8.GetString(text);
        return new AmqpError(condition, description, items.NextMap(limits));
    }

    /// <summary>Cuts a text so that it takes at most 256 bytes, not inside a character.</summary>
    private static string? Shorten(string? text)
    {
        if (text is null || Encoding.UTF8.GetByteCount(text) <= MaxDescriptionSent)
            return text;
        int length = 0;
        int bytes = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (bytes + rune.Utf8SequenceLength > MaxDescriptionSent)
                break;
            bytes += rune.Utf8SequenceLength;
            length += rune.Utf16SequenceLength;
        }

        return text[..length];
    }
}
