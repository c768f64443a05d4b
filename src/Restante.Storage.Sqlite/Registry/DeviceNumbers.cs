using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Restante.Storage.Sqlite.Registry;

/// <summary>
/// The number of every device by its id, without the ids: 64 bits of a hash under a key that is drawn anew at each start, so that nobody can
/// choose ids that meet. About 40 bytes for each device. Two devices that meet nevertheless are looked up in the database.
/// </summary>
internal sealed class DeviceNumbers
{
    private const int Shards = 16;

    private readonly Dictionary<ulong, long>[] _shards = new Dictionary<ulong, long>[Shards];
    private readonly HashSet<ulong> _ambiguous = [];
    private readonly ulong _key;
    private readonly ulong _multiplier;

    public DeviceNumbers()
    {
        Span<ulong> secret = stackalloc ulong[2];
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(secret));
        _key = secret[0];
        _multiplier = secret[1] | 1;
        for (int i = 0; i < Shards; i++)
            _shards[i] = [];
    }

    public void Add(string id, long number)
    {
        ulong hash = Hash(id);
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
        ulong hash = Hash(id);
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
        ulong hash = Hash(id);
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

    private ulong Hash(string id)
    {
        ulong hash = _key + ((ulong)id.Length * 0x9E3779B97F4A7C15);
        ReadOnlySpan<byte> rest = MemoryMarshal.AsBytes(id.AsSpan());
        while (rest.Length >= sizeof(ulong))
        {
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(rest));
            rest = rest[sizeof(ulong)..];
        }

        Span<byte> last = stackalloc byte[sizeof(ulong)];
        rest.CopyTo(last);
        return Mix(Mix(hash ^ MemoryMarshal.Read<ulong>(last)) ^ _key);
    }

    private ulong Mix(ulong value)
    {
        ulong high = Math.BigMul(value, _multiplier, out ulong low);
        return high ^ low ^ (value >> 32);
    }
}
