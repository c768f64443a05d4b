using System.Numerics;
using System.Runtime.InteropServices;

namespace Restante.Storage.Sqlite.Writing;

/// <summary>
/// A CRC-32C over what a stored message must not be silently wrong about: its place, whose it is, from when to when it may be
/// handed out, and its content.
/// </summary>
internal static class MessageChecksum
{
    public static long Of(long sequence, long device, long expiresAtMs, long notBeforeMs, ReadOnlySpan<byte> content)
    {
        uint crc = uint.MaxValue;
        crc = BitOperations.Crc32C(crc, (ulong)sequence);
        crc = BitOperations.Crc32C(crc, (ulong)device);
        crc = BitOperations.Crc32C(crc, (ulong)expiresAtMs);
        crc = BitOperations.Crc32C(crc, (ulong)notBeforeMs);
        ReadOnlySpan<byte> rest = content;
        while (rest.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, MemoryMarshal.Read<ulong>(rest));
            rest = rest[sizeof(ulong)..];
        }

        foreach (byte value in rest)
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }
}
