using System.Collections.Concurrent;
using System.Diagnostics;
using Restante.System.Tests.Abuse;
using Xunit.Abstractions;

namespace Restante.System.Tests.Rounds;

/// <summary>
/// Devices and services act at random against the real process, which is killed, stopped, left without disk, and has its clock moved; after
/// each round the history of all is checked. A few rounds here, thousands by <c>eng/rounds</c>.
/// </summary>
public sealed class RoundsTests(ITestOutputHelper output)
{
    private const int RoundsOfAWorld = 20;

    // What else breaks is worth knowing in a run of thousands; what always breaks need not be seen often.
    private const int MaxFailures = 3;

    [Fact]
    public Task Killed_and_stopped_under_load_it_keeps_its_promises() => RunAsync(RoundOptions.Asked("kill", "term"));

    [NeedsSmallDisk]
    public Task With_a_full_disk_it_keeps_its_promises() => RunAsync(RoundOptions.Asked("kill", "full") with { Rounds = 3 });

    [NeedsMovableClock]
    public Task With_a_clock_that_steps_it_keeps_its_promises() =>
        RunAsync(RoundOptions.Asked("kill", "term", "clock") with { Rounds = 3 });

    [Fact]
    public async Task A_backup_under_load_holds_everything_acknowledged_before_it_began()
    {
        await using RoundWorld world = await RoundWorld.StartAsync(["kill"], 4712);
        await world.RoundAsync();
        await world.PutBackAsync();
        await world.DrainAsync();
    }

    private async Task RunAsync(RoundOptions options)
    {
        long began = Stopwatch.GetTimestamp();
        int done = 0;
        ConcurrentQueue<string> failures = [];
        int worlds = (options.Rounds + RoundsOfAWorld - 1) / RoundsOfAWorld;
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = options.Worlds };
        await Parallel.ForEachAsync(Enumerable.Range(0, worlds), atOnce, async (number, _) =>
        {
            if (failures.Count >= MaxFailures)
                return;
            int seed = options.Seed + number;
            int rounds = Math.Min(RoundsOfAWorld, options.Rounds - (number * RoundsOfAWorld));
            await using RoundWorld world = await RoundWorld.StartAsync(options.Faults, seed);
            try
            {
                for (int round = 0; round < rounds; round++, Interlocked.Increment(ref done))
                    await world.RoundAsync();
                await world.DrainAsync();
            }
            catch (Exception e)
            {
                string when = $"after {world.Rounds} rounds of its own and {done} of all";
                string failure = $"Seed {seed} {when} ({string.Join(", ", world.Log)}): {e}";
                failures.Enqueue(failure);
                Say(failure);
            }

            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            Say($"{done} rounds in {seconds:F0} s; seed {seed}: {world.Entries} entries; {string.Join(", ", world.Log)}; {world.Spent}");
        });
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures));
    }

    private void Say(string line)
    {
        output.WriteLine(line);
        if (Environment.GetEnvironmentVariable("RESTANTE_ROUNDS") is not null)
            Console.WriteLine(line);
    }
}
