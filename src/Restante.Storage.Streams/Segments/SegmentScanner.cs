using Microsoft.Win32.SafeHandles;

namespace Restante.Storage.Streams.Segments;

/// <summary>
/// Reads a segment from its header on, checks every commit and makes its index. What stands behind the last good commit is
/// judged: nothing, a torn commit, or damage.
/// </summary>
internal sealed class SegmentScanner
{
    private readonly SegmentHeader _header;
    private readonly string _path;
    private readonly FileWindow _window;
    private readonly List<(int Slot, BlockEntry Entry, long LastRecord, long FirstTimeMs)> _commit = [];

    /// <summary>Prepares to scan.</summary>
    /// <param name="header">The segment's header.</param>
    /// <param name="path">Its path, for reports.</param>
    /// <param name="file">Its file.</param>
    /// <param name="limit">Where to stop in the file.</param>
    public SegmentScanner(SegmentHeader header, string path, SafeFileHandle file, long limit)
    {
        _header = header;
        _path = path;
        _window = new FileWindow(file, limit);
        End = header.Length;
        NextCommit = header.FirstCommit;
        Marks = [.. header.Marks];
        Blocks = new BlockList?[header.Marks.Length];
    }

    /// <summary>Where the last good commit ends in the file.</summary>
    public long End { get; private set; }

    /// <summary>The number of the commit after it.</summary>
    public long NextCommit { get; private set; }

    /// <summary>Where every stream stands after it.</summary>
    public StreamMark[] Marks { get; }

    /// <summary>The index.</summary>
    public BlockList?[] Blocks { get; }

    /// <summary>When the oldest record was accepted.</summary>
    public long OldestMs { get; private set; } = long.MaxValue;

    /// <summary>Where a torn commit ends in the file; the same as <see cref="End"/> when there is none.</summary>
    public long TornEnd { get; private set; }

    /// <summary>Scans a sealed segment: its commits reach exactly to the limit.</summary>
    /// <exception cref="StreamLogDamagedException">They do not.</exception>
    public void ScanSealed()
    {
        ScanCommits();
        if (End != _window.End)
            throw new StreamLogDamagedException(_path, End, "a block of a finished segment does not match its checksum");
    }

    /// <summary>Scans the newest segment: its last commit may be torn.</summary>
    /// <exception cref="StreamLogDamagedException">Good commits stand behind a bad one.</exception>
    public void ScanNewest()
    {
        ScanCommits();
        TornEnd = Math.Max(End, EndOfWritten());
        if (TornEnd == End)
            return;

        // A commit is written only after the one before it was on the medium. So a block of a later commit proves that the one at
        // End was whole once; blocks of the commit at End itself prove nothing, their order of arrival on the medium is not known.
        long position = End;
        while (position < TornEnd)
        {
            ReadOnlySpan<byte> span = _window.Next(position);
            int found = span.IndexOf(BlockHeader.Magic);
            if (found < 0)
            {
                position += Math.Max(1, span.Length - BlockHeader.Magic.Length + 1);
                continue;
            }

            position += found;
            if (BlockHeader.TryRead(_window.At(position, BlockHeader.Bytes), out BlockHeader block)
                && block.Position == _header.Base + position && block.Commit > NextCommit)
            {
                throw new StreamLogDamagedException(
                    _path, End, $"a block does not match its checksum although good blocks follow it (the next at byte {position})");
            }

            position++;
        }
    }

    private void ScanCommits()
    {
        while (ReadCommit() is long end)
        {
            foreach ((int slot, BlockEntry entry, long lastRecord, long firstTimeMs) in _commit)
            {
                (Blocks[slot] ??= new BlockList()).Add(entry);
                Marks[slot] = new StreamMark(entry.NextSequence, lastRecord, entry.LastTimeMs);
                OldestMs = Math.Min(OldestMs, firstTimeMs);
            }

            End = end;
            NextCommit++;
        }
    }

    private long? ReadCommit()
    {
        _commit.Clear();
        long position = End;
        int blocks = 1;
        for (int index = 0; index < blocks; index++)
        {
            if (!BlockHeader.TryRead(_window.At(position, BlockHeader.Bytes), out BlockHeader block)
                || block.Position != _header.Base + position || block.Commit != NextCommit || block.Index != index
                || (index > 0 && block.Blocks != blocks) || block.Slot >= Marks.Length
                || block.BodyLength > _window.End - position - BlockHeader.Bytes)
            {
                return null;
            }

            blocks = block.Blocks;
            ReadOnlySpan<byte> body = _window.At(position + BlockHeader.Bytes, block.BodyLength);
            if (body.Length != block.BodyLength || Crc32C.Of(body) != block.BodyCrc)
                return null;
            if (!Take(block, body, position))
                throw new StreamLogDamagedException(_path, position, "a block does not continue its stream");
            position += BlockHeader.Bytes + block.BodyLength;
        }

        return position;
    }

    private bool Take(in BlockHeader block, ReadOnlySpan<byte> body, long position)
    {
        StreamMark mark = Marks[block.Slot];
        var cursor = new RecordCursor(body);
        int count = 0;
        long first = 0;
        long last = mark.LastTimeMs;
        while (cursor.MoveNext())
        {
            if (cursor.TimeMs < last)
                return false;
            last = cursor.TimeMs;
            if (count++ == 0)
                first = last;
        }

        long lastRecord = block.Position + BlockHeader.Bytes + cursor.Position;
        _commit.Add((block.Slot, new BlockEntry(position, block.FirstSequence, last, block.BodyLength, block.Count), lastRecord, first));
        return cursor.AtEnd && count == block.Count && block.FirstSequence == mark.Next;
    }

    private long EndOfWritten()
    {
        long end = End;
        for (long position = End; position < _window.End;)
        {
            ReadOnlySpan<byte> span = _window.Next(position);
            if (span.IsEmpty)
                break;
            int last = span.LastIndexOfAnyExcept((byte)0);
            if (last >= 0)
                end = position + last + 1;
            position += span.Length;
        }

        return end;
    }
}
