using Restante.Core.Streams;
using Restante.Storage.Conformance.Fuzzing;
using Restante.Storage.Streams.Segments;

namespace Restante.Storage.Streams.Tests;

/// <summary>Damaged logs: refused with the place, or opened with nothing but what was written, in its order.</summary>
public sealed class FuzzTests
{
    private static readonly StreamId _one = StreamId.Telemetry(0);

    [Fact]
    public void Records_that_are_damaged_stay_within_their_block() => FuzzRounds.Run(
        FuzzRounds.Of(10_000),
        random => Damage.Bytes(random, [Records(random, channel: "position"), Records(random, channel: null)]),
        bytes =>
        {
            var cursor = new RecordCursor(bytes);
            int walked = 0;
            while (cursor.MoveNext())
            {
                walked += RecordFormat.Head + cursor.Source.Length + cursor.Channel.Length + cursor.Content.Length;
                Assert.InRange(walked, 0, bytes.Length);
            }

            Assert.Equal(cursor.AtEnd, walked == bytes.Length);
            if (BlockHeader.TryRead(bytes, out BlockHeader header))
                Assert.True(header.BodyLength > 0);
        },
        maxBytes: 4 * 1024);

    [Fact]
    public async Task A_damaged_directory_is_refused_or_opened_with_what_was_written()
    {
        using var good = new StoreDirectory();
        await using (SegmentedStreamStore store = await good.OpenAsync())
        {
            for (int i = 1; i <= 60; i++)
                await store.AppendAsync(StoreDirectory.Item(_one, i), 100 + i);
        }

        int rounds = FuzzRounds.Of(100, cost: 500);
        for (int round = 0; round < rounds; round++)
        {
            using var directory = new StoreDirectory { Limits = good.Limits };
            string what = Break(good, directory, new Random(round));
            try
            {
                await using SegmentedStreamStore store = await directory.OpenAsync(verify: round % 2 == 0);
                List<int> numbers = await StoreDirectory.NumbersAsync(store, _one);
                Assert.Equal(Enumerable.Range(1, numbers.Count), numbers);
            }
            catch (StreamLogDamagedException damage)
            {
                Assert.StartsWith(directory.Path, damage.File, StringComparison.Ordinal);
            }
            catch (Exception fault) when (fault is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"Round {round}, {what}: {fault}");
            }
        }
    }

    // Copies what is good but for one file, which is damaged.
    private static string Break(StoreDirectory good, StoreDirectory directory, Random random)
    {
        string[] files = [.. Directory.GetFiles(good.Path).Where(f => Path.GetFileName(f) != "lock").Order(StringComparer.Ordinal)];
        string file = files[random.Next(files.Length)];
        byte[] bytes = File.ReadAllBytes(file);
        foreach (string other in files)
            File.Copy(other, Path.Combine(directory.Path, Path.GetFileName(other)));

        // Nearly all of the newest segment is still empty; faults there are those of a torn write.
        int used = Math.Min(bytes.Length, bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 100);
        byte[] broken = Damage.Bytes(random, [bytes[..used]]);
        File.WriteAllBytes(Path.Combine(directory.Path, Path.GetFileName(file)), [.. broken, .. new byte[Math.Max(0, random.Next(3) == 0
            ? 0 : bytes.Length - broken.Length)]]);
        return $"{Path.GetFileName(file)} of {bytes.Length} bytes";
    }

    private static byte[] Records(Random random, string? channel)
    {
        var all = new List<byte>();
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            var item = new StreamAppend(_one, "truck-17", channel, Damage.Noise(random, random.Next(30)));
            byte[] record = new byte[RecordFormat.SizeOf(item)];
            RecordFormat.Write(record, item, i);
            all.AddRange(record);
        }

        return [.. all];
    }
}
