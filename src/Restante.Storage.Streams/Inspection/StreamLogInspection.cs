using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Storage.Streams.Segments;

namespace Restante.Storage.Streams.Inspection;

/// <summary>Checks the log of a gateway that does not run: all segments with all checksums, and that none is missing.</summary>
public sealed class StreamLogInspection : IDisposable
{
    private readonly string _directory;
    private readonly bool _repair;
    private readonly SafeFileHandle _lock;
    private readonly List<StoreFinding> _findings = [];

    private StreamLogInspection(string directory, bool repair, SafeFileHandle directoryLock)
    {
        _directory = directory;
        _repair = repair;
        _lock = directoryLock;
    }

    /// <summary>Takes the log's directory, which must be there, and keeps gateways out until disposed.</summary>
    /// <param name="directory">The log's directory.</param>
    /// <param name="repair">Whether a torn end is cut off, as the next start would. Nothing else is ever changed.</param>
    /// <exception cref="StoreUnavailableException">A gateway runs on it, or this user may not.</exception>
    public static StreamLogInspection Begin(string directory, bool repair)
    {
        try
        {
            string path = SegmentNames.Lock(directory);
            return new StreamLogInspection(
                directory, repair, File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException(
                $"The stream log in {directory} cannot be taken: another process may be using it.", exception);
        }
    }

    /// <summary>Reads the whole log.</summary>
    /// <exception cref="IOException">A file cannot be read, or a repair not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read a file.</exception>
    public IReadOnlyList<StoreFinding> Inspect()
    {
        Manifest? manifest = Manifest.Load(_directory, out bool exists);
        List<(long Base, string Path)> files = SegmentNames.List(_directory, SegmentNames.SegmentEnding);
        List<(long Base, string Path)> aside = SegmentNames.List(_directory, SegmentNames.DamagedEnding);
        if (manifest is not null)
        {
            files.RemoveAll(file => file.Base < manifest.Oldest);
            aside.RemoveAll(file => file.Base < manifest.Oldest);
        }

        foreach ((_, string path) in aside)
            Note(path, null, "the segment has been set aside", "Its records are told as dropped; a backup may still hold it.");
        if (manifest is null && (exists || files.Count + aside.Count > 0))
            TellManifest(files.Count > 0);
        if (manifest is not null)
            CheckBounds(manifest, files, aside);
        CheckSegments(files, aside, manifest?.Partitions);
        return _findings;
    }

    /// <summary>
    /// Reads the contents of all records of a stream that are kept, oldest first, of a log that <see cref="Inspect"/> found sound.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public IEnumerable<ReadOnlyMemory<byte>> Contents(StreamId stream)
    {
        List<(long Base, string Path)> files = SegmentNames.List(_directory, SegmentNames.SegmentEnding);
        long oldest = Manifest.Load(_directory, out _)?.Oldest ?? 0;
        files.RemoveAll(file => file.Base < oldest);
        for (int i = 0; i < files.Count; i++)
        {
            using SafeFileHandle file = Open(files[i].Path, write: false);
            SegmentHeader header = SegmentHeader.Read(file)!;
            SegmentScanner scanner = i == files.Count - 1
                ? ScanNewest(header, files[i].Path, file)
                : ScanSealed(header, files[i].Path, file, files[i + 1].Base - files[i].Base);
            BlockEntry[] blocks = scanner.Blocks[stream.Value + 1] is { } list ? list.Entries.ToArray() : [];
            foreach (BlockEntry block in blocks)
            {
                byte[] body = new byte[block.BodyLength];
                if (RandomAccess.Read(file, body, block.Position + BlockHeader.Bytes) != body.Length)
                    throw new IOException($"{files[i].Path} cannot be read whole.");
                foreach (ReadOnlyMemory<byte> content in ContentsOf(body))
                    yield return content;
            }
        }
    }

    private static List<ReadOnlyMemory<byte>> ContentsOf(byte[] body)
    {
        var contents = new List<ReadOnlyMemory<byte>>();
        var cursor = new RecordCursor(body);
        while (cursor.MoveNext())
            contents.Add(cursor.Content.ToArray());
        return contents;
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private void TellManifest(bool replaceable)
    {
        string path = SegmentNames.Manifest(_directory);
        if (replaceable)
            Note(path, 0, "the manifest is missing or cannot be read", "The next start makes it again from the segments.");
        else
            Fault(new StreamLogDamagedException(path, 0, "the manifest cannot be read and no segment is there"));
    }

    private void CheckBounds(Manifest manifest, List<(long Base, string Path)> files, List<(long Base, string Path)> aside)
    {
        if (manifest.Newest < 0)
            return;
        long[] bounds = [.. files.Concat(aside).Select(file => file.Base).Order()];
        if (bounds.Length == 0 || bounds[0] != manifest.Oldest)
            Fault(Missing(manifest.Oldest));
        if (bounds.Length > 0 && bounds[^1] < manifest.Newest)
            Fault(Missing(manifest.Newest));
    }

    private void CheckSegments(List<(long Base, string Path)> files, List<(long Base, string Path)> aside, int? partitions)
    {
        long[] bounds = [.. files.Concat(aside).Select(file => file.Base).Distinct().Order()];
        SegmentScanner? before = null;
        foreach ((long position, string path) in files)
        {
            int bound = Array.BinarySearch(bounds, position);
            bool newest = bound + 1 == bounds.Length;
            bool follows = bound > 0 && files.Exists(file => file.Base == bounds[bound - 1]);
            try
            {
                using SafeFileHandle file = Open(path, newest && _repair);
                SegmentHeader header = SegmentHeader.Read(file)
                    ?? throw new StreamLogDamagedException(path, 0, "the head of the segment does not match its checksum");
                if (header.Base != position || header.Marks.Length - 1 != (partitions ?? header.Marks.Length - 1))
                    throw new StreamLogDamagedException(path, 0, "the segment does not belong to this place of the log");
                if (follows && before is not null
                    && (before.NextCommit != header.FirstCommit || !before.Marks.AsSpan().SequenceEqual(header.Marks)))
                {
                    throw new StreamLogDamagedException(path, 0, "the segment does not go on where the one before it ends");
                }

                before = newest ? ScanNewest(header, path, file) : ScanSealed(header, path, file, bounds[bound + 1] - position);
            }
            catch (StreamLogDamagedException damage)
            {
                Fault(damage);
                before = null;
            }
        }
    }

    private static SegmentScanner ScanSealed(SegmentHeader header, string path, SafeFileHandle file, long end)
    {
        long length = RandomAccess.GetLength(file);
        if (length < end || end < header.Length)
            throw new StreamLogDamagedException(path, Math.Min(length, end), "the file is too short, or a segment after it is gone");
        var scanner = new SegmentScanner(header, path, file, end);
        scanner.ScanSealed();
        return scanner;
    }

    private SegmentScanner ScanNewest(SegmentHeader header, string path, SafeFileHandle file)
    {
        var scanner = new SegmentScanner(header, path, file, RandomAccess.GetLength(file));
        scanner.ScanNewest();
        if (scanner.TornEnd <= scanner.End)
            return scanner;
        string bytes = string.Create(
            CultureInfo.InvariantCulture, $"{scanner.TornEnd - scanner.End} bytes of a commit that was never finished");
        if (_repair)
        {
            var medium = new LogMedium();
            medium.Clear(file, scanner.End, scanner.TornEnd);
            medium.Sync(file);
            Note(path, scanner.End, bytes + " were cut off", "Nothing is left to be done: it was never acknowledged.");
        }
        else
        {
            Note(path, scanner.End, bytes, "It was never acknowledged; the next start cuts it off, and so does --repair.");
        }

        return scanner;
    }

    private static SafeFileHandle Open(string path, bool write) => File.OpenHandle(
        path, FileMode.Open, write ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private StreamLogDamagedException Missing(long position) => new(SegmentNames.Segment(_directory, position), 0, "a segment is gone");

    private void Note(string file, long? position, string what, string mend) =>
        _findings.Add(new StoreFinding(false, file, position, what, mend));

    private void Fault(StreamLogDamagedException damage) =>
        _findings.Add(new StoreFinding(true, damage.File, damage.Position, damage.What, StreamLogDamagedException.Mend));
}
