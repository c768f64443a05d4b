using Restante.Core.Devices;

namespace Restante.Storage.Sqlite.Registry;

/// <summary>
/// Registry entries in memory, bounded: when half of the room is used up, the half not asked for lately is dropped. An entry that was
/// read while its device changed is not kept.
/// </summary>
internal sealed class DeviceCache(int capacity)
{
    private const int Stripes = 256;

    private readonly Lock _gate = new();
    private readonly int[] _changes = new int[Stripes];
    private readonly int _half = Math.Max(1, capacity / 2);
    private Dictionary<string, DeviceRecord> _young = new(StringComparer.Ordinal);
    private Dictionary<string, DeviceRecord> _old = new(StringComparer.Ordinal);

    /// <summary>Finds an entry. When there is none, <paramref name="ticket"/> is what <see cref="Loaded"/> wants.</summary>
    public DeviceRecord? Find(string id, out int ticket)
    {
        lock (_gate)
        {
            ticket = _changes[Stripe(id)];
            if (_young.TryGetValue(id, out DeviceRecord? record))
                return record;
            if (!_old.Remove(id, out record))
                return null;
            Keep(record);
            return record;
        }
    }

    /// <summary>Keeps what was read, unless a device changed since the ticket was given.</summary>
    public void Loaded(DeviceRecord record, int ticket)
    {
        lock (_gate)
        {
            if (_changes[Stripe(record.Id.Value)] == ticket)
                Keep(record);
        }
    }

    /// <summary>A change has been committed; <paramref name="record"/> is null when the device was removed.</summary>
    public void Changed(DeviceId id, DeviceRecord? record)
    {
        lock (_gate)
        {
            _changes[Stripe(id.Value)]++;
            _young.Remove(id.Value);
            _old.Remove(id.Value);
            if (record is not null)
                Keep(record);
        }
    }

    private static int Stripe(string id) => (int)((uint)id.GetHashCode(StringComparison.Ordinal) % Stripes);

    private void Keep(DeviceRecord record)
    {
        _young[record.Id.Value] = record;
        if (_young.Count < _half)
            return;
        _old = _young;
        _young = new Dictionary<string, DeviceRecord>(StringComparer.Ordinal);
    }
}
