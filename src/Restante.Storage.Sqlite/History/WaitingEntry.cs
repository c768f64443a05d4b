using Restante.Core.History;

namespace Restante.Storage.Sqlite.History;

/// <summary>An entry that is not durable yet.</summary>
/// <param name="Place">Its place.</param>
/// <param name="Previous">The place of the entry before it in its chain; 0 for none.</param>
/// <param name="Entry">What happened.</param>
internal readonly record struct WaitingEntry(long Place, long Previous, HistoryEntry Entry);
