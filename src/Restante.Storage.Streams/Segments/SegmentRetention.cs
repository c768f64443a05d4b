using Restante.Storage.Streams.Commits;

namespace Restante.Storage.Streams.Segments;

/// <summary>Drops the oldest segments: those whose newest record is too old, and those too many for the limit of bytes.</summary>
internal sealed class SegmentRetention(LogState state, CommitWriter writer, SegmentUpkeep upkeep) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Drops what is to be dropped.</summary>
    /// <returns>How many bytes were freed.</returns>
    public async ValueTask<long> EnforceAsync(long nowMs)
    {
        await _one.WaitAsync();
        try
        {
            long cutoff = nowMs - state.Limits.RetentionMs;

            // The segment being written is never dropped. On a quiet log it would keep old records for ever, so it ends early.
            if (state.Newest.OldestMs < cutoff)
                await writer.RollAsync();
            return Drop(cutoff);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private long Drop(long cutoff)
    {
        Segment[] segments = state.Segments;
        long kept = state.RetainedBytes;
        long freed = 0;
        int count = 0;
        while (count < segments.Length - 1
            && (kept - freed > state.Limits.RetentionBytes || NewestMs(segments[count], segments[count + 1]) < cutoff))
        {
            freed += segments[count].End;
            count++;
        }

        if (count == 0)
            return 0;
        state.DropOldest(count);
        foreach (Segment segment in segments.AsSpan(0, count))
            Delete(segment);
        state.Medium.SyncDirectory(state.Path);
        upkeep.Want();
        Log.Retained(state.Logger, count, freed);
        return freed;
    }

    private void Delete(Segment segment)
    {
        try
        {
            state.Medium.Delete(segment.Path);
            state.Medium.Delete(SegmentNames.Index(state.Path, segment.Base));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Log.DeleteFailed(state.Logger, segment.Path, exception);
        }

        state.Files.Release(segment);
    }

    /// <summary>
    /// When the newest record of a segment was accepted: of the streams that grew between its beginning and the next one's.
    /// </summary>
    private static long NewestMs(Segment segment, Segment next)
    {
        long newest = long.MinValue;
        StreamMark[] before = segment.Header.Marks;
        StreamMark[] after = next.Header.Marks;
        for (int slot = 0; slot < before.Length; slot++)
        {
            if (after[slot].Next > before[slot].Next)
                newest = Math.Max(newest, after[slot].LastTimeMs);
        }

        return newest;
    }
}
