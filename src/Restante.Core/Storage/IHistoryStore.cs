using Restante.Core.Devices;
using Restante.Core.History;

namespace Restante.Core.Storage;

/// <summary>
/// What happened to devices and their messages, to be read afterwards. It only grows at its end and is dropped from its front. It explains
/// and decides nothing: an entry may be lost with the process or when the disk does not keep up, and no other work waits for it.
/// </summary>
public interface IHistoryStore
{
    /// <summary>
    /// Adds an entry; readers see it at once. Never waits for the disk: it is written with the next commit, at the latest with the next
    /// <see cref="SweepAsync"/>. When too many wait it is dropped and counted. Does not fail.
    /// </summary>
    void Note(in HistoryEntry entry);

    /// <summary>Reads the history of a device, newest entry first.</summary>
    /// <param name="device">Whose; it need not exist (any more).</param>
    /// <param name="before">Only places below this one; <see cref="long.MaxValue"/> for all.</param>
    /// <param name="max">How many at the most; at least 1, which the caller has checked.</param>
    ValueTask<IReadOnlyList<HistoryRecord>> ReadAsync(DeviceId device, long before, int max);

    /// <summary>Writes what waits, and drops the oldest entries that are past the limits.</summary>
    /// <param name="nowMs">The time.</param>
    /// <param name="maxItems">How many to drop in one call, so that other work gets its turn.</param>
    ValueTask<HistorySweep> SweepAsync(long nowMs, int maxItems);
}
