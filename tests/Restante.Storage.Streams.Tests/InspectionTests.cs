using System.Globalization;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Storage.Streams.Inspection;
using static Restante.Storage.Streams.Tests.StoreDirectory;

namespace Restante.Storage.Streams.Tests;

/// <summary>
/// The check of a log names what a start would refuse, and a copy of a log that is written holds what was acknowledged.
/// RESTANTE_DAMAGE_ROUNDS sets how many places are damaged, RESTANTE_SEED which; the defaults suit every run of the tests.
/// </summary>
public sealed class InspectionTests : IDisposable
{
    private static readonly StreamId _one = StreamId.Telemetry(0);
    private static readonly StreamId _two = StreamId.Telemetry(1);
    private readonly StoreDirectory _directory = new();
    private readonly Random _random = new(Number("RESTANTE_SEED", 4711));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_sound_log_has_no_findings()
    {
        await FillAsync(120);
        Assert.True(_directory.Segments.Length > 2);
        Assert.Empty(Inspect());
    }

    [Fact]
    public async Task All_contents_of_a_stream_are_read_in_their_order()
    {
        await FillAsync(120);
        List<byte[]> expected = [];
        await using (SegmentedStreamStore store = await _directory.OpenAsync())
        {
            StreamBatch all = await store.ReadAsync(_one, 1, 100_000, int.MaxValue);
            expected.AddRange(all.Records.Select(r => r.Content.ToArray()));
        }

        Assert.NotEmpty(expected);
        using StreamLogInspection log = StreamLogInspection.Begin(_directory.Path, repair: false);
        Assert.Equal(expected, log.Contents(_one).Select(c => c.ToArray()));
    }

    [Fact]
    public async Task A_log_in_use_is_not_taken()
    {
        await using SegmentedStreamStore store = await _directory.OpenAsync();
        Assert.Throws<StoreUnavailableException>(() => StreamLogInspection.Begin(_directory.Path, repair: false));
    }

    [Theory]
    [InlineData("bit")]
    [InlineData("zeros")]
    [InlineData("cut")]
    [InlineData("gone")]
    public async Task Wherever_a_segment_is_damaged_the_check_names_file_and_place_or_nothing_is_wrong(string damage)
    {
        await FillAsync(120);
        int rounds = Number("RESTANTE_DAMAGE_ROUNDS", 40);
        for (int round = 0; round < rounds; round++)
        {
            string path = _directory.Segments[_random.Next(_directory.Segments.Length)];
            byte[] good = File.ReadAllBytes(path);
            Damage(path, good, damage);
            IReadOnlyList<StoreFinding> findings = Inspect();
            if (findings.Any(finding => finding.IsFault))
            {
                Assert.Contains(findings, finding => finding.IsFault && (finding.File == path || damage == "gone"));
                await Assert.ThrowsAsync<StreamLogDamagedException>(() => _directory.OpenAsync(verify: true));
            }
            else
            {
                // What is missing can only be the end of the newest segment, and the check says so when a commit was torn.
                Assert.True(path == _directory.Segments[^1] || File.ReadAllBytes(path).AsSpan().SequenceEqual(good), $"{path}, round {round}");
                StoreDirectory copy = _directory.Copy();
                await using SegmentedStreamStore store = await copy.OpenAsync(verify: true);
                List<int> numbers = await NumbersAsync(store, _one);
                Assert.Equal(Enumerable.Range(1, numbers.Count), numbers);
                if (damage != "cut")
                    Assert.InRange(numbers.Count, 119, 120);
            }

            File.WriteAllBytes(path, good);
        }

        Assert.Empty(Inspect());
    }

