using System.Buffers;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Storage.Streams.Segments;

namespace Restante.Storage.Streams.Reading;

/// <summary>Reads committed records, from any thread, without a lock against the writer or retention.</summary>
internal sealed class LogReader(LogState state)
{
    private const int MaxAttempts = 100;
    private const int MaxGap = 8 * 1024;
    private const int MaxRun = 256 * 1024;

    /// <summary>True when a read from here touches only what was written lately and needs no wait for the disk.</summary>
    public bool IsRecent(int slot, long from) => from >= state.Newest.Header.Marks[slot].Next;

    /// <summary>The oldest record kept, or the next to come.</summary>
    public long First(int slot) => state.Segments[0].Header.Marks[slot].Next;

    /// <summary>Reads from a sequence number on.</summary>
    public StreamBatch Read(int slot, long from, int maxRecords, int maxBytes) =>
        Retrying(() => ReadOnce(slot, Math.Max(1, from), maxRecords, maxBytes));

    /// <summary>The first record accepted at or after a time; the next to come when there is none.</summary>
    public long FindTime(int slot, long timeMs) => Retrying(() => Search(
        slot,
        mark => mark.LastTimeMs < timeMs,
        (in BlockEntry block, long _) => block.LastTimeMs < timeMs,
        (in RecordCursor cursor, long _) => cursor.TimeMs < timeMs));

    /// <summary>The first record at or after an offset; the next to come when there is none.</summary>
    public long FindOffset(int slot, long offset) => Retrying(() => Search(
        slot,
        mark => mark.LastOffset < offset,
        (in BlockEntry block, long position) => position + block.End <= offset,
        (in RecordCursor cursor, long position) => position + cursor.Position < offset));

    private delegate bool RecordIsBefore(in RecordCursor cursor, long bodyPosition);

    private delegate bool BlockIsBefore(in BlockEntry block, long segmentBase);

    private StreamBatch ReadOnce(int slot, long asked, int maxRecords, int maxBytes)
    {
        long next = state.Slots[slot].Next;
        if (asked >= next)
            return new StreamBatch([], asked, 0);

        // The segments are looked at after the end of the stream was: all records below it are in them, or were dropped.
        Segment[] segments = state.Segments;
        long from = Math.Max(asked, segments[0].Header.Marks[slot].Next);
        var records = new RecordCollector(from, maxRecords, maxBytes);
        int at = LastBefore(segments, slot, mark => mark.Next <= from);
        for (; at < segments.Length && !records.IsFull; at++)
        {
            if (!records.Skip(segments[at].Header.Marks[slot].Next) || !TryReadSegment(segments[at], slot, records))
                break;
        }

        if (records.Records.Count > 0)
            return new StreamBatch(records.Records, records.Next, records.Records[0].SequenceNumber - asked);
        long end = Math.Max(next, asked);
        return new StreamBatch([], end, end - asked);
    }

    private bool TryReadSegment(Segment segment, int slot, RecordCollector records)
    {
        try
        {
            ReadSegment(segment, slot, records);
            return true;
        }
        catch (StreamLogDamagedException) when (records.Records.Count > 0)
        {
            // What is good before the damage is handed out; the next read begins at it and reports it.
            return false;
        }
    }

