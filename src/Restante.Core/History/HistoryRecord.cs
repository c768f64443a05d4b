namespace Restante.Core.History;

/// <summary>An entry in its place.</summary>
/// <param name="Place">Its place among all entries of all devices; later ones have higher places.</param>
/// <param name="Entry">What happened.</param>
public sealed record HistoryRecord(long Place, HistoryEntry Entry);
