using Restante.Core.Storage;
using Restante.Storage.Streams.Segments;

namespace Restante.Storage.Streams.Commits;

/// <summary>
/// Sees to it that the next commit has a clean place to go to: begins new segments, and clears up behind a commit that failed.
/// Only the writer calls it, except for the handing in of a spare.
/// </summary>
internal sealed class SegmentRoller(LogState state, Action rolled) : IDisposable
{
    /// <summary>How long after a failure to begin a segment the next attempt is made; appends are refused meanwhile.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private WriteDoubt _doubt;
    private long _doubtEnd;
    private bool _mustRoll;
    private long? _failedAt;
    private BlankSegment? _spare;

    /// <summary>True when no spare segment is ready.</summary>
    public bool NeedsSpare => Volatile.Read(ref _spare) is null;

    /// <summary>Hands in the file of the next segment.</summary>
    public void PutSpare(BlankSegment spare) => Volatile.Write(ref _spare, spare);

    /// <summary>Notes what is not known of the bytes from the end of the newest segment on.</summary>
    public void Doubt(WriteDoubt doubt, long end)
    {
        _doubt = doubt;
        _doubtEnd = end;
    }

    /// <summary>Makes room for a commit, on clean ground.</summary>
    public void Prepare(long bytes)
    {
        Segment segment = state.Newest;
        if (_doubt == WriteDoubt.Written && !_mustRoll)
        {
            // Until the zeros are on the medium the doubt stays; when even they are not confirmed, the segment is given up.
            state.Medium.Clear(segment.File!, segment.End, Math.Min(_doubtEnd, segment.Capacity));
            _doubt = WriteDoubt.Synced;
            state.Medium.Sync(segment.File!);
            _doubt = WriteDoubt.None;
        }

        if (_doubt == WriteDoubt.Synced || _mustRoll || segment.Capacity - segment.End < bytes)
            Roll(bytes);
    }

    /// <summary>Begins a new segment.</summary>
    /// <param name="bytes">The commit that must fit.</param>
    public void Roll(long bytes)
    {
        if (_failedAt is long failed && state.Time.GetElapsedTime(failed) < Pause)
            throw new StoreUnavailableException("No new segment could be begun a moment ago.");
        _failedAt = state.Time.GetTimestamp();
        Segment old = state.Newest;
        var header = new SegmentHeader(old.Base + old.End, state.NextCommit, Array.ConvertAll(state.Slots, slot => slot.Mark));
        BlankSegment blank = Make(state, header, bytes, Interlocked.Exchange(ref _spare, null));

        // From here on a file with the new segment's name may exist, even when what follows fails: where it begins the old one ends,
        // and nothing may be added to that any more.
        _mustRoll = true;
        state.Add(Name(state, header, blank));
        old.IsSealed = true;
        _mustRoll = false;
        _doubt = WriteDoubt.None;
        _failedAt = null;
        rolled();
    }

    /// <summary>Makes the file of a new segment, not yet under its name.</summary>
    public static BlankSegment Make(LogState state, SegmentHeader header, long bytes, BlankSegment? spare)
    {
        long length = Math.Max(state.Limits.SegmentBytes, header.Length + bytes);
        if (spare?.Length < length)
        {
            spare.Dispose();
            spare = null;
        }

        spare ??= BlankSegment.Make(state.Medium, state.Path, length);
        try
        {
            state.Medium.Write(spare.File, [header.Encode()], 0);
            state.Medium.Sync(spare.File);
            return spare;
        }
        catch
        {
            spare.Dispose();
            throw;
        }
    }

    /// <summary>Gives the file of a new segment its name, on the medium when the call returns.</summary>
    public static Segment Name(LogState state, SegmentHeader header, BlankSegment blank)
    {
        try
        {
            string path = SegmentNames.Segment(state.Path, header.Base);
            state.Medium.Rename(blank.Path, path);
            return new Segment(header, path, header.Length, blank.Length) { File = blank.File };
        }
        catch
        {
            blank.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _spare, null)?.Dispose();
}
