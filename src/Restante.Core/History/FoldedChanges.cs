using Restante.Core.Access;
using Restante.Core.Devices;

namespace Restante.Core.History;

/// <summary>Changes of one device that are not noted one by one, and the last of them that began or ended a connection.</summary>
internal sealed class FoldedChanges
{
    private HistoryEntry _latest;
    private HistoryEntry? _state;
    private int _count;

    public FoldedChanges(DevicePrincipal device, in HistoryEntry first)
    {
        Device = device.Id;
        Gateway = device.Through?.Number;
        FirstMs = first.AtMs;
        Add(first);
    }

    public DeviceId Device { get; }

    /// <summary>The field gateway that acted for the device; null for none.</summary>
    public DeviceNumber? Gateway { get; }

    public long FirstMs { get; }

    public void Add(in HistoryEntry entry)
    {
        _count += _count < int.MaxValue ? 1 : 0;
        _latest = entry;
        if (entry.Event is HistoryEvent.Connected or HistoryEvent.Disconnected)
            _state = entry;
    }

    /// <summary>The entries that stand for all of them: how many there were, and whether the device was connected after them.</summary>
    public void Take(List<HistoryEntry> entries)
    {
        int others = _state is null ? _count : _count - 1;
        if (others > 0)
        {
            entries.Add(new HistoryEntry
            {
                Device = Device,
                AtMs = _latest.AtMs,
                Event = HistoryEvent.Folded,
                Count = others,
                RelatedAtMs = FirstMs,
                Connection = _latest.Connection,
            });
        }

        if (_state is HistoryEntry state)
            entries.Add(state with { AtMs = _latest.AtMs });
    }
}
