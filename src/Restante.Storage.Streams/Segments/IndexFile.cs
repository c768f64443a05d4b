using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Restante.Storage.Streams.Segments;

/// <summary>
/// The index of a sealed segment beside it. It can always be made again from the segment, so damage of it costs time only.
/// </summary>
internal static class IndexFile
{
    private const ulong Magic = 0x31_58_44_49_54_53_45_52; // "RESTIDX1"
    private const int Fixed = 40;
    private const int Row = 16;

    /// <summary>Writes the index of a sealed segment.</summary>
    public static void Write(LogMedium medium, string path, Segment segment, BlockList?[] blocks)
    {
        int table = Fixed + (blocks.Length * Row);
        long length = table + blocks.Sum(list => list is null ? 0L : (long)list.Entries.Length * BlockEntry.Bytes);
        byte[] bytes = new byte[length];
        Span<byte> span = bytes;
        int at = table;
        for (int slot = 0; slot < blocks.Length; slot++)
        {
            ReadOnlySpan<byte> entries = blocks[slot] is BlockList list ? MemoryMarshal.AsBytes(list.Entries) : default;
            entries.CopyTo(span[at..]);
            Span<byte> row = span[(Fixed + (slot * Row))..];
            BinaryPrimitives.WriteInt64LittleEndian(row, at);
            BinaryPrimitives.WriteInt32LittleEndian(row[8..], entries.Length / BlockEntry.Bytes);
            BinaryPrimitives.WriteUInt32LittleEndian(row[12..], Crc32C.Of(entries));
            at += entries.Length;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(span, Magic);
        BinaryPrimitives.WriteInt64LittleEndian(span[16..], segment.Base);
        BinaryPrimitives.WriteInt64LittleEndian(span[24..], segment.End);
        BinaryPrimitives.WriteInt32LittleEndian(span[32..], blocks.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(span[8..], Crc32C.Of(span[16..table]));
        medium.Replace(path, bytes);
    }

    /// <summary>Reads the blocks of one stream; null when there is no good index file.</summary>
    public static BlockEntry[]? Load(string path, Segment segment, int slot)
    {
        try
        {
            using var file = File.OpenHandle(path);
            int table = Fixed + (segment.Header.Marks.Length * Row);
            byte[] bytes = new byte[table];
            if (RandomAccess.Read(file, bytes, 0) != table || !IsGood(bytes, segment))
                return null;
            ReadOnlySpan<byte> row = bytes.AsSpan(Fixed + (slot * Row), Row);
            long at = BinaryPrimitives.ReadInt64LittleEndian(row);
            int count = BinaryPrimitives.ReadInt32LittleEndian(row[8..]);
            if (count < 0 || at + ((long)count * BlockEntry.Bytes) > RandomAccess.GetLength(file))
                return null;
            var entries = new BlockEntry[count];
            Span<byte> target = MemoryMarshal.AsBytes(entries.AsSpan());
            return RandomAccess.Read(file, target, at) == target.Length
                && Crc32C.Of(target) == BinaryPrimitives.ReadUInt32LittleEndian(row[12..]) ? entries : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static bool IsGood(ReadOnlySpan<byte> bytes, Segment segment) =>
        BinaryPrimitives.ReadUInt64LittleEndian(bytes) == Magic
        && BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) == Crc32C.Of(bytes[16..])
        && BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]) == segment.Base
        && BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]) == segment.End
        && BinaryPrimitives.ReadInt32LittleEndian(bytes[32..]) == segment.Header.Marks.Length;
}
