using System.Text;
using Restante.Core.Devices;

namespace Restante.Core.Tests.Devices;

public class DevicePartitionTests
{
    // These must never change: a device would lose its telemetry's order, and nodes would disagree. FNV-1a of "", "a" and "foobar" is
    // published.
    [Theory]
    [InlineData("", 0xcbf29ce484222325)]
    [InlineData("a", 0xaf63dc4c8601ec8c)]
    [InlineData("foobar", 0x85944171f73967e8)]
    public void The_hash_is_FNV_1a_folded(string id, ulong fnv)
    {
        foreach (int partitions in new[] { 1, 2, 7, 8, 16, 1_000, 1_024, int.MaxValue })
            Assert.Equal((int)((fnv ^ (fnv >> 32)) % (ulong)partitions), DevicePartition.Of(id, partitions));
    }

    [Theory]
    [InlineData("truck-17")]
    [InlineData("urn:dev:mac:0024befffe804ff1")]
    [InlineData("A.b_c:d@e=f~g-h")]
    public void The_hash_equals_one_that_is_computed_in_another_way(string id)
    {
        System.Numerics.BigInteger hash = 14_695_981_039_346_656_037;
        foreach (byte b in Encoding.UTF8.GetBytes(id))
            hash = (hash ^ b) * 1_099_511_628_211 % (System.Numerics.BigInteger.One << 64);
        ulong fnv = (ulong)hash;
        Assert.Equal((int)((fnv ^ (fnv >> 32)) % 8), DevicePartition.Of(id, 8));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(100)]
    public void Devices_with_running_numbers_spread_evenly(int partitions)
    {
        const int PerPartition = 2_000;
        int[] counts = new int[partitions];
        for (int i = 0; i < partitions * PerPartition; i++)
            counts[DevicePartition.Of($"device-{i:D7}", partitions)]++;
        Assert.All(counts, c => Assert.InRange(c, PerPartition * 85 / 100, PerPartition * 115 / 100));
    }

    [Fact]
    public void The_longest_id_has_a_partition() => Assert.InRange(DevicePartition.Of(new string('x', 128), 8), 0, 7);

    [Fact]
    public void There_is_at_least_one_partition() => Assert.Throws<ArgumentOutOfRangeException>(() => DevicePartition.Of("a", 0));
}
