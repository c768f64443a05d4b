using System.Buffers.Binary;

namespace Restante.Storage.Streams.Segments;

/// <summary>Walks the records of a block's body.</summary>
internal ref struct RecordCursor(ReadOnlySpan<byte> body)
{
    private readonly ReadOnlySpan<byte> _body = body;
    private int _next;

    /// <summary>Where the present record begins in the body.</summary>
    public int Position { get; private set; }

    /// <summary>When it was accepted.</summary>
    public long TimeMs { get; private set; }

    /// <summary>The source, in UTF-8.</summary>
    public ReadOnlySpan<byte> Source { get; private set; }

    /// <summary>Whether it has a channel.</summary>
    public bool HasChannel { get; private set; }

    /// <summary>The channel, in UTF-8.</summary>
    public ReadOnlySpan<byte> Channel { get; private set; }

    /// <summary>The content.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>True when all bytes of the body have been walked.</summary>
    public readonly bool AtEnd => _next == _body.Length;

    /// <summary>Goes to the next record; false when there is no whole one.</summary>
    public bool MoveNext()
    {
        ReadOnlySpan<byte> rest = _body[_next..];
        if (rest.Length < RecordFormat.Head)
            return false;
        int content = BinaryPrimitives.ReadInt32LittleEndian(rest[8..]);
        int source = BinaryPrimitives.ReadUInt16LittleEndian(rest[12..]);
        int channel = BinaryPrimitives.ReadUInt16LittleEndian(rest[14..]);
        HasChannel = channel != RecordFormat.NoChannel;
        if (!HasChannel)
            channel = 0;
        long size = (long)RecordFormat.Head + source + channel + content;
        if (content < 0 || size > rest.Length)
            return false;
        Position = _next;
        TimeMs = BinaryPrimitives.ReadInt64LittleEndian(rest);
        Source = rest.Slice(RecordFormat.Head, source);
        Channel = rest.Slice(RecordFormat.Head + source, channel);
        Content = rest.Slice(RecordFormat.Head + source + channel, content);
        _next += (int)size;
        return true;
    }
}
