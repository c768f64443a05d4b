using Microsoft.Win32.SafeHandles;

namespace Restante.Storage.Streams.Segments;

/// <summary>One file of the log. The newest is written; the others are sealed and only read.</summary>
internal sealed class Segment
{
    private BlockList?[]? _blocks;
    private long _end;
    private long _oldestMs = long.MaxValue;
    private volatile bool _isSealed;

    /// <summary>Creates the view of a file.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="path">Its path.</param>
    /// <param name="end">Where its data ends in the file.</param>
    /// <param name="capacity">How far it may be filled.</param>
    public Segment(SegmentHeader header, string path, long end, long capacity)
    {
        Header = header;
        Path = path;
        _end = end;
        Capacity = capacity;
    }

    /// <summary>The header.</summary>
    public SegmentHeader Header { get; }

    /// <summary>The position of its first byte in the log.</summary>
    public long Base => Header.Base;

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>How far it may be filled, in bytes of the file.</summary>
    public long Capacity { get; }

    /// <summary>Held while its index is made again.</summary>
    public Lock IndexGate { get; } = new();

    /// <summary>The open file; owned by <see cref="SegmentFiles"/>, or by the writer while it is the newest.</summary>
    public SafeFileHandle? File { get; set; }

    /// <summary>No more is written to it.</summary>
    public bool IsSealed
    {
        get => _isSealed;
        set => _isSealed = value;
    }

    /// <summary>Its index file has been written and the file cut to its data. Only maintenance sets it.</summary>
    public bool IsTidy { get; set; }

    /// <summary>Where the data ends in the file.</summary>
    public long End
    {
        get => Volatile.Read(ref _end);
        set => Volatile.Write(ref _end, value);
    }

    /// <summary>
    /// When its oldest record was accepted; <see cref="long.MaxValue"/> when it has none. Kept for the newest segment only.
    /// </summary>
    public long OldestMs
    {
        get => Volatile.Read(ref _oldestMs);
        set => Volatile.Write(ref _oldestMs, value);
    }

    /// <summary>The index in memory by slot; null when it is only in the index file.</summary>
    public BlockList?[]? Blocks
    {
        get => Volatile.Read(ref _blocks);
        set => Volatile.Write(ref _blocks, value);
    }

    /// <summary>Adds a block to the index in memory. Only the writer calls it.</summary>
    public void Index(int slot, in BlockEntry entry)
    {
        BlockList?[] blocks = _blocks ??= new BlockList?[Header.Marks.Length];
        BlockList? list = blocks[slot];
        if (list is null)
        {
            list = new BlockList();
            Volatile.Write(ref blocks[slot], list);
        }

        list.Add(entry);
    }
}
