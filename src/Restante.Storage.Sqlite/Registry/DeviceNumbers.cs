using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Registry;

/// <summary>
/// The number of every device by its id, without the ids: a <see cref="KeyedHash"/> stands for each. About 40 bytes for each device. Two
/// devices whose hashes meet are looked up in the database.
/// </summary>
internal sealed class DeviceNumbers
{
    private const int Shards = 16;

    private readonly Dictionary<ulong, long>[] _shards = new Dictionary<ulong, long>[Shards];
    private readonly HashSet<ulong> _ambiguous = [];
    private readonly KeyedHash _hash = new();

    public DeviceNumbers()
    {
        for (int i = 0; i < Shards; i++)
            _shards[i] = [];
    }

    public void Add(string id, long number)
    {
        ulong hash = _hash.Of(id);
        Dictionary<ulong, long> shard = _shards[hash % Shards];
        lock (shard)
        {
            if (shard.TryAdd(hash, number))
                return;
        }

        lock (_ambiguous)
            _ambiguous.Add(hash);
    }

    public void Remove(string id)
    {
        ulong hash = _hash.Of(id);
        if (IsAmbiguous(hash))
            return; // The database keeps knowing better.
        Dictionary<ulong, long> shard = _shards[hash % Shards];
        lock (shard)
            shard.Remove(hash);
    }

    /// <summary>The number of a device; 0 when there is none.</summary>
    /// <returns>False when only the database knows.</returns>
    public bool TryFind(string id, out long number)
    {
        ulong hash = _hash.Of(id);
        Dictionary<ulong, long> shard = _shards[hash % Shards];
        lock (shard)
            shard.TryGetValue(hash, out number);
        return number == 0 || !IsAmbiguous(hash);
    }

    private bool IsAmbiguous(ulong hash)
    {
        lock (_ambiguous)
            return _ambiguous.Count > 0 && _ambiguous.Contains(hash);
    }
}
