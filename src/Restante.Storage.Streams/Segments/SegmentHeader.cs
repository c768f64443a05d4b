using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Restante.Storage.Streams.Segments;

/// <summary>
/// The beginning of every segment: where in the log it starts and where every stream stood at that moment. Because each segment
/// says so for all streams, sequence numbers outlive the segments before it.
/// </summary>
/// <param name="Base">The position of the segment's first byte in the log.</param>
/// <param name="FirstCommit">The number of its first commit.</param>
/// <param name="Marks">Where every stream stands, the events first, then the partitions.</param>
internal sealed record SegmentHeader(long Base, long FirstCommit, StreamMark[] Marks)
{
    private const ulong Magic = 0x31_47_45_53_54_53_45_52; // "RESTSEG1"
    private const int Fixed = 64;
    private const int MarkBytes = 24;
    private const int MaxStreams = 1025;

    /// <summary>The bytes it takes for a number of streams.</summary>
    public static int LengthFor(int streams) => Fixed + (streams * MarkBytes);

    /// <summary>The bytes it takes; the first block follows.</summary>
    public int Length => LengthFor(Marks.Length);

    /// <summary>The bytes of the header.</summary>
    public byte[] Encode()
    {
        byte[] bytes = new byte[Length];
        Span<byte> span = bytes;
        BinaryPrimitives.WriteUInt64LittleEndian(span, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(span[12..], Marks.Length);
        BinaryPrimitives.WriteInt64LittleEndian(span[16..], Base);
        BinaryPrimitives.WriteInt64LittleEndian(span[24..], FirstCommit);
        for (int i = 0; i < Marks.Length; i++)
        {
            Span<byte> mark = span[(Fixed + (i * MarkBytes))..];
            BinaryPrimitives.WriteInt64LittleEndian(mark, Marks[i].Next);
            BinaryPrimitives.WriteInt64LittleEndian(mark[8..], Marks[i].LastOffset);
            BinaryPrimitives.WriteInt64LittleEndian(mark[16..], Marks[i].LastTimeMs);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(span[8..], Crc32C.Of(span[12..]));
        return bytes;
    }

    /// <summary>Reads the header of a file; null when it is not one or is damaged.</summary>
    public static SegmentHeader? Read(SafeFileHandle file)
    {
        byte[] bytes = new byte[LengthFor(MaxStreams)];
        int length = RandomAccess.Read(file, bytes, 0);
        ReadOnlySpan<byte> span = bytes.AsSpan(0, length);
        if (length < Fixed || BinaryPrimitives.ReadUInt64LittleEndian(span) != Magic)
            return null;
        int streams = BinaryPrimitives.ReadInt32LittleEndian(span[12..]);
        if (streams is < 2 or > MaxStreams || LengthFor(streams) > length)
            return null;
        span = span[..LengthFor(streams)];
        if (BinaryPrimitives.ReadUInt32LittleEndian(span[8..]) != Crc32C.Of(span[12..]))
            return null;
        var marks = new StreamMark[streams];
        for (int i = 0; i < streams; i++)
        {
            ReadOnlySpan<byte> mark = span[(Fixed + (i * MarkBytes))..];
            marks[i] = new StreamMark(
                BinaryPrimitives.ReadInt64LittleEndian(mark),
                BinaryPrimitives.ReadInt64LittleEndian(mark[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(mark[16..]));
        }

        return new SegmentHeader(
            BinaryPrimitives.ReadInt64LittleEndian(span[16..]), BinaryPrimitives.ReadInt64LittleEndian(span[24..]), marks);
    }
}
