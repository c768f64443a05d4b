namespace Restante.Core.Streams;

/// <summary>One record to be appended.</summary>
/// <param name="Stream">Where to.</param>
/// <param name="Source">The authenticated device id, or for an event the device it is about. At most 128 characters.</param>
/// <param name="Channel">The telemetry channel, or the event's name; null for none. At most 128 characters.</param>
/// <param name="Content">The message content; the store copies it before the call returns.</param>
public readonly record struct StreamAppend(StreamId Stream, string Source, string? Channel, ReadOnlyMemory<byte> Content);
