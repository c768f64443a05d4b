using Restante.Core.Streams;
using static Restante.Storage.Streams.Tests.StoreDirectory;

namespace Restante.Storage.Streams.Tests;

/// <summary>What an append may cost in memory to collect.</summary>
[Collection(nameof(Alone))]
public sealed class AllocationTests
{
    /// <summary>
    /// Bytes allocated per append with many waiting producers, the index entry of the block and the batch's share of everything
    /// included. The content is in a pooled buffer and the waiter is pooled, so this does not depend on the size of the message.
    /// </summary>
    private const long BudgetPerAppend = 64;

    [Fact]
    public async Task An_append_stays_within_its_budget()
    {
        using var directory = new StoreDirectory { Limits = new() { Partitions = 4, SegmentBytes = 32 * 1024 * 1024 } };
        await using SegmentedStreamStore store = await directory.OpenAsync();
        StreamAppend[] items = [.. Enumerable.Range(0, 64).Select(i => Item(StreamId.Telemetry(i % 4), i, 300))];
        await ProduceAsync(store, items, 100);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await ProduceAsync(store, items, 300);
        long each = (GC.GetTotalAllocatedBytes(precise: true) - before) / (64 * 300);
        Assert.InRange(each, 0, BudgetPerAppend);
    }

    private static Task ProduceAsync(SegmentedStreamStore store, StreamAppend[] items, int rounds) =>
        Task.WhenAll(items.Select(async item =>
        {
            for (int i = 0; i < rounds; i++)
                await store.AppendAsync(item, i);
        }));
}