    [Fact]
    public async Task A_torn_end_is_told_and_only_cut_when_that_is_asked_for()
    {
        await FillAsync(3);
        string path = _directory.Segments[^1];
        byte[] bytes = File.ReadAllBytes(path);
        int end = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        bytes[end - 1] ^= 1;
        File.WriteAllBytes(path, bytes);

        StoreFinding told = Assert.Single(Inspect());
        Assert.False(told.IsFault);
        Assert.Equal(path, told.File);
        Assert.InRange(told.Position!.Value, 1, end);
        Assert.Equal(bytes, File.ReadAllBytes(path));

        StoreFinding cut = Assert.Single(Inspect(repair: true));
        Assert.Contains("were cut off", cut.What, StringComparison.Ordinal);
        Assert.Empty(Inspect());
        await using SegmentedStreamStore store = await _directory.OpenAsync(verify: true);
        Assert.Equal([1, 2], await NumbersAsync(store, _one));
    }

    [Fact]
    public async Task Repair_touches_nothing_that_is_damaged()
    {
        await FillAsync(120);
        string path = _directory.Segments[1];
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^20] ^= 4;
        File.WriteAllBytes(path, bytes);
        Assert.Contains(Inspect(repair: true), finding => finding.IsFault && finding.File == path && finding.Position > 0);
        Assert.Equal(bytes, File.ReadAllBytes(path));
    }

    [Fact]
    public async Task A_copy_of_a_log_that_is_written_holds_all_that_was_acknowledged_before()
    {
        await using SegmentedStreamStore store = await _directory.OpenAsync();
        using var stop = new CancellationTokenSource();
        Task load = Task.Run(async () =>
        {
            for (int number = 1; !stop.IsCancellationRequested; number++)
                await store.AppendAsync(new[] { Item(_one, number), Item(_two, number) }, 1);
        });
        for (int round = 0; round < 10; round++)
        {
            await store.AppendAsync(new StreamAppend(StreamId.Events, "truck-17", "connected", new byte[8]), 1);
            long before = store.GetInfo(_one).NextSequenceNumber - 1;
            using var copy = new StoreDirectory { Limits = _directory.Limits };
            foreach (StreamLogPart part in StreamLogCopy.Read(_directory.Path))
            {
                byte[] bytes = part.Bytes.ToArray();
                if (part.File is not null)
                {
                    bytes = new byte[part.Length];
                    Assert.Equal(bytes.Length, RandomAccess.Read(part.File, bytes, 0));
                }

                await File.WriteAllBytesAsync(Path.Combine(copy.Path, part.Name), bytes);
            }

            await using SegmentedStreamStore opened = await copy.OpenAsync(verify: true);
            List<int> numbers = await NumbersAsync(opened, _one);
            Assert.Equal(Enumerable.Range(1, numbers.Count), numbers);
            Assert.True(numbers.Count >= before);
            Assert.Equal(numbers, await NumbersAsync(opened, _two));
            Assert.DoesNotContain(copy.Logger.Lines, line => line.Contains("cut off", StringComparison.Ordinal));
            Assert.Equal(numbers.Count + 1, await opened.AppendAsync(Item(_one, numbers.Count + 1), 9));
        }

        await stop.CancelAsync();
        await load;
    }

    private async Task FillAsync(int count)
    {
        await using SegmentedStreamStore store = await _directory.OpenAsync();
        for (int number = 1; number <= count; number++)
            await store.AppendAsync(Item(_one, number), number);
    }

    private void Damage(string path, byte[] good, string damage)
    {
        byte[] bytes = [.. good];
        int at = _random.Next(bytes.Length);
        if (damage == "gone")
        {
            File.Delete(path);
            return;
        }

        if (damage == "bit")
            bytes[at] ^= (byte)(1 << _random.Next(8));
        else if (damage == "zeros")
            bytes.AsSpan(at, Math.Min(64, bytes.Length - at)).Clear();
        File.WriteAllBytes(path, damage == "cut" ? bytes[..at] : bytes);
    }

    private IReadOnlyList<StoreFinding> Inspect(bool repair = false)
    {
        using StreamLogInspection inspection = StreamLogInspection.Begin(_directory.Path, repair);
        return inspection.Inspect();
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : otherwise;
}
