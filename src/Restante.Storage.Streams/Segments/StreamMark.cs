namespace Restante.Storage.Streams.Segments;

/// <summary>Where a stream stands at some place of the log. No member of it ever falls as the log grows.</summary>
/// <param name="Next">The sequence number its next record gets.</param>
/// <param name="LastOffset">The offset of its newest record, -1 when there never was one.</param>
/// <param name="LastTimeMs">When its newest record was accepted; 0 when there never was one.</param>
internal readonly record struct StreamMark(long Next, long LastOffset, long LastTimeMs)
{
    /// <summary>A stream to which nothing was ever written.</summary>
    public static StreamMark Empty { get; } = new(1, -1, 0);
}
