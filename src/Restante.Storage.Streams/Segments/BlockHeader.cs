using System.Buffers.Binary;

namespace Restante.Storage.Streams.Segments;

/// <summary>
/// The head of a block: the records of one stream in one commit. The blocks of a commit stand next to each other and count only
/// together.
/// </summary>
/// <param name="Position">Where the head stands in the log; a block is only good at its own place.</param>
/// <param name="Commit">The number of the commit; counts up by one.</param>
/// <param name="FirstSequence">The sequence number of the first record.</param>
/// <param name="Slot">The stream: 0 for the events, partition + 1 for telemetry.</param>
/// <param name="Count">How many records, at least 1.</param>
/// <param name="BodyLength">The bytes of the records.</param>
/// <param name="BodyCrc">The checksum of the records.</param>
/// <param name="Index">Which block of the commit it is, from 0.</param>
/// <param name="Blocks">How many blocks the commit has.</param>
internal readonly record struct BlockHeader(
    long Position, long Commit, long FirstSequence, int Slot, int Count, int BodyLength, uint BodyCrc, int Index, int Blocks)
{
    /// <summary>The bytes of the head.</summary>
    public const int Bytes = 64;

    private const uint MagicValue = 0xB1_0C_5E_67;

    /// <summary>The first bytes of every head, to search for.</summary>
    public static ReadOnlySpan<byte> Magic => [0x67, 0x5E, 0x0C, 0xB1];

    /// <summary>Writes the head.</summary>
    public void Write(Span<byte> to)
    {
        to = to[..Bytes];
        to.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(to, MagicValue);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], Position);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], Commit);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], FirstSequence);
        BinaryPrimitives.WriteInt32LittleEndian(to[32..], Slot);
        BinaryPrimitives.WriteInt32LittleEndian(to[36..], Count);
        BinaryPrimitives.WriteInt32LittleEndian(to[40..], BodyLength);
        BinaryPrimitives.WriteUInt32LittleEndian(to[44..], BodyCrc);
        BinaryPrimitives.WriteInt32LittleEndian(to[48..], Index);
        BinaryPrimitives.WriteInt32LittleEndian(to[52..], Blocks);
        BinaryPrimitives.WriteUInt32LittleEndian(to[4..], Crc32C.Of(to[8..]));
    }

    /// <summary>Reads a head; false when the bytes are not one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out BlockHeader header)
    {
        header = default;
        if (from.Length < Bytes || BinaryPrimitives.ReadUInt32LittleEndian(from) != MagicValue)
            return false;
        from = from[..Bytes];
        if (BinaryPrimitives.ReadUInt32LittleEndian(from[4..]) != Crc32C.Of(from[8..]))
            return false;
        header = new BlockHeader(
            BinaryPrimitives.ReadInt64LittleEndian(from[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[24..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[32..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[36..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(from[44..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[48..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[52..]));
        return header is { Slot: >= 0, Count: > 0, BodyLength: >= RecordFormat.Head, Index: >= 0, Blocks: > 0 };
    }
}
