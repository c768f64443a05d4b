using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Storage;

namespace Restante.Core.History;

/// <summary>
/// Keeps what a device can repeat at will from washing the history away: each device has a budget of noted changes by the minute and by the
/// hour. What is beyond it is counted, and noted together at the end of the minute, or of the hour when that budget is spent too. A device
/// behind a field gateway has its first changes of the hour free; with the others it also draws on the gateway's budget. A hand-out is
/// always noted, unless it repeats one that did not count as a delivery: those have a budget of the same size.
/// </summary>
internal sealed class ChangeFold(HistoryLimits limits)
{
    /// <summary>Devices whose changes of the hour are counted one by one, some 40 bytes each; those beyond share one budget.</summary>
    public const int MaxCounted = 1_000_000;

    /// <summary>Devices whose further changes are counted at the same time; those beyond make no entry.</summary>
    public const int MaxFolded = 4_096;

    /// <summary>Changes in an hour that a device behind a field gateway makes without drawing on the gateway's budget.</summary>
    public const int FreeBehindGateway = 4;

    private const long MinuteMs = 60_000;
    private const long HourMs = 3_600_000;

    private static readonly DeviceNumber s_others = new(0);

    private readonly Lock _gate = new();
    private readonly Dictionary<DeviceNumber, FoldedChanges> _folded = [];
    private readonly Dictionary<DeviceNumber, int> _repeats = [];
    private Dictionary<DeviceNumber, Spent> _spent = []; // Made anew each hour, so that it shrinks again.
    private long _hour = long.MinValue;
    private long _minute = long.MinValue;

    /// <summary>Whether a change is noted by itself; else it has been counted.</summary>
    public bool Admit(DevicePrincipal device, in HistoryEntry entry)
    {
        lock (_gate)
        {
            Begin(entry.AtMs);
            if (entry.Event == HistoryEvent.HandedOut && !IsRepeat(device.Number))
                return true;
            if (entry.Event is HistoryEvent.Detached or HistoryEvent.Returned && _repeats.Count < MaxCounted)
            {
                int back = entry.Event == HistoryEvent.Detached ? entry.Count : 1;
                _repeats[device.Number] = back + _repeats.GetValueOrDefault(device.Number);
            }

            if (TrySpend(BudgetOf(device.Number, entry), device.Through is null ? null : BudgetOf(device.Through.Number, entry)))
                return true;
            if (_folded.TryGetValue(device.Number, out FoldedChanges? folded))
                folded.Add(entry);
            else if (_folded.Count < MaxFolded)
                _folded.Add(device.Number, new FoldedChanges(device, entry));
            return false;
        }
    }

    /// <summary>Takes out what was counted in minutes that are over.</summary>
    public List<HistoryEntry> TakeDue(long nowMs)
    {
        var due = new List<HistoryEntry>();
        lock (_gate)
        {
            Begin(nowMs);
            foreach ((DeviceNumber number, FoldedChanges folded) in _folded)
            {
                bool isOver = folded.FirstMs / MinuteMs != _minute;
                if (!isOver || (folded.FirstMs / HourMs == _hour && !TrySpend(number, folded.Gateway)))
                    continue;
                folded.Take(due);
                _folded.Remove(number); // Which a dictionary allows while it is walked.
            }
        }

        return due;
    }

    /// <summary>Takes out what was counted of one device, because somebody looks.</summary>
    public List<HistoryEntry> Take(DeviceId device)
    {
        var taken = new List<HistoryEntry>();
        lock (_gate)
        {
            foreach ((DeviceNumber number, FoldedChanges folded) in _folded)
            {
                if (folded.Device != device)
                    continue;
                folded.Take(taken);
                _folded.Remove(number);
            }
        }

        return taken;
    }

    private void Begin(long nowMs)
    {
        _minute = nowMs / MinuteMs;
        if (nowMs / HourMs == _hour)
            return;
        _hour = nowMs / HourMs;
        _spent = [];
        _repeats.Clear();
    }

    // Numbers of devices are positive.
    private static DeviceNumber BudgetOf(DeviceNumber device, in HistoryEntry entry) =>
        entry.Event == HistoryEvent.HandedOut ? new DeviceNumber(-device.Value) : device;

    private bool IsRepeat(DeviceNumber device)
    {
        if (!_repeats.TryGetValue(device, out int left))
            return false;
        if (left > 1)
            _repeats[device] = left - 1;
        else
            _repeats.Remove(device);
        return true;
    }

    private bool TrySpend(DeviceNumber device, DeviceNumber? gateway)
    {
        Spent own = SpentBy(ref device);
        if (!HasRoom(own))
            return false;
        if (gateway is DeviceNumber charged && own.InHour >= FreeBehindGateway)
        {
            Spent others = SpentBy(ref charged);
            if (!HasRoom(others))
                return false;
            _spent[charged] = others.Another();
        }

        _spent[device] = own.Another();
        return true;
    }

    private bool HasRoom(Spent spent) => spent.InMinute < limits.MaxChangesPerMinute && spent.InHour < limits.MaxChangesPerHour;

    private Spent SpentBy(ref DeviceNumber device)
    {
        if (!_spent.TryGetValue(device, out Spent spent) && _spent.Count >= MaxCounted)
        {
            device = s_others;
            _spent.TryGetValue(device, out spent);
        }

        return spent.Minute == _minute ? spent : spent with { Minute = _minute, InMinute = 0 };
    }

    private readonly record struct Spent(long Minute, int InMinute, int InHour)
    {
        public Spent Another() => this with { InMinute = InMinute + 1, InHour = InHour + 1 };
    }
}
