using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.History;

/// <summary>The history of the embedded store. Entries travel with the commits of other work and cause none, but for the sweep's.</summary>
internal sealed class SqliteHistoryStore(HistoryBuffer buffer, ReaderPool readers, Writer writer, HistoryLimits limits) : IHistoryStore
{
    public void Note(in HistoryEntry entry) =>
        buffer.Note(entry.Detail is { Length: > HistoryEntry.MaxDetailLength } detail ? entry with { Detail = Cut(detail) } : entry);

    public ValueTask<IReadOnlyList<HistoryRecord>> ReadAsync(DeviceId device, long before, int max)
    {
        (List<HistoryRecord> found, long stored) = buffer.Find(device, before);
        if (found.Count > max)
            found.RemoveRange(max, found.Count - max);
        try
        {
            if (found.Count < max && stored != 0)
            {
                found.AddRange(readers.Read(
                    (device, stored, before, max: max - found.Count),
                    static (connection, x) => HistoryRows.Read(connection, x.device, x.stored, x.before, x.max)));
            }
        }
        catch (StoreUnavailableException failure)
        {
            return ValueTask.FromException<IReadOnlyList<HistoryRecord>>(failure);
        }

        return ValueTask.FromResult<IReadOnlyList<HistoryRecord>>(found);
    }

    public async ValueTask<HistorySweep> SweepAsync(long nowMs, int maxItems)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxItems, 1);
        long retainedFrom = nowMs - limits.RetentionMs;
        if (!HasDue(retainedFrom))
        {
            if (!buffer.HasWaiting)
                return default;
            await writer.Submit(new SimpleOperation<bool>(static _ => true)); // What waits travels with it.
            if (!HasDue(retainedFrom))
                return default;
        }

        long surplusUpTo = buffer.SurplusUpTo();
        List<(long Place, long AtMs, string Device)> dropped = [];
        await writer.Submit(new SimpleOperation<long>(
            session =>
            {
                dropped = Due(session.Connection, surplusUpTo, retainedFrom, maxItems);
                if (dropped.Count == 0)
                    return 0;
                HistoryRows.DropUpTo(session.Connection, dropped[^1].Place);
                return dropped[^1].Place;
            },
            upTo =>
            {
                if (upTo > 0)
                    buffer.Dropped(dropped, upTo);
            }));
        return new HistorySweep(dropped.Count, dropped.Count == maxItems);
    }

    private bool HasDue(long retainedFrom) =>
        readers.Read(1, HistoryRows.Oldest) is [var oldest] && (oldest.Place <= buffer.SurplusUpTo() || oldest.AtMs <= retainedFrom);

    // Places rise with time but for the jumps of a clock: what is dropped ends at the first entry that stays.
    private static List<(long Place, long AtMs, string Device)> Due(Connection connection, long surplusUpTo, long retainedFrom, int max)
    {
        List<(long Place, long AtMs, string Device)> oldest = HistoryRows.Oldest(connection, max);
        int stays = oldest.FindIndex(x => x.Place > surplusUpTo && x.AtMs > retainedFrom);
        if (stays >= 0)
            oldest.RemoveRange(stays, oldest.Count - stays);
        return oldest;
    }

    private static string Cut(string detail)
    {
        int length = HistoryEntry.MaxDetailLength;
        return detail[..(char.IsHighSurrogate(detail[length - 1]) ? length - 1 : length)];
    }
}
