namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>A set of small whole numbers at one bit each; stretches without any number cost a reference.</summary>
internal sealed class NumberSet
{
    private const int ChunkWords = 64;
    private const int ChunkBits = ChunkWords * 64;

    private ulong[]?[] _chunks = [];

    public long Count { get; private set; }

    public bool Contains(long number)
    {
        long chunk = number / ChunkBits;
        return number >= 0 && chunk < _chunks.Length && _chunks[chunk] is ulong[] words && (words[Word(number)] & Bit(number)) != 0;
    }

    public void Add(long number)
    {
        int chunk = (int)(number / ChunkBits);
        if (chunk >= _chunks.Length)
            Array.Resize(ref _chunks, Math.Max(chunk + 1, _chunks.Length * 2));
        ref ulong word = ref (_chunks[chunk] ??= new ulong[ChunkWords])[Word(number)];
        Count += (word & Bit(number)) == 0 ? 1 : 0;
        word |= Bit(number);
    }

    public void Remove(long number)
    {
        if (!Contains(number))
            return;
        int chunk = (int)(number / ChunkBits);
        ulong[] words = _chunks[chunk]!;
        words[Word(number)] &= ~Bit(number);
        Count--;
        if (!words.AsSpan().ContainsAnyExcept(0UL))
            _chunks[chunk] = null;
    }

    private static int Word(long number) => (int)(number % ChunkBits) / 64;

    private static ulong Bit(long number) => 1UL << (int)(number % 64);
}
