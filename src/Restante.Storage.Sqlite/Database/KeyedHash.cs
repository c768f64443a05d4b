using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Restante.Storage.Sqlite.Database;

/// <summary>64 bits of a hash of texts under a key that is drawn anew for each object, so that nobody can choose texts that meet.</summary>
internal sealed class KeyedHash
{
    private readonly ulong _key;
    private readonly ulong _multiplier;

    public KeyedHash()
    {
        Span<ulong> secret = stackalloc ulong[2];
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(secret));
        _key = secret[0];
        _multiplier = secret[1] | 1;
    }

    public ulong Of(string text) => Mix(Add(_key, text) ^ _key);

    public ulong Of(long number, string first, string second) => Mix(Add(Add(Mix(_key ^ (ulong)number), first), second) ^ _key);

    private ulong Add(ulong hash, string text)
    {
        hash += (ulong)text.Length * 0x9E3779B97F4A7C15;
        ReadOnlySpan<byte> rest = MemoryMarshal.AsBytes(text.AsSpan());
        while (rest.Length >= sizeof(ulong))
        {
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(rest));
            rest = rest[sizeof(ulong)..];
        }

        Span<byte> last = stackalloc byte[sizeof(ulong)];
        rest.CopyTo(last);
        return Mix(hash ^ MemoryMarshal.Read<ulong>(last));
    }

    private ulong Mix(ulong value)
    {
        ulong high = Math.BigMul(value, _multiplier, out ulong low);
        return high ^ low ^ (value >> 32);
    }
}
