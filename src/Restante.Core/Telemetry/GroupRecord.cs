using Restante.Core.Streams;

namespace Restante.Core.Telemetry;

/// <summary>A record in the hands of a reader of a consumer group.</summary>
/// <param name="Partition">The partition it is of.</param>
/// <param name="Record">The record.</param>
/// <param name="Skipped">How many records right before it the group has missed, because retention had dropped them; the reader must be
/// told.</param>
/// <param name="Grant">Which time of holding the partition it belongs to; opaque.</param>
public readonly record struct GroupRecord(int Partition, StreamRecord Record, long Skipped, long Grant);
