using Restante.Core.Devices;
using Restante.Core.Sessions;

namespace Restante.Core.History;

/// <summary>
/// Counts refused connects by device and cause, so that whoever knocks without end does not wash the history away: the first refusal is an
/// entry at once, the further ones of a minute are one entry, and then of two minutes, four and so on up to an hour while it goes on.
/// Bounded: what is refused beyond <see cref="MaxCounted"/> pairs of device and cause makes no entry.
/// </summary>
internal sealed class RefusalTally
{
    /// <summary>Pairs of device and cause that are counted at the same time.</summary>
    public const int MaxCounted = 4_096;

    private const long FirstWindowMs = 60_000;
    private const long LongestWindowMs = 3_600_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(DeviceId Device, string Why), Tally> _tallies = [];
    private long _nextMs = long.MaxValue;

    /// <summary>How many pairs of device and cause are counted at present.</summary>
    public int Counted
    {
        get
        {
            lock (_gate)
                return _tallies.Count;
        }
    }

    /// <summary>True when refusals of a device are counted for a cause.</summary>
    public bool Counts(DeviceId device, string why)
    {
        lock (_gate)
            return _tallies.ContainsKey((device, why));
    }

    /// <summary>Counts a refusal.</summary>
    /// <returns>What is to be noted now; null when it is only counted.</returns>
    public HistoryEntry? Add(DeviceId device, ConnectionName connection, string why, long nowMs)
    {
        lock (_gate)
        {
            if (_tallies.TryGetValue((device, why), out Tally? tally))
            {
                tally.Add(connection, nowMs);
                return null;
            }

            if (_tallies.Count >= MaxCounted)
                return null;
            tally = new Tally { WindowMs = FirstWindowMs, EndsMs = nowMs + FirstWindowMs };
            _tallies.Add((device, why), tally);
            _nextMs = Math.Min(_nextMs, tally.EndsMs);
            tally.Add(connection, nowMs);
            return tally.Take(device, why);
        }
    }

    /// <summary>Takes out what has been counted in the windows that are over. A device that was quiet for a window is forgotten.</summary>
    public List<HistoryEntry> TakeDue(long nowMs)
    {
        var due = new List<HistoryEntry>();
        lock (_gate)
        {
            if (nowMs < _nextMs)
                return due;
            _nextMs = long.MaxValue;
            foreach (((DeviceId device, string why), Tally tally) in _tallies)
            {
                if (nowMs >= tally.EndsMs)
                {
                    if (tally.Take(device, why) is not HistoryEntry entry)
                    {
                        _tallies.Remove((device, why)); // Which a dictionary allows while it is walked.
                        continue;
                    }

                    due.Add(entry);
                    tally.WindowMs = Math.Min(2 * tally.WindowMs, LongestWindowMs);
                    tally.EndsMs = nowMs + tally.WindowMs;
                }

                _nextMs = Math.Min(_nextMs, tally.EndsMs);
            }
        }

        return due;
    }

    /// <summary>Takes out what has been counted of one device, because somebody looks.</summary>
    public List<HistoryEntry> Take(DeviceId device)
    {
        var taken = new List<HistoryEntry>();
        lock (_gate)
        {
            foreach (((DeviceId one, string why), Tally tally) in _tallies)
            {
                if (one == device && tally.Take(device, why) is HistoryEntry entry)
                    taken.Add(entry);
            }
        }

        return taken;
    }

    private sealed class Tally
    {
        private int _count;
        private long _firstMs;
        private long _lastMs;
        private ConnectionName _connection;

        public long WindowMs { get; set; }

        public long EndsMs { get; set; }

        public void Add(ConnectionName connection, long nowMs)
        {
            if (_count++ == 0)
                _firstMs = nowMs;
            _lastMs = nowMs;
            _connection = connection;
        }

        public HistoryEntry? Take(DeviceId device, string why)
        {
            if (_count == 0)
                return null;
            var entry = new HistoryEntry
            {
                Device = device,
                AtMs = _lastMs,
                Event = HistoryEvent.Refused,
                Count = _count,
                RelatedAtMs = _firstMs,
                Connection = _connection,
                Detail = why,
            };
            _count = 0;
            return entry;
        }
    }
}
