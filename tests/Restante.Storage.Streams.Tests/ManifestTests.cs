using Restante.Core.Streams;
using static Restante.Storage.Streams.Tests.StoreDirectory;

namespace Restante.Storage.Streams.Tests;

/// <summary>The manifest can be made again from the segments, and a torn write of it does no harm.</summary>
public sealed class ManifestTests : IDisposable
{
    private static readonly StreamId _one = StreamId.Telemetry(0);
    private readonly StoreDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_or_damaged_manifest_is_made_again_with_a_report(bool lost)
    {
        await FillAsync();
        if (lost)
            File.Delete(_directory.Manifest);
        else
            File.WriteAllBytes(_directory.Manifest, new byte[8192]);
        await using SegmentedStreamStore store = await _directory.OpenAsync();
        Assert.Contains(_directory.Logger.Lines, line => line.Contains("manifest", StringComparison.Ordinal));
        Assert.Equal(2, store.Partitions);
        Assert.Equal(Enumerable.Range(1, 60), await NumbersAsync(store, _one));
        await store.DisposeAsync();
        int lines = _directory.Logger.Lines.Count(line => line.Contains("manifest", StringComparison.Ordinal));
        await using SegmentedStreamStore again = await _directory.OpenAsync();
        Assert.Equal(lines, _directory.Logger.Lines.Count(line => line.Contains("manifest", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    public async Task One_torn_place_of_the_two_is_survived(int place)
    {
        await FillAsync();
        byte[] bytes = File.ReadAllBytes(_directory.Manifest);
        bytes[place + 30] ^= 1;
        File.WriteAllBytes(_directory.Manifest, bytes);
        await using SegmentedStreamStore store = await _directory.OpenAsync();
        Assert.Equal(Enumerable.Range(1, 60), await NumbersAsync(store, _one));
        Assert.DoesNotContain(_directory.Logger.Lines, line => line.Contains("manifest", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_damaged_manifest_without_segments_is_refused()
    {
        File.WriteAllBytes(_directory.Manifest, new byte[10]);
        await Assert.ThrowsAsync<StreamLogDamagedException>(() => _directory.OpenAsync());
    }

    private async Task FillAsync()
    {
        await using SegmentedStreamStore store = await _directory.OpenAsync();
        for (int i = 1; i <= 60; i++)
            await store.AppendAsync(Item(_one, i, 200), 100 + i);
    }
}
