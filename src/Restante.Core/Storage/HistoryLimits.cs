using System.ComponentModel.DataAnnotations;

namespace Restante.Core.Storage;

/// <summary>How much history is kept of what happened to devices and messages. Handed to the store when it is opened.</summary>
public sealed record HistoryLimits
{
    /// <summary>
    /// Entries kept over all devices; above it the oldest are dropped. About 100 bytes each; a hand-out makes one, a connection two.
    /// </summary>
    [Range(1_000, 1_000_000_000)]
    public int MaxEntries { get; init; } = 1_000_000;

    /// <summary>How long an entry is kept, in milliseconds.</summary>
    [Range(typeof(long), "60000", "316224000000")]
    public long RetentionMs { get; init; } = 7L * 24 * 3600 * 1000;

    /// <summary>
    /// Entries that may wait for the disk in memory; above it further ones are dropped and counted, as nothing ever waits for history. Once
    /// half of them wait, those of a device that has a sixteenth of all are dropped already.
    /// </summary>
    [Range(100, 10_000_000)]
    public int MaxWaiting { get; init; } = 50_000;

    /// <summary>
    /// What a device can repeat at will (connections that begin and end, takeovers, mailboxes let go, hand-outs that did not get through)
    /// and is noted of it one by one in a minute; what is beyond it is counted and noted together, in the history and as an event.
    /// </summary>
    [Range(4, 1_000_000)]
    public int MaxChangesPerMinute { get; init; } = 60;

    /// <summary>
    /// The same in an hour, so that one device has no more than a few percent of the history. Repeated hand-outs count apart.
    /// </summary>
    [Range(4, 10_000_000)]
    public int MaxChangesPerHour { get; init; } = 150;
}
