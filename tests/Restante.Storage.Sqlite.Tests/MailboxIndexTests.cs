using Restante.Core.Storage;
using Restante.Storage.Sqlite.Mailboxes;
using Restante.Storage.Sqlite.Registry;

namespace Restante.Storage.Sqlite.Tests;

/// <summary>Tests that measure memory: nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuredAlone
{
    public const string Name = "measured alone";
}

/// <summary>
/// The index in memory: its cost, and the structures it is made of. The cost is what building it allocates, which is never less than
/// what it keeps and, unlike the size of the heap, is the same in every run.
/// </summary>
[Collection(MeasuredAlone.Name)]
public sealed class MailboxIndexTests
{
    [Fact]
    public void A_waiting_message_costs_less_than_100_bytes()
    {
        const int devices = 50_000;
        const int perDevice = 10;
        long before = GC.GetAllocatedBytesForCurrentThread();
        var index = new MailboxIndex(new MailboxLimits(), 0);
        for (long device = 1; device <= devices; device++)
            index.ShardOf(device).AddDevice(device);
        long sequence = 0;
        for (int i = 0; i < perDevice; i++)
        {
            for (long device = 1; device <= devices; device++)
                index.ShardOf(device).Append(new NewEntry(device, ++sequence, 1_000_000 + sequence, 300), 0, null);
        }

        long used = GC.GetAllocatedBytesForCurrentThread() - before;
        GC.KeepAlive(index);
        Assert.InRange((double)used / (devices * perDevice), 36, 100);
    }

    [Fact]
    public void An_empty_mailbox_costs_a_bit()
    {
        const int devices = 200_000;
        long before = GC.GetAllocatedBytesForCurrentThread();
        var index = new MailboxIndex(new MailboxLimits(), 0);
        for (long device = 1; device <= devices; device++)
            index.ShardOf(device).AddDevice(device);
        long used = GC.GetAllocatedBytesForCurrentThread() - before;
        GC.KeepAlive(index);
        Assert.InRange((double)used / devices, 0.125, 1);
    }

    [Fact]
    public void Churn_does_not_let_the_index_grow()
    {
        var index = new MailboxIndex(new MailboxLimits(), 64 * 1024);
        MailboxShard shard = index.ShardOf(1);
        shard.AddDevice(1);
        Churn(1);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        Churn(20);
        long used = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.InRange(used, long.MinValue, 100_000);
        GC.KeepAlive(index);

        void Churn(int rounds)
        {
            long sequence = 0;
            List<Claim>? ends = null;
            long epoch = shard.OpenSession(1, index, 0, ref ends)!.Value.Value;
            var grants = new List<Grant>();
            for (int i = 0; i < rounds * 5_000; i++)
            {
                shard.Append(new NewEntry(1, ++sequence, 1_000_000_000 + i, 100), 0, null);
                grants.Clear();
                shard.Lease(new LeaseRequest(new(1), new(epoch), 1, 1_000, i, 1_000_000), grants, ref ends, out _);
                var item = new SettleItem(new(1), new(epoch), new(new(sequence), 1), Core.Mailboxes.SettleVerb.Accept);
                Assert.Equal(SettleStatus.Done, shard.TryClaim(item, i, out Claim? claim));
                shard.Finish(claim!.Value, i);
                if (i % 100 == 0)
                    shard.TakeRisenCounts([]);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_heap_gives_instants_in_order_also_after_a_sift(int seed)
    {
        var random = new Random(seed);
        var heap = new DueHeap();
        var expected = new List<long>();
        for (int i = 0; i < 5_000; i++)
        {
            long at = random.Next(1_000);
            heap.Push(at, i + 1);
            expected.Add(at);
        }

        heap.Sift(due => due.AtMs % 2 == 0);
        expected.RemoveAll(at => at % 2 != 0);
        expected.Sort();
        var popped = new List<long>();
        while (heap.TryPop(999, out DueHeap.Due due))
            popped.Add(due.AtMs);
        Assert.Equal(expected, popped);
        heap.Push(10, 1);
        Assert.False(heap.TryPop(9, out _));
        Assert.True(heap.TryPop(10, out _));
    }

    [Fact]
    public void A_set_of_numbers_is_a_set()
    {
        var random = new Random(5);
        var set = new NumberSet();
        var expected = new HashSet<long>();
        for (int i = 0; i < 20_000; i++)
        {
            long number = random.Next(10_000);
            if (random.Next(2) == 0)
            {
                set.Add(number);
                expected.Add(number);
            }
            else
            {
                set.Remove(number);
                expected.Remove(number);
            }
        }

        Assert.Equal(expected.Count, set.Count);
        for (long number = -1; number < 10_001; number++)
            Assert.Equal(expected.Contains(number), set.Contains(number));
        Assert.False(set.Contains(long.MaxValue));
    }

    [Fact]
    public void Recent_contents_are_bounded_in_bytes()
    {
        var recent = new RecentContents(10_000);
        for (int i = 1; i <= 100; i++)
            recent.Add(i, new StoredContent(Core.Messages.MessageKind.Command, null, "owner", 0, new byte[840]));
        Assert.Null(recent.Find(90));
        Assert.NotNull(recent.Find(91));
        recent.Remove(91);
        recent.Remove(91);
        Assert.Null(recent.Find(91));
        recent.Add(101, new StoredContent(Core.Messages.MessageKind.Command, null, "owner", 0, new byte[10_000]));
        Assert.Null(recent.Find(101));
        Assert.NotNull(recent.Find(92));
    }

    [Fact]
    public void Device_numbers_are_found_by_id()
    {
        var numbers = new DeviceNumbers();
        for (int i = 1; i <= 20_000; i++)
            numbers.Add($"device-{i}", i);
        numbers.Remove("device-7");
        for (int i = 1; i <= 20_001; i++)
        {
            Assert.True(numbers.TryFind($"device-{i}", out long number));
            Assert.Equal(i is 7 or 20_001 ? 0 : i, number);
        }

        numbers.Add("device-8", 50_000);
        Assert.False(numbers.TryFind("device-8", out _));
        Assert.True(numbers.TryFind("device-9", out _));
    }
}
