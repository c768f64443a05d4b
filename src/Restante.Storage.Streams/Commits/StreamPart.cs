using System.Buffers;
using Restante.Core.Streams;
using Restante.Storage.Streams.Segments;

namespace Restante.Storage.Streams.Commits;

/// <summary>The records of one stream in a batch, already in the form of a block; the head is filled in when it is committed.</summary>
internal sealed class StreamPart(int slot)
{
    private const int SmallestBuffer = 1024;
    private const int LargestFirstBuffer = 256 * 1024;

    private byte[] _buffer = [];
    private int _firstBuffer = SmallestBuffer;

    /// <summary>The stream.</summary>
    public int Slot { get; } = slot;

    /// <summary>The bytes of head and records.</summary>
    public int Length { get; private set; } = BlockHeader.Bytes;

    /// <summary>How many records.</summary>
    public int Count { get; private set; }

    /// <summary>When the first was accepted.</summary>
    public long FirstTimeMs { get; private set; }

    /// <summary>When the last was accepted.</summary>
    public long LastTimeMs { get; private set; }

    /// <summary>Where the last begins, from the beginning of the head.</summary>
    public int LastRecord { get; private set; }

    /// <summary>The sequence number of the first, known when the batch is committed.</summary>
    public long FirstSequence { get; private set; }

    /// <summary>The block.</summary>
    public ReadOnlyMemory<byte> Block => _buffer.AsMemory(0, Length);

    /// <summary>Adds a record of a size told by <see cref="RecordFormat.SizeOf"/>.</summary>
    /// <returns>Which record of the part it is, from 0.</returns>
    public int Add(in StreamAppend item, int size, long timeMs)
    {
        if (_buffer.Length - Length < size)
            Grow(size);
        RecordFormat.Write(_buffer.AsSpan(Length, size), item, timeMs);
        if (Count == 0)
            FirstTimeMs = timeMs;
        LastTimeMs = timeMs;
        LastRecord = Length;
        Length += size;
        return Count++;
    }

    /// <summary>Fills in the head.</summary>
    public void Seal(long position, long commit, long firstSequence, int index, int blocks)
    {
        FirstSequence = firstSequence;
        ReadOnlySpan<byte> body = _buffer.AsSpan(BlockHeader.Bytes, Length - BlockHeader.Bytes);
        new BlockHeader(position, commit, firstSequence, Slot, Count, body.Length, Crc32C.Of(body), index, blocks).Write(_buffer);
    }

    /// <summary>Empties it and gives its memory back; remembers how much it needed.</summary>
    public void Clear()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _firstBuffer = Math.Clamp(Length, SmallestBuffer, LargestFirstBuffer);
        _buffer = [];
        Length = BlockHeader.Bytes;
        Count = 0;
    }

    private void Grow(int size)
    {
        long wanted = Math.Max((long)Length + size, Math.Max(_firstBuffer, _buffer.Length * 2L));
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(wanted, Array.MaxLength));
        _buffer.AsSpan(0, _buffer.Length == 0 ? 0 : Length).CopyTo(larger);
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
