using System.Runtime.InteropServices;

namespace Restante.Storage.Streams.Segments;

/// <summary>What the index knows of a block.</summary>
/// <param name="Position">Where its head stands in the segment's file.</param>
/// <param name="FirstSequence">The sequence number of its first record.</param>
/// <param name="LastTimeMs">When its last record was accepted.</param>
/// <param name="BodyLength">The bytes of its records.</param>
/// <param name="Count">How many records it has.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct BlockEntry(long Position, long FirstSequence, long LastTimeMs, int BodyLength, int Count)
{
    /// <summary>The bytes of an entry, in memory and in an index file.</summary>
    public const int Bytes = 32;

    /// <summary>Where the next block stands in the segment's file.</summary>
    public long End => Position + BlockHeader.Bytes + BodyLength;

    /// <summary>The sequence number after its last record.</summary>
    public long NextSequence => FirstSequence + Count;
}
