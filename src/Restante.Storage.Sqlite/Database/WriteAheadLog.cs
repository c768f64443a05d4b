using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Restante.Storage.Sqlite.Database;

/// <summary>
/// Judges a write-ahead log before SQLite reads it. SQLite takes the commits up to the first frame whose checksum is wrong and passes over
/// the rest without a word: right for a commit that was under way when the power went, a loss when commits stand behind it.
/// </summary>
internal sealed class WriteAheadLog
{
    private const int HeaderBytes = 32;
    private const int FrameHeaderBytes = 24;
    private const int Buffered = 1024 * 1024;
    private const uint Magic = 0x377F0682;

    private readonly FileStream _file;
    private readonly byte[] _header = new byte[HeaderBytes];
    private bool _bigEndian;

    private WriteAheadLog(FileStream file) => _file = file;

    /// <summary>Where the last whole commit ends, in bytes.</summary>
    public long End { get; private set; }

    /// <summary>Where what was written after it ends; the same as <see cref="End"/> when there is nothing.</summary>
    public long TornEnd { get; private set; }

    /// <summary>Where commits that were once whole cannot be read back; null when all can be.</summary>
    public long? DamagedAt { get; private set; }

    /// <summary>Reads the log of a database; null when there is none.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static WriteAheadLog? Read(string path)
    {
        if (new FileInfo(path) is not { Exists: true, Length: > 0 })
            return null;
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var file = new FileStream(handle, FileAccess.Read, Buffered);
        var log = new WriteAheadLog(file);
        log.Judge();
        return log;
    }

    private void Judge()
    {
        if (_file.ReadAtLeast(_header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes)
            return; // Not even the head of the first commit was written.
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(_header);
        uint size = BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(8));
        _bigEndian = (magic & 1) != 0;
        (uint, uint) sum = Sum((0, 0), _header.AsSpan(0, 24));
        End = TornEnd = HeaderBytes;
        bool good = (magic & ~1u) == Magic && size is >= 512 and <= 65_536 && uint.IsPow2(size) && sum == StoredSum(_header);
        if (good)
            Walk(sum, FrameHeaderBytes + (int)size);
        else if (HasContent())
            DamagedAt = 0; // It is written alone and waited for before the first commit, and is smaller than any sector.
    }

    // A commit is only begun when the one before it is on the medium. So a commit that follows on another proves that one was whole once;
    // frames of a single commit prove nothing, as the order in which they reached the medium is not known.
    private void Walk((uint, uint) sum, int frameBytes)
    {
        byte[] frame = new byte[frameBytes];
        bool unbroken = true;
        bool behindCommit = false;
        for (long at = HeaderBytes; _file.ReadAtLeast(frame, frameBytes, throwOnEndOfStream: false) == frameBytes; at += frameBytes)
        {
            bool ours = frame.AsSpan(8, 8).SequenceEqual(_header.AsSpan(16, 8)) && BinaryPrimitives.ReadUInt32BigEndian(frame) != 0;
            bool follows = ours && Sum(Sum(sum, frame.AsSpan(0, 8)), frame.AsSpan(FrameHeaderBytes)) == StoredSum(frame);
            bool commits = ours && BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(4)) != 0;
            unbroken &= follows;
            if (ours)
                TornEnd = at + frameBytes;
            if (unbroken && commits)
                End = at + frameBytes;
            if (!unbroken && behindCommit && follows)
            {
                DamagedAt = End;
                return;
            }

            behindCommit = !unbroken && commits;
            sum = StoredSum(frame);
        }
    }

    private bool HasContent()
    {
        byte[] bytes = new byte[Buffered];
        for (int read; (read = _file.Read(bytes)) > 0;)
        {
            if (bytes.AsSpan(0, read).ContainsAnyExcept((byte)0))
                return true;
        }

        return false;
    }

    private static (uint, uint) StoredSum(byte[] head)
    {
        ReadOnlySpan<byte> sum = head.AsSpan(head.Length == HeaderBytes ? 24 : 16, 8);
        return (BinaryPrimitives.ReadUInt32BigEndian(sum), BinaryPrimitives.ReadUInt32BigEndian(sum[4..]));
    }

    private (uint, uint) Sum((uint First, uint Second) sum, ReadOnlySpan<byte> bytes)
    {
        (uint first, uint second) = sum;
        for (int at = 0; at < bytes.Length; at += 8)
        {
            first += Word(bytes[at..]) + second;
            second += Word(bytes[(at + 4)..]) + first;
        }

        return (first, second);
    }

    private uint Word(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
