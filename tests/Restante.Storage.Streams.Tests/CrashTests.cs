using Restante.Core.Storage;
using Restante.Core.Streams;
using static Restante.Storage.Streams.Tests.StoreDirectory;

namespace Restante.Storage.Streams.Tests;

/// <summary>Random histories of appends, failing disks, restarts and lost power, the same for every run.</summary>
public sealed class CrashTests
{
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public async Task Nothing_acknowledged_is_lost_or_doubled(int seed)
    {
        var random = new Random(seed);
        StreamId[] streams = [StreamId.Events, StreamId.Telemetry(0), StreamId.Telemetry(1)];
        Dictionary<StreamId, List<int>> acknowledged = streams.ToDictionary(stream => stream, _ => new List<int>());
        using var directory = new StoreDirectory();
        SegmentedStreamStore store = await directory.OpenAsync();
        try
        {
            for (int step = 0; step < 250; step++)
            {
                FailingMedium medium = directory.Medium;
                bool fails = random.Next(4) == 0;
                medium.FailWrites = fails && random.Next(2) == 0;
                medium.BytesOfFailedWrite = random.Next(300);
                medium.FailSyncs = fails && random.Next(3) == 0;
                medium.FailRenames = fails && random.Next(3) == 0;
                medium.FailCreates = fails && random.Next(3) == 0;
                StreamAppend[] items = [.. Enumerable.Range(0, random.Next(1, 6))
                    .Select(_ => Item(streams[random.Next(3)], random.Next(), random.Next(4, 300)))];
                try
                {
                    await store.AppendAsync(items, step);
                    foreach (StreamAppend item in items)
                        acknowledged[item.Stream].Add(BitConverter.ToInt32(item.Content.Span));
                }
                catch (StoreUnavailableException)
                {
                    // Refused: it may come back after a loss of power, whole, but need not.
                }

                directory.Time.Advance(TimeSpan.FromSeconds(random.Next(2)));
                if (random.Next(12) == 0)
                {
                    medium.FailWrites = medium.FailSyncs = medium.FailRenames = medium.FailCreates = false;
                    await CheckAsync(directory.Copy(), acknowledged);
                }

                if (random.Next(40) == 0)
                {
                    await store.DisposeAsync();
                    medium.FailWrites = medium.FailSyncs = medium.FailRenames = medium.FailCreates = false;
                    store = await directory.OpenAsync(verify: true);

                    // What was refused last may stand whole at the end and count from now on: nobody was told that it does not.
                    foreach (StreamId stream in streams)
                    {
                        List<int> numbers = await NumbersAsync(store, stream);
                        Assert.Equal(acknowledged[stream], numbers.Take(acknowledged[stream].Count));
                        acknowledged[stream] = numbers;
                    }
                }
            }
        }
        finally
        {
            await store.DisposeAsync();
        }

        Assert.All(acknowledged.Values, numbers => Assert.True(numbers.Count > 100));
    }

    private static async Task CheckAsync(StoreDirectory copy, Dictionary<StreamId, List<int>> acknowledged)
    {
        await using SegmentedStreamStore store = await copy.OpenAsync(verify: true);
        foreach ((StreamId stream, List<int> numbers) in acknowledged)
        {
            List<int> found = await NumbersAsync(store, stream);
            Assert.Equal(numbers, found.Take(numbers.Count));
            Assert.InRange(found.Count - numbers.Count, 0, 6);
        }
    }
}
