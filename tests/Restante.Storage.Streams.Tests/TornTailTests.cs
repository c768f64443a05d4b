using Restante.Core.Streams;
using static Restante.Storage.Streams.Tests.StoreDirectory;

namespace Restante.Storage.Streams.Tests;

/// <summary>A commit that was being written when the power went is cut off whole, with a report, and nothing else is.</summary>
public sealed class TornTailTests : IDisposable
{
    private static readonly StreamId _one = StreamId.Telemetry(0);
    private static readonly StreamId _two = StreamId.Telemetry(1);
    private readonly StoreDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    public enum Tear
    {
        Cut,
        Zeros,
        Garbage,
        OnlyTheEnd,
    }

    [Theory]
    [InlineData(Tear.Cut)]
    [InlineData(Tear.Zeros)]
    [InlineData(Tear.Garbage)]
    [InlineData(Tear.OnlyTheEnd)]
    public async Task Torn_at_every_byte_of_the_last_commit(Tear tear)
    {
        (byte[] good, int start, int end) = await WriteAsync();
        string path = _directory.Segments[^1];
        for (int at = start; at < end; at++)
        {
            byte[] bytes = Torn(good, tear, start, at, end);
            File.WriteAllBytes(path, bytes);
            int reports = _directory.Logger.Lines.Count(line => line.Contains("cut off", StringComparison.Ordinal));
            await using (SegmentedStreamStore store = await _directory.OpenAsync())
            {
                Assert.Equal([1, 2, 3], await NumbersAsync(store, _one));
                Assert.Equal([1, 2], await NumbersAsync(store, _two));
                Assert.Equal(4, await store.AppendAsync(Item(_one, 40), 9));
                Assert.Equal(3, await store.AppendAsync(Item(_two, 30), 9));
            }

            bool left = bytes.AsSpan(start).ContainsAnyExcept((byte)0);
            int more = _directory.Logger.Lines.Count(line => line.Contains("cut off", StringComparison.Ordinal)) - reports;
            Assert.Equal(left ? 1 : 0, more);
            await using SegmentedStreamStore again = await _directory.OpenAsync(verify: true);
            Assert.Equal([1, 2, 3, 40], await NumbersAsync(again, _one));
            Assert.Equal([1, 2, 30], await NumbersAsync(again, _two));
            await again.DisposeAsync();
            foreach (string file in _directory.Segments)
                File.Delete(file);
            File.Delete(_directory.Manifest);
        }
    }

    [Fact]
    public async Task The_report_names_file_position_and_bytes()
    {
        (byte[] good, int start, int end) = await WriteAsync();
        good[end - 1] ^= 1;
        File.WriteAllBytes(_directory.Segments[^1], good);
        await using SegmentedStreamStore store = await _directory.OpenAsync();
        string report = Assert.Single(_directory.Logger.Lines, line => line.Contains("cut off", StringComparison.Ordinal));
        Assert.Contains(_directory.Segments[^1], report, StringComparison.Ordinal);
        Assert.Contains($"{end - start} bytes from byte {start} on", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_flipped_byte_of_the_last_commit_cuts_it_and_no_more()
    {
        (byte[] good, int start, int end) = await WriteAsync();
        for (int at = start; at < end; at++)
        {
            byte[] bytes = [.. good];
            bytes[at] ^= 0x10;
            File.WriteAllBytes(_directory.Segments[^1], bytes);
            await using SegmentedStreamStore store = await _directory.OpenAsync();
            Assert.Equal(4, store.GetInfo(_one).NextSequenceNumber);
            Assert.Equal(3, store.GetInfo(_two).NextSequenceNumber);
        }
    }

    private static byte[] Torn(byte[] good, Tear tear, int start, int at, int end)
    {
        byte[] bytes = tear == Tear.Cut ? good[..at] : [.. good];
        switch (tear)
        {
            case Tear.Zeros:
                bytes.AsSpan(at, end - at).Clear();
                if (good.AsSpan(at, end - at).IndexOfAnyExcept((byte)0) < 0)
                    bytes[start] ^= 1;
                break;
            case Tear.Garbage:
                new Random(at).NextBytes(bytes.AsSpan(at, Math.Min(bytes.Length, end + 300) - at));
                break;
            case Tear.OnlyTheEnd:
                // The later pages of the commit arrived, the earlier ones did not.
                bytes.AsSpan(start, at + 1 - start).Clear();
                break;
        }

        return bytes;
    }

    private async Task<(byte[] Good, int Start, int End)> WriteAsync()
    {
        int start;
        await using (SegmentedStreamStore store = await _directory.OpenAsync())
        {
            await store.AppendAsync(new[] { Item(_one, 1), Item(_two, 1), Item(_one, 2) }, 5);
            await store.AppendAsync(new[] { Item(_one, 3), Item(_two, 2) }, 6);
            start = Used(File.ReadAllBytes(_directory.Segments[^1]));
            await store.AppendAsync(new[] { Item(_two, 88), Item(_one, 99), Item(_two, 89) }, 7);
        }

        byte[] good = File.ReadAllBytes(Assert.Single(_directory.Segments));
        return (good, start, Used(good));
    }

    private static int Used(byte[] bytes) => bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
}