    private void ReadSegment(Segment segment, int slot, RecordCollector records)
    {
        ReadOnlySpan<BlockEntry> blocks = Blocks(segment, slot);
        long wanted = records.Next;
        int at = FirstNot(blocks, (in BlockEntry block, long _) => block.NextSequence <= wanted, 0);
        while (at < blocks.Length && !records.IsFull)
        {
            if (!records.Skip(blocks[at].FirstSequence))
                return;
            int end = RunEnd(blocks, at, records);
            long start = blocks[at].Position;
            int length = (int)(blocks[end - 1].End - start);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
            try
            {
                ReadExactly(segment, buffer.AsSpan(0, length), start);
                for (; at < end; at++)
                {
                    ReadOnlySpan<byte> bytes = buffer.AsSpan(
                        (int)(blocks[at].Position - start), BlockHeader.Bytes + blocks[at].BodyLength);
                    records.Take(blocks[at], segment.Base + blocks[at].Position, Body(segment, slot, blocks[at], bytes));
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <summary>How many neighbouring blocks are read at once: little lies between them, and they are wanted.</summary>
    private static int RunEnd(ReadOnlySpan<BlockEntry> blocks, int at, RecordCollector records)
    {
        long start = blocks[at].Position;
        long content = blocks[at].BodyLength;
        long count = blocks[at].NextSequence - records.Next;
        int end = at + 1;
        while (end < blocks.Length && content < records.Appetite && count < records.Room
            && blocks[end].Position - blocks[end - 1].End <= MaxGap && blocks[end].End - start <= MaxRun)
        {
            content += blocks[end].BodyLength;
            count += blocks[end].Count;
            end++;
        }

        return end;
    }

    private long Search(int slot, Predicate<StreamMark> isBefore, BlockIsBefore blockIsBefore, RecordIsBefore recordIsBefore)
    {
        long next = state.Slots[slot].Next;
        Segment[] segments = state.Segments;
        for (int at = LastBefore(segments, slot, isBefore); at < segments.Length; at++)
        {
            ReadOnlySpan<BlockEntry> blocks = Blocks(segments[at], slot);
            int found = FirstNot(blocks, blockIsBefore, segments[at].Base);
            for (; found < blocks.Length; found++)
            {
                if (SearchBlock(segments[at], slot, blocks[found], recordIsBefore) is long sequence)
                    return sequence;
            }
        }

        return Math.Max(next, First(slot));
    }

    private long? SearchBlock(Segment segment, int slot, in BlockEntry block, RecordIsBefore recordIsBefore)
    {
        int length = BlockHeader.Bytes + block.BodyLength;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            ReadExactly(segment, buffer.AsSpan(0, length), block.Position);
            var cursor = new RecordCursor(Body(segment, slot, block, buffer.AsSpan(0, length)));
            long position = segment.Base + block.Position + BlockHeader.Bytes;
            for (long sequence = block.FirstSequence; cursor.MoveNext(); sequence++)
            {
                if (!recordIsBefore(cursor, position))
                    return sequence;
            }

            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The last segment at whose beginning the stream was still before the wanted place, or the oldest.</summary>
    private static int LastBefore(Segment[] segments, int slot, Predicate<StreamMark> isBefore)
    {
        int low = 0;
        int high = segments.Length - 1;
        while (low < high)
        {
            int middle = low + ((high - low + 1) / 2);
            if (isBefore(segments[middle].Header.Marks[slot]))
                low = middle;
            else
                high = middle - 1;
        }

        return low;
    }

    private static int FirstNot(ReadOnlySpan<BlockEntry> blocks, BlockIsBefore isBefore, long segmentBase)
    {
        int low = 0;
        int high = blocks.Length;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (isBefore(blocks[middle], segmentBase))
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private ReadOnlySpan<BlockEntry> Blocks(Segment segment, int slot)
    {
        if (segment.Blocks is BlockList?[] lists)
            return Entries(lists, slot);
        if (!segment.IsSealed)
            return default; // nothing written yet
        if (state.Indexes.Get(segment.Base, slot) is BlockEntry[] cached)
            return cached;
        BlockEntry[]? loaded = IndexFile.Load(SegmentNames.Index(state.Path, segment.Base), segment, slot);
        if (loaded is not null)
        {
            state.Indexes.Put(segment.Base, slot, loaded);
            return loaded;
        }

        lock (segment.IndexGate)
        {
            if (segment.Blocks is null)
            {
                var scanner = new SegmentScanner(segment.Header, segment.Path, state.Files.Get(segment), segment.End);
                scanner.ScanSealed();
                segment.Blocks = scanner.Blocks;
                Log.IndexRebuilt(state.Logger, segment.Path);
            }

            return Entries(segment.Blocks, slot);
        }
    }

    private static ReadOnlySpan<BlockEntry> Entries(BlockList?[] lists, int slot) =>
        Volatile.Read(ref lists[slot]) is BlockList list ? list.Entries : default;

    private void ReadExactly(Segment segment, Span<byte> buffer, long position)
    {
        var file = state.Files.Get(segment);
        while (!buffer.IsEmpty)
        {
            int read = RandomAccess.Read(file, buffer, position);
            if (read == 0)
                throw new StreamLogDamagedException(segment.Path, position, "the file is shorter than its index says");
            buffer = buffer[read..];
            position += read;
        }
    }

    private static ReadOnlySpan<byte> Body(Segment segment, int slot, in BlockEntry block, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> body = bytes[BlockHeader.Bytes..];
        if (!BlockHeader.TryRead(bytes, out BlockHeader header) || header.Position != segment.Base + block.Position
            || header.Slot != slot || header.FirstSequence != block.FirstSequence || header.Count != block.Count
            || header.BodyLength != block.BodyLength || header.BodyCrc != Crc32C.Of(body))
        {
            throw new StreamLogDamagedException(segment.Path, block.Position, "a block does not match its checksum");
        }

        return body;
    }

    private T Retrying<T>(Func<T> read)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return read();
            }
            catch (Exception exception) when (exception is ObjectDisposedException or FileNotFoundException
                && attempt < MaxAttempts && !state.IsClosed)
            {
                // A segment was dropped, or its file closed to make room for another: look again at what there is now.
            }
            catch (ObjectDisposedException exception)
            {
                throw new StoreUnavailableException("The stream store is shutting down.", exception);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new StoreUnavailableException("The stream store cannot read.", exception);
            }
        }
    }
}
