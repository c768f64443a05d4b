namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>
/// Structs in chunks, named by number from 1 on; 0 names nothing. Places are used again; chunks are kept once they were needed, so the
/// memory is that of the fullest moment. Millions of items are a few objects to the garbage collector.
/// </summary>
internal sealed class Slab<T>
    where T : struct, ISlabItem
{
    private const int ChunkBits = 9;
    private const int ChunkSize = 1 << ChunkBits;

    private T[][] _chunks = [];
    private int _used;
    private int _free;

    public ref T this[int place] => ref _chunks[place >> ChunkBits][place & (ChunkSize - 1)];

    /// <summary>A place with default content.</summary>
    public int Allocate()
    {
        int place = _free;
        if (place != 0)
        {
            ref T item = ref this[place];
            _free = item.NextFree;
            item = default;
            return place;
        }

        place = ++_used;
        int chunk = place >> ChunkBits;
        if (chunk >= _chunks.Length)
            Array.Resize(ref _chunks, Math.Max(4, _chunks.Length * 2));
        _chunks[chunk] ??= new T[ChunkSize];
        return place;
    }

    public void Free(int place)
    {
        ref T item = ref this[place];
        item = default;
        item.NextFree = _free;
        _free = place;
    }
}
