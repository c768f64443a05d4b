namespace Restante.Net.Handshakes;

/// <summary>Which branch a stream belongs to, and the bytes that were read to know it; null for none.</summary>
internal readonly record struct SortedStream(int Branch, byte[]? Ahead);
