using System.Globalization;
using Restante.Simulation.Tests.Worlds;
using Xunit.Abstractions;

namespace Restante.Simulation.Tests;

/// <summary>
/// Seeds 1 to 200, or as many as the environment asks for: RESTANTE_SIMULATION_SEEDS, from RESTANTE_SIMULATION_FROM on. Of a trace
/// RESTANTE_SIMULATION_LINES are shown, 60 when that is not set. How to read what they find is told in docs/simulation.md.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int UsualSeeds = 200;
    private const int Threads = 2;
    private const int MostFailures = 10;
    private const int UsualLines = 60;

    [Fact]
    public void Every_seed_keeps_the_promises()
    {
        long from = Setting("RESTANTE_SIMULATION_FROM", 1);
        long count = Setting("RESTANTE_SIMULATION_SEEDS", UsualSeeds);
        List<SimulationResult> failed = Run(from, count);
        foreach (SimulationResult result in failed)
            output.WriteLine($"seed {result.Seed}: {result.Failure}");
        if (failed.Count == 0)
            return;
        SimulationResult least = Shrink(failed.MinBy(static result => result.Acts)!);
        output.WriteLine($"The last lines of seed {least.Seed} with {least.Acts} acts:");
        foreach (string line in least.Trace.TakeLast((int)Setting("RESTANTE_SIMULATION_LINES", UsualLines)))
            output.WriteLine(line);
        Assert.Fail($"Seed {least.Seed}, {least.Acts} acts: {least.Failure}");
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void The_same_seed_gives_the_same_trace(ulong seed)
    {
        SimulationResult first = Worlds.Simulation.Run(seed, keepTrace: true);
        SimulationResult second = Worlds.Simulation.Run(seed, keepTrace: true);
        Assert.Equal(first.Trace, second.Trace);
        Assert.Equal((first.Hash, first.Steps), (second.Hash, second.Steps));
        Assert.NotEqual(first.Hash, Worlds.Simulation.Run(seed + 1_000).Hash);
    }

    private static long Setting(string name, long usual) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : usual;

    // Each on a thread of its own, as a simulation belongs to one thread from its beginning to its end.
    private static List<SimulationResult> Run(long from, long count)
    {
        List<SimulationResult> failed = [];
        long next = from;
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            for (long seed; (seed = Interlocked.Increment(ref next) - 1) < from + count;)
            {
                SimulationResult result = Worlds.Simulation.Run((ulong)seed);
                if (result.Failure is null)
                    continue;
                lock (failed)
                {
                    failed.Add(result);
                    if (failed.Count >= MostFailures)
                        Interlocked.Exchange(ref next, from + count);
                }
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        return failed;
    }

    /// <summary>The same seed with as few acts as still break something.</summary>
    private static SimulationResult Shrink(SimulationResult failed)
    {
        SimulationResult least = Worlds.Simulation.Run(failed.Seed, failed.Acts, keepTrace: true);
        for (int step = failed.Acts / 2; step > 0; step /= 2)
        {
            while (least.Acts > step && Less(least, step) is { Failure: not null } less)
                least = less;
        }

        return least;
    }

    private static SimulationResult Less(SimulationResult than, int acts) =>
        Worlds.Simulation.Run(than.Seed, than.Acts - acts, keepTrace: true);
}
