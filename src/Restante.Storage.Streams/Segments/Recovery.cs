using Microsoft.Win32.SafeHandles;
using Restante.Core.Storage;
using Restante.Storage.Streams.Commits;

namespace Restante.Storage.Streams.Segments;

/// <summary>Opens a directory: checks that all segments are there, makes the first, cuts a torn tail, refuses damage.</summary>
internal sealed class Recovery(string directory, StreamLimits limits, StreamStoreHost host)
{
    // More than any segment can hold: what is set aside leaves a gap of this size, so that no number is used twice.
    private const long GapBytes = 1L << 31;
    private const long GapRecords = GapBytes / RecordFormat.Head;

    private List<(long Base, string Path)> _files = [];
    private List<(long Base, string Path)> _setAside = [];

    /// <summary>Opens.</summary>
    /// <param name="verify">Whether the sealed segments are read and checked as well.</param>
    /// <exception cref="StreamLogDamagedException">Acknowledged records cannot be read back.</exception>
    public LogState Open(bool verify)
    {
        foreach (string path in Directory.EnumerateFiles(directory, "*" + SegmentNames.UnfinishedEnding))
            host.Medium.Delete(path);
        _files = SegmentNames.List(directory, SegmentNames.SegmentEnding);
        _setAside = SegmentNames.List(directory, SegmentNames.DamagedEnding);
        Manifest manifest = LoadManifest(out bool rebuilt);
        DeleteDropped(manifest.Oldest);
        var state = new LogState(directory, limits, manifest, host);
        try
        {
            if (_files.Count == 0 && _setAside.Count == 0)
                Create(state, manifest);
            else
                Load(state, manifest, verify);
            if (rebuilt || manifest.Newest != state.Newest.Base)
                state.Save(state.Newest.Base);
            return state;
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    private Manifest LoadManifest(out bool rebuilt)
    {
        Manifest? manifest = Manifest.Load(directory, out bool exists);
        rebuilt = manifest is null;
        if (manifest is not null)
            return manifest;
        if (_files.Count == 0)
        {
            if (exists || _setAside.Count > 0)
            {
                throw new StreamLogDamagedException(
                    SegmentNames.Manifest(directory), 0, "the manifest cannot be read and no segment is there");
            }

            var first = new Manifest(limits.Partitions, 0, -1, 0);
            first.Save(host.Medium, directory);
            return first;
        }

        Log.ManifestRebuilt(host.Logger, directory);
        if (exists)
            host.Medium.Delete(SegmentNames.Manifest(directory));
        long oldest = _setAside.Count > 0 ? Math.Min(_files[0].Base, _setAside[0].Base) : _files[0].Base;
        return new Manifest(ReadHeader(_files[^1]).Marks.Length - 1, oldest, _files[^1].Base, 0);
    }

    private void DeleteDropped(long oldest)
    {
        foreach ((long position, string path) in _files.Where(file => file.Base < oldest))
        {
            host.Medium.Delete(path);
            host.Medium.Delete(SegmentNames.Index(directory, position));
        }

        _files.RemoveAll(file => file.Base < oldest);
        _setAside.RemoveAll(file => file.Base < oldest);
    }

    private void Create(LogState state, Manifest manifest)
    {
        if (manifest.Newest >= 0)
            throw Missing(manifest.Newest);
        var marks = new StreamMark[manifest.Partitions + 1];
        Array.Fill(marks, StreamMark.Empty);
        Begin(state, [], new SegmentHeader(0, 1, marks));
    }

    private static void Begin(LogState state, IEnumerable<Segment> older, SegmentHeader header)
    {
        Segment segment = SegmentRoller.Name(state, header, SegmentRoller.Make(state, header, 0, null));
        state.Load([.. older, segment]);
        Take(state, header.Marks, header.FirstCommit);
    }

    private static void Take(LogState state, StreamMark[] marks, long nextCommit)
    {
        for (int slot = 0; slot < marks.Length; slot++)
            state.Slots[slot] = new SlotState(marks[slot]);
        state.NextCommit = nextCommit;
    }

    private void Load(LogState state, Manifest manifest, bool verify)
    {
        foreach ((_, string path) in _setAside)
            Log.SegmentSetAside(host.Logger, path);
        long[] bounds = [.. _files.Concat(_setAside).Select(file => file.Base).Distinct().Order()];
        if (bounds[0] != manifest.Oldest)
            throw Missing(manifest.Oldest);
        if (bounds[^1] < manifest.Newest)
            throw Missing(manifest.Newest);

        var segments = new List<Segment>();
        for (int i = 0; i < _files.Count; i++)
        {
            SegmentHeader header = ReadHeader(_files[i]);
            if (header.Base != _files[i].Base || header.Marks.Length != manifest.Partitions + 1)
                throw new StreamLogDamagedException(_files[i].Path, 0, "the segment does not belong to this place of the log");
            int bound = Array.BinarySearch(bounds, header.Base);
            long end = bound + 1 < bounds.Length ? bounds[bound + 1] - header.Base : -1;
            segments.Add(end < 0 ? new Segment(header, _files[i].Path, header.Length, 0) : Sealed(header, _files[i].Path, end, verify));
        }

        if (segments.Count > 0 && segments[^1].Base == bounds[^1])
            OpenNewest(state, segments);
        else
            GoOnBehind(state, segments, _setAside[^1]);
    }

    private static Segment Sealed(SegmentHeader header, string path, long end, bool verify)
    {
        long length = new FileInfo(path).Length;
        if (length < end || end < header.Length)
            throw new StreamLogDamagedException(path, Math.Min(length, end), "the file is too short, or a segment after it is gone");
        var segment = new Segment(header, path, end, end) { IsSealed = true };
        if (verify)
        {
            using SafeFileHandle file = OpenForReading(path);
            new SegmentScanner(header, path, file, end).ScanSealed();
        }

        // Its index and its length are looked after once the store is open.
        segment.IsTidy = length == end && File.Exists(SegmentNames.Index(Path.GetDirectoryName(path)!, header.Base));
        return segment;
    }

    private void OpenNewest(LogState state, List<Segment> segments)
    {
        SegmentHeader header = segments[^1].Header;
        string path = segments[^1].Path;
        SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            long length = RandomAccess.GetLength(file);
            var scanner = new SegmentScanner(header, path, file, length);
            scanner.ScanNewest();
            if (scanner.TornEnd > scanner.End)
            {
                Log.TornTailCut(host.Logger, path, scanner.End, scanner.TornEnd - scanner.End);
                host.Medium.Clear(file, scanner.End, scanner.TornEnd);
                host.Medium.Sync(file);
            }

            segments[^1] = new Segment(header, path, scanner.End, length)
            {
                File = file,
                Blocks = scanner.End > header.Length ? scanner.Blocks : null,
                OldestMs = scanner.OldestMs,
            };
            state.Load(segments);
            Take(state, scanner.Marks, scanner.NextCommit);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The newest segment was set aside by an operator: a new one is begun with numbers that were never used.</summary>
    private static void GoOnBehind(LogState state, List<Segment> segments, (long Base, string Path) gone)
    {
        SegmentHeader before;
        using (SafeFileHandle file = OpenForReading(gone.Path))
        {
            before = SegmentHeader.Read(file) is SegmentHeader header && header.Marks.Length == state.Slots.Length
                ? header
                : EndOf(segments, state.Slots.Length);
        }

        StreamMark[] marks = Array.ConvertAll(before.Marks, mark => mark with { Next = mark.Next + GapRecords });
        Begin(state, segments, new SegmentHeader(gone.Base + GapBytes, before.FirstCommit + GapRecords, marks));
    }

    private static SegmentHeader EndOf(List<Segment> segments, int slots)
    {
        if (segments.Count == 0)
        {
            var marks = new StreamMark[slots];
            Array.Fill(marks, StreamMark.Empty);
            return new SegmentHeader(0, 1, marks);
        }

        Segment last = segments[^1];
        using SafeFileHandle file = OpenForReading(last.Path);
        var scanner = new SegmentScanner(last.Header, last.Path, file, last.End);
        scanner.ScanSealed();
        return new SegmentHeader(last.Base, scanner.NextCommit, scanner.Marks);
    }

    private static SegmentHeader ReadHeader((long Base, string Path) file)
    {
        using SafeFileHandle handle = OpenForReading(file.Path);
        return SegmentHeader.Read(handle)
            ?? throw new StreamLogDamagedException(file.Path, 0, "the head of the segment does not match its checksum");
    }

    private static SafeFileHandle OpenForReading(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private StreamLogDamagedException Missing(long position) =>
        new(SegmentNames.Segment(directory, position), 0, "a segment is gone");
}
