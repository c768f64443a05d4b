namespace Restante.Core.Streams;

/// <summary>Where a reader wants to begin.</summary>
/// <param name="Kind">What <paramref name="Value"/> means.</param>
/// <param name="Value">A sequence number, an offset, or milliseconds since the Unix epoch.</param>
/// <param name="Inclusive">Whether the record at exactly that place is wanted too.</param>
public readonly record struct StreamStart(StreamStartKind Kind, long Value = 0, bool Inclusive = true)
{
    /// <summary>The oldest record that is still kept.</summary>
    public static StreamStart Earliest { get; } = new(StreamStartKind.Earliest);

    /// <summary>Only what comes from now on.</summary>
    public static StreamStart Latest { get; } = new(StreamStartKind.Latest);
}
