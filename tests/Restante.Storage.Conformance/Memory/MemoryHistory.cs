using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

/// <summary>The history as a list. It is dropped from the front up to the first entry that stays.</summary>
internal sealed class MemoryHistory(HistoryLimits limits) : IHistoryStore
{
    private readonly Lock _gate = new();
    private readonly List<HistoryRecord> _entries = [];
    private long _last;

    public void Note(in HistoryEntry entry)
    {
        string? detail = entry.Detail is { Length: > HistoryEntry.MaxDetailLength } text ? text[..HistoryEntry.MaxDetailLength] : entry.Detail;
        lock (_gate)
            _entries.Add(new HistoryRecord(++_last, entry with { Detail = detail }));
    }

    public ValueTask<IReadOnlyList<HistoryRecord>> ReadAsync(DeviceId device, long before, int max)
    {
        lock (_gate)
        {
            return ValueTask.FromResult<IReadOnlyList<HistoryRecord>>(
                [.. _entries.Where(r => r.Place < before && r.Entry.Device == device).Reverse().Take(max)]);
        }
    }

    public ValueTask<HistorySweep> SweepAsync(long nowMs, int maxItems)
    {
        lock (_gate)
        {
            int due = 0;
            while (due < _entries.Count && due < maxItems && IsDue(_entries[due], nowMs))
                due++;
            _entries.RemoveRange(0, due);
            return ValueTask.FromResult(new HistorySweep(due, due == maxItems));
        }
    }

    private bool IsDue(HistoryRecord record, long nowMs) =>
        record.Place <= _last - limits.MaxEntries || record.Entry.AtMs <= nowMs - limits.RetentionMs;
}
