using System.Runtime.InteropServices;
using System.Text;
using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.History;

/// <summary>
/// The entries that wait for the next commit, and where the newest entry of each device is: some 30 bytes for a device with history, by a
/// hash of its id. Two devices with the same hash share a chain of entries; readers tell them apart.
/// </summary>
internal sealed class HistoryBuffer(HistoryLimits limits, StoreMetrics metrics) : ICommitPassenger
{
    private const ulong HashOffset = 0xCBF29CE484222325;
    private const ulong HashPrime = 0x100000001B3;

    // Once half of what may wait does, no chain gets more than this part of the whole.
    private const int SharesOfAll = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, long> _newest = [];
    private List<WaitingEntry> _waiting = [];
    private List<WaitingEntry> _taken = [];

    // How many wait of each chain; null while less than half of what may wait does.
    private Dictionary<ulong, int>? _shares;
    private long _last;
    private long _first = 1;

    /// <summary>True when something waits for a commit.</summary>
    public bool HasWaiting
    {
        get
        {
            lock (_gate)
                return _waiting.Count > 0;
        }
    }

    /// <summary>How many entries there are, waiting ones included.</summary>
    public long Entries
    {
        get
        {
            lock (_gate)
                return _last - _first + 1;
        }
    }

    /// <summary>How many devices have history.</summary>
    public int Devices
    {
        get
        {
            lock (_gate)
                return _newest.Count;
        }
    }

    /// <summary>The chain that a device's entries are on (FNV-1a): the same in every process, as the rows of a chain outlive it.</summary>
    public static ulong ChainOf(ReadOnlySpan<byte> device)
    {
        ulong hash = HashOffset;
        foreach (byte value in device)
            hash = (hash ^ value) * HashPrime;
        return hash;
    }

    /// <inheritdoc cref="ChainOf(ReadOnlySpan{byte})"/>
    public static ulong ChainOf(string device)
    {
        Span<byte> bytes = stackalloc byte[DeviceId.MaxLength];
        return ChainOf(bytes[..Encoding.UTF8.GetBytes(device, bytes)]);
    }

    /// <summary>At the start: there is an entry. Places come in rising order.</summary>
    public void Stored(long place, ulong chain)
    {
        if (_last == 0)
            _first = place;
        _last = place;
        _newest[chain] = place;
    }

    public void Note(in HistoryEntry entry)
    {
        ulong chain = ChainOf(entry.Device.Value);
        lock (_gate)
        {
            if (HasRoom(chain))
            {
                ref long newest = ref CollectionsMarshal.GetValueRefOrAddDefault(_newest, chain, out _);
                _waiting.Add(new WaitingEntry(++_last, newest, entry));
                newest = _last;
                return;
            }
        }

        metrics.HistoryLost();
    }

    /// <summary>
    /// The waiting entries of a device below a place, newest first, and the newest place at which the database may have more; 0 for none.
    /// </summary>
    public (List<HistoryRecord> Waiting, long Stored) Find(DeviceId device, long before)
    {
        var found = new List<HistoryRecord>();
        ulong chain = ChainOf(device.Value);
        lock (_gate)
        {
            long stored = _newest.GetValueOrDefault(chain);
            foreach (List<WaitingEntry> list in (ReadOnlySpan<List<WaitingEntry>>)[_waiting, _taken])
            {
                for (int i = list.Count - 1; i >= 0; i--)
                {
                    WaitingEntry waiting = list[i];
                    if (waiting.Place == stored)
                        stored = waiting.Previous;
                    if (waiting.Place < before && waiting.Entry.Device == device)
                        found.Add(new HistoryRecord(waiting.Place, waiting.Entry));
                }
            }

            return (found, stored);
        }
    }

    /// <summary>Up to which place the entries must go: those beyond the number that is kept.</summary>
    public long SurplusUpTo()
    {
        lock (_gate)
            return _last - limits.MaxEntries;
    }

    /// <summary>Entries have been dropped from the front.</summary>
    public void Dropped(List<(long Place, long AtMs, string Device)> dropped, long upTo)
    {
        lock (_gate)
        {
            _first = upTo + 1;
            foreach ((_, _, string device) in dropped)
            {
                ulong chain = ChainOf(device);
                if (_newest.TryGetValue(chain, out long newest) && newest <= upTo)
                    _newest.Remove(chain);
            }
        }
    }

    public void Take()
    {
        lock (_gate)
            (_waiting, _taken) = (_taken, _waiting);
    }

    // Only the writer's thread changes what was taken, and it is here.
    public void Write(WriteSession session)
    {
        foreach (ref readonly WaitingEntry taken in CollectionsMarshal.AsSpan(_taken))
            HistoryRows.Insert(session.Connection, taken);
    }

    public void Written()
    {
        lock (_gate)
        {
            _taken.Clear();
            _shares = null;
        }
    }

    public void Undo()
    {
        lock (_gate)
        {
            _taken.AddRange(_waiting);
            _waiting.Clear();
            (_waiting, _taken) = (_taken, _waiting);
        }
    }

    // Called under the gate. What a few flood leaves room for the others.
    private bool HasRoom(ulong chain)
    {
        int waiting = _waiting.Count + _taken.Count;
        if (waiting < limits.MaxWaiting / 2)
            return true;
        if (waiting >= limits.MaxWaiting)
            return false;
        _shares ??= _waiting.Concat(_taken).CountBy(w => ChainOf(w.Entry.Device.Value)).ToDictionary();
        ref int share = ref CollectionsMarshal.GetValueRefOrAddDefault(_shares, chain, out _);
        if (share >= Math.Max(1, limits.MaxWaiting / SharesOfAll))
            return false;
        share++;
        return true;
    }
}
