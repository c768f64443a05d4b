namespace Restante.Core.Streams;

/// <summary>The ends of a stream.</summary>
/// <param name="FirstSequenceNumber">The oldest kept record, or the next to come when nothing is kept.</param>
/// <param name="NextSequenceNumber">What the next record will get.</param>
/// <param name="LastOffset">The offset of the newest record, -1 when there never was one.</param>
/// <param name="LastEnqueuedAtMs">When the newest record was accepted; 0 when there never was one.</param>
public sealed record StreamInfo(long FirstSequenceNumber, long NextSequenceNumber, long LastOffset, long LastEnqueuedAtMs);
