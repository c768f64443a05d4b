using System.Text;

namespace Restante.Core.Devices;

/// <summary>
/// Which partition a device belongs to: a stable hash (64-bit FNV-1a, folded) of its id, the same on every node and version.
/// </summary>
public static class DevicePartition
{
    /// <summary>The partition, from 0 to <paramref name="partitions"/> - 1.</summary>
    public static int Of(ReadOnlySpan<char> deviceId, int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        Span<byte> bytes = stackalloc byte[DeviceId.MaxLength * 3];
        int length = Encoding.UTF8.GetBytes(deviceId, bytes);
        ulong hash = 14_695_981_039_346_656_037;
        foreach (byte b in bytes[..length])
            hash = (hash ^ b) * 1_099_511_628_211;
        hash ^= hash >> 32;
        return (int)(hash % (uint)partitions);
    }
}
