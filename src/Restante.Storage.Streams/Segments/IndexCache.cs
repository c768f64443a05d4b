namespace Restante.Storage.Streams.Segments;

/// <summary>The parts of index files that were read lately; the least lately used go when they take too much memory.</summary>
internal sealed class IndexCache(long maxBytes)
{
    private const int Overhead = 128;

    private readonly Lock _lock = new();
    private readonly Dictionary<(long Base, int Slot), LinkedListNode<((long Base, int Slot) Key, BlockEntry[] Entries)>> _byKey = [];
    private readonly LinkedList<((long Base, int Slot) Key, BlockEntry[] Entries)> _byUse = [];
    private long _bytes;

    /// <summary>The bytes it holds.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
                return _bytes;
        }
    }

    /// <summary>What is known of a stream in a segment; null when that has to be read.</summary>
    public BlockEntry[]? Get(long position, int slot)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue((position, slot), out var node))
                return null;
            _byUse.Remove(node);
            _byUse.AddLast(node);
            return node.Value.Entries;
        }
    }

    /// <summary>Keeps what was read.</summary>
    public void Put(long position, int slot, BlockEntry[] entries)
    {
        lock (_lock)
        {
            if (_byKey.ContainsKey((position, slot)))
                return;
            _byKey[(position, slot)] = _byUse.AddLast(((position, slot), entries));
            _bytes += SizeOf(entries);
            while (_bytes > maxBytes && _byUse.Count > 1)
            {
                var oldest = _byUse.First!.Value;
                _byUse.RemoveFirst();
                _byKey.Remove(oldest.Key);
                _bytes -= SizeOf(oldest.Entries);
            }
        }
    }

    private static long SizeOf(BlockEntry[] entries) => Overhead + ((long)entries.Length * BlockEntry.Bytes);
}
