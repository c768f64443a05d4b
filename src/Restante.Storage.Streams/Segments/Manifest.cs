using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Restante.Storage.Streams.Segments;

/// <summary>
/// What must be known of a store besides its segments: how many partitions it has, and between which positions segments must be
/// there. It can be made again from the segments; without it a lost segment at either end could not be told from a dropped one.
/// The file has two places which are written in turn, so that a torn write leaves the one before, and writing it takes no room.
/// </summary>
/// <param name="Partitions">Telemetry partitions.</param>
/// <param name="Oldest">The position of the oldest segment kept; what begins before it has been dropped.</param>
/// <param name="Newest">The position of the newest segment, -1 before the first was made.</param>
/// <param name="Generation">Counts the writes; the higher of two good ones counts.</param>
internal sealed record Manifest(int Partitions, long Oldest, long Newest, long Generation)
{
    private const ulong Magic = 0x31_4E_41_4D_54_53_45_52; // "RESTMAN1"
    private const int Length = 48;
    private const int Place = 4096;

    /// <summary>Writes it, on the medium when the call returns.</summary>
    public void Save(LogMedium medium, string directory)
    {
        byte[] bytes = Encode();
        string path = SegmentNames.Manifest(directory);
        bool exists = File.Exists(path);
        using SafeFileHandle file = exists
            ? File.OpenHandle(path, FileMode.Open, FileAccess.Write)
            : medium.CreateZeroed(path, 2 * Place);
        medium.Write(file, [bytes], (Generation & 1) * Place);
        medium.Sync(file);
        if (!exists)
            medium.SyncDirectory(directory);
    }

    /// <summary>The whole file with this manifest alone.</summary>
    public byte[] ToFile()
    {
        byte[] file = new byte[2 * Place];
        Encode().CopyTo(file.AsSpan((int)(Generation & 1) * Place));
        return file;
    }

    /// <summary>Reads it.</summary>
    /// <param name="directory">The store's directory.</param>
    /// <param name="exists">Whether there is a file at all.</param>
    /// <returns>Null when there is none or it is damaged.</returns>
    public static Manifest? Load(string directory, out bool exists)
    {
        string path = SegmentNames.Manifest(directory);
        exists = File.Exists(path);
        if (!exists)
            return null;
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
        Manifest? even = Decode(bytes);
        Manifest? odd = Decode(bytes.Length < Place ? default : bytes[Place..]);
        return even is null || odd?.Generation > even.Generation ? odd : even;
    }

    private byte[] Encode()
    {
        byte[] bytes = new byte[Length];
        Span<byte> span = bytes;
        BinaryPrimitives.WriteUInt64LittleEndian(span, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(span[16..], Partitions);
        BinaryPrimitives.WriteInt64LittleEndian(span[24..], Oldest);
        BinaryPrimitives.WriteInt64LittleEndian(span[32..], Newest);
        BinaryPrimitives.WriteInt64LittleEndian(span[40..], Generation);
        BinaryPrimitives.WriteUInt32LittleEndian(span[8..], Crc32C.Of(span[16..]));
        return bytes;
    }

    private static Manifest? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Length || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != Crc32C.Of(bytes[16..Length]))
        {
            return null;
        }

        int partitions = BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]);
        return partitions is < 1 or > 1024
            ? null
            : new Manifest(
                partitions,
                BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
                BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
                BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]));
    }
}
