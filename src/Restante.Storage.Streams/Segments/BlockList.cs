namespace Restante.Storage.Streams.Segments;

/// <summary>The blocks of one stream in the segment being written: one thread adds, any thread reads, nobody locks.</summary>
internal sealed class BlockList
{
    private BlockEntry[] _entries = new BlockEntry[16];
    private int _count;

    /// <summary>What is there now.</summary>
    public ReadOnlySpan<BlockEntry> Entries
    {
        get
        {
            int count = Volatile.Read(ref _count);
            return Volatile.Read(ref _entries).AsSpan(0, count);
        }
    }

    /// <summary>Adds a block. Only the writer calls it.</summary>
    public void Add(in BlockEntry entry)
    {
        if (_count == _entries.Length)
        {
            var larger = new BlockEntry[_entries.Length * 2];
            _entries.CopyTo(larger, 0);
            Volatile.Write(ref _entries, larger);
        }

        _entries[_count] = entry;
        Volatile.Write(ref _count, _count + 1);
    }
}
