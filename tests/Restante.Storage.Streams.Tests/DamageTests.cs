using Restante.Core.Streams;
using static Restante.Storage.Streams.Tests.StoreDirectory;

namespace Restante.Storage.Streams.Tests;

/// <summary>Damage of what was acknowledged is never passed over: it is refused, with the place and the way to mend it.</summary>
public sealed class DamageTests : IDisposable
{
    private static readonly StreamId _one = StreamId.Telemetry(0);
    private readonly StoreDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_flipped_bit_before_good_commits_of_the_newest_segment_is_refused()
    {
        await FillAsync(8);
        string path = Assert.Single(_directory.Segments);
        byte[] good = File.ReadAllBytes(path);
        int used = good.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        int last = LastBlock(good);
        for (int at = 0; at < last; at += 5)
        {
            // Bytes between the fields of a header are covered too: every byte of the file counts.
            byte[] bytes = [.. good];
            bytes[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(path, bytes);
            StreamLogDamagedException damage = await Assert.ThrowsAsync<StreamLogDamagedException>(() => _directory.OpenAsync());
            Assert.Equal(path, damage.File);
            Assert.InRange(damage.Position, 0, at);
            Assert.Contains("To mend", damage.Message, StringComparison.Ordinal);
        }

        File.WriteAllBytes(path, good);
        await using SegmentedStreamStore store = await _directory.OpenAsync();
        Assert.Equal(8, (await NumbersAsync(store, _one)).Count);
        Assert.True(used > last);
    }

    [Fact]
    public async Task A_flipped_bit_of_a_sealed_segment_is_refused_by_a_full_check()
    {
        await FillAsync(60);
        string path = _directory.Segments[1];
        byte[] good = File.ReadAllBytes(path);
        for (int at = 0; at < good.Length; at += 41)
        {
            byte[] bytes = [.. good];
            bytes[at] ^= 4;
            File.WriteAllBytes(path, bytes);
            StreamLogDamagedException damage = await Assert.ThrowsAsync<StreamLogDamagedException>(() => _directory.OpenAsync(verify: true));
            Assert.Equal(path, damage.File);
            Assert.InRange(damage.Position, 0, at);
        }
    }

    [Fact]
    public async Task A_flipped_bit_of_a_sealed_segment_is_refused_when_it_is_read()
    {
        await FillAsync(60);
        string path = _directory.Segments[1];
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^20] ^= 4;
        File.WriteAllBytes(path, bytes);
        await using SegmentedStreamStore store = await _directory.OpenAsync();

        // What is good before it is still handed out.
        StreamBatch batch = await store.ReadAsync(_one, 1, 100, int.MaxValue);
        Assert.Equal(Enumerable.Range(1, batch.Records.Count), batch.Records.Select(Number));
        Assert.NotEmpty(batch.Records);
        StreamLogDamagedException damage = await Assert.ThrowsAsync<StreamLogDamagedException>(
            async () => await store.ReadAsync(_one, batch.NextSequenceNumber, 100, int.MaxValue));
        Assert.Equal(path, damage.File);
        Assert.NotEmpty((await store.ReadAsync(_one, batch.NextSequenceNumber + 1, 100, int.MaxValue)).Records);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_missing_segment_is_refused(int which)
    {
        await FillAsync(60);
        string[] segments = _directory.Segments;
        File.Delete(segments[which < 0 ? segments.Length - 1 : which]);
        await Assert.ThrowsAsync<StreamLogDamagedException>(() => _directory.OpenAsync());
    }

    [Fact]
    public async Task Missing_segments_altogether_are_refused_and_not_begun_anew()
    {
        await FillAsync(60);
        foreach (string path in _directory.Segments)
            File.Delete(path);
        await Assert.ThrowsAsync<StreamLogDamagedException>(() => _directory.OpenAsync());
    }

    [Fact]
    public async Task A_sealed_segment_cut_short_is_refused()
    {
        await FillAsync(60);
        string path = _directory.Segments[1];
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);
        await Assert.ThrowsAsync<StreamLogDamagedException>(() => _directory.OpenAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_segment_set_aside_is_a_gap_readers_are_told_of(int which)
    {
        await FillAsync(60);
        string path = _directory.Segments[which];
        File.Move(path, path + ".damaged");
        for (int round = 0; round < 2; round++)
        {
            await using SegmentedStreamStore store = await _directory.OpenAsync(verify: true);
            long at = 1;
            long read = 0;
            long skipped = 0;
            while (at < 61)
            {
                StreamBatch batch = await store.ReadAsync(_one, at, 1000, int.MaxValue);
                Assert.Equal(at + batch.SkippedByRetention, batch.Records[0].SequenceNumber);
                Assert.Equal(batch.Records.Select(record => (int)record.SequenceNumber), batch.Records.Select(Number));
                Assert.Equal(batch.Records.Count, batch.NextSequenceNumber - batch.Records[0].SequenceNumber);
                read += batch.Records.Count;
                skipped += batch.SkippedByRetention;
                at = batch.NextSequenceNumber;
            }

            Assert.Equal(60, read + skipped);
            Assert.InRange(skipped, 1, 59);
        }
    }

    [Fact]
    public async Task The_newest_segment_set_aside_leaves_a_gap_and_no_number_is_used_twice()
    {
        await FillAsync(60);
        StreamInfo before;
        await using (SegmentedStreamStore whole = await _directory.OpenAsync())
            before = whole.GetInfo(_one);
        string path = _directory.Segments[^1];
        File.Move(path, path + ".damaged");
        long next;
        await using (SegmentedStreamStore store = await _directory.OpenAsync())
        {
            next = await store.AppendAsync(Item(_one, 777), 9);
            Assert.True(next > before.NextSequenceNumber);
            Assert.True(store.GetInfo(_one).LastOffset > before.LastOffset);
        }

        await using SegmentedStreamStore again = await _directory.OpenAsync(verify: true);
        StreamBatch batch = await again.ReadAsync(_one, before.NextSequenceNumber, 10, int.MaxValue);
        Assert.Equal(777, Number(Assert.Single(batch.Records)));
        Assert.Equal(next - before.NextSequenceNumber, batch.SkippedByRetention);
    }

    [Fact]
    public async Task A_damaged_or_missing_index_costs_nothing_but_a_scan()
    {
        await FillAsync(100);
        string[] indexes = Directory.GetFiles(_directory.Path, "*.idx");
        Assert.True(indexes.Length >= 3);
        File.Delete(indexes[0]);
        foreach (string index in indexes[1..])
        {
            byte[] bytes = File.ReadAllBytes(index);
            for (int at = 0; at < bytes.Length; at += 3)
                bytes[at] ^= 0x55;
            File.WriteAllBytes(index, bytes);
        }

        await using SegmentedStreamStore store = await _directory.OpenAsync();
        Assert.Equal(Enumerable.Range(1, 100), await NumbersAsync(store, _one));
    }

    private static int LastBlock(byte[] bytes) => bytes.AsSpan().LastIndexOf(Segments.BlockHeader.Magic);

    private async Task FillAsync(int records)
    {
        await using SegmentedStreamStore store = await _directory.OpenAsync();
        for (int i = 1; i <= records; i++)
            await store.AppendAsync(Item(_one, i, 200), 100 + i);
    }
}
