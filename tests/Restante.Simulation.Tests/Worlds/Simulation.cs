using Restante.Simulation.Tests.Ledgers;
using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Worlds;

/// <summary>How a run ended.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Acts">How many acts it had.</param>
/// <param name="Hash">The hash of its trace.</param>
/// <param name="Steps">How many steps it took.</param>
/// <param name="Failure">The promise that was broken; null for none.</param>
/// <param name="Trace">What happened, where it was kept.</param>
internal sealed record SimulationResult(ulong Seed, int Acts, ulong Hash, long Steps, string? Failure, IReadOnlyList<string> Trace);

/// <summary>Runs worlds.</summary>
internal static class Simulation
{
    /// <summary>One world from its beginning to its end, on the calling thread.</summary>
    /// <param name="seed">Says all that happens.</param>
    /// <param name="acts">The most acts; the first ones of a longer run are the same.</param>
    /// <param name="keepTrace">Whether the trace can be read afterwards.</param>
    public static SimulationResult Run(ulong seed, int acts = int.MaxValue, bool keepTrace = false)
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        using var world = new World(seed, keepTrace);
        int done = 0;
        string? failure = null;
        try
        {
            var dice = new Dice(seed ^ 0x5EED);
            var @operator = new Operator(world, dice.Split());
            var chaos = new Chaos(world, dice, @operator);
            world.Start();
            world.Services.SetUp();
            world.RunUntil(5_000);
            done = Math.Min(acts, chaos.Acts);
            chaos.Run(acts);
            new Settling(world, @operator).Run();
        }
        catch (SimulationFailedException broken)
        {
            failure = broken.Message;
        }
#pragma warning disable CA1031 // Whatever a run ends with is what it found.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception.ToString();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }

        return new SimulationResult(seed, done, world.Trace.Hash, world.Timeline.Steps, failure, world.Trace.Lines);
    }
}
