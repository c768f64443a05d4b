using Microsoft.Win32.SafeHandles;
using Restante.Storage.Streams.Segments;

namespace Restante.Storage.Streams.Inspection;

/// <summary>
/// Reads the log for a copy, also while a gateway writes it: everything acknowledged before the call, each commit whole, checked against
/// its checksums. What retention drops meanwhile is left out; what is committed meanwhile may be.
/// </summary>
public static class StreamLogCopy
{
    private const int MaxAttempts = 100;

    /// <summary>Reads the files that make up the copy. Indexes are not among them; they are made again.</summary>
    /// <param name="directory">The log's directory.</param>
    /// <exception cref="StreamLogDamagedException">Acknowledged records cannot be read back.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static IEnumerable<StreamLogPart> Read(string directory)
    {
        (Manifest manifest, List<(long Base, string Path)> files) = List(directory);
        long oldest = manifest.Oldest;
        for (int i = 0; i < files.Count; i++)
        {
            (long position, string path) = files[i];
            using SafeFileHandle? file = Open(path);
            if (file is null)
            {
                // Retention takes the oldest first: what has been read so far is behind a gap now, and is dropped when the copy is opened.
                if (i + 1 == files.Count || LoadManifest(directory).Oldest <= position)
                    throw new StreamLogDamagedException(path, 0, "a segment is gone");
                oldest = files[i + 1].Base;
                continue;
            }

            long length = path.EndsWith(SegmentNames.DamagedEnding, StringComparison.Ordinal)
                ? RandomAccess.GetLength(file)
                : Check(file, path, i + 1 < files.Count ? files[i + 1].Base - position : null);
            yield return new StreamLogPart(Path.GetFileName(path), file, length, default);
        }

        Manifest copied = manifest with { Oldest = oldest, Newest = files.Count > 0 ? files[^1].Base : manifest.Newest };
        byte[] bytes = copied.ToFile();
        yield return new StreamLogPart(Path.GetFileName(SegmentNames.Manifest(directory)), null, bytes.Length, bytes);
    }

    private static (Manifest Manifest, List<(long Base, string Path)> Files) List(string directory)
    {
        for (int attempt = 0; ; attempt++)
        {
            Manifest before = LoadManifest(directory);
            List<(long Base, string Path)> files =
            [
                .. SegmentNames.List(directory, SegmentNames.SegmentEnding)
                    .Concat(SegmentNames.List(directory, SegmentNames.DamagedEnding))
                    .Where(file => file.Base >= before.Oldest).OrderBy(file => file.Base),
            ];
            if (LoadManifest(directory).Generation != before.Generation && attempt < MaxAttempts)
                continue; // A segment was begun or dropped meanwhile.
            if (before.Newest >= 0 && (files.Count == 0 || files[0].Base != before.Oldest))
                throw new StreamLogDamagedException(SegmentNames.Segment(directory, before.Oldest), 0, "a segment is gone");
            if (before.Newest >= 0 && files[^1].Base < before.Newest)
                throw new StreamLogDamagedException(SegmentNames.Segment(directory, before.Newest), 0, "a segment is gone");
            return (before, files);
        }
    }

    private static Manifest LoadManifest(string directory) => Manifest.Load(directory, out _)
        ?? throw new StreamLogDamagedException(SegmentNames.Manifest(directory), 0, "the manifest is missing or cannot be read");

    private static SafeFileHandle? Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static long Check(SafeFileHandle file, string path, long? end)
    {
        SegmentHeader header = SegmentHeader.Read(file)
            ?? throw new StreamLogDamagedException(path, 0, "the head of the segment does not match its checksum");
        if (end is not long length)
            return EndOfNewest(header, path, file);
        new SegmentScanner(header, path, file, length).ScanSealed();
        return length;
    }

    // The commit at the end may be under way while it is read, and good ones may stand behind it by the time those are. Read again it is
    // whole then; damage still is damage.
    private static long EndOfNewest(SegmentHeader header, string path, SafeFileHandle file)
    {
        long? doubted = null;
        while (true)
        {
            var scanner = new SegmentScanner(header, path, file, RandomAccess.GetLength(file));
            try
            {
                scanner.ScanNewest();
                return scanner.End;
            }
            catch (StreamLogDamagedException damage) when (damage.Position == scanner.End && doubted != scanner.End)
            {
                if (doubted is long end && scanner.End > end)
                    return end;
                doubted = scanner.End;
            }
        }
    }
}
