using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Restante.System.Tests.Rounds;

/// <summary>Where the time of a world went, so that it can be seen what keeps its rounds from being quick.</summary>
internal sealed class Spent
{
    private readonly ConcurrentDictionary<string, TimeSpan> _phases = new();

    /// <summary>Runs a part of a round, and notes how long it took.</summary>
    public async Task TimeAsync(string phase, Func<Task> part)
    {
        long began = Stopwatch.GetTimestamp();
        try
        {
            await part();
        }
        finally
        {
            TimeSpan took = Stopwatch.GetElapsedTime(began);
            _phases.AddOrUpdate(phase, took, (_, before) => before + took);
        }
    }

    public override string ToString() => string.Join(", ", _phases.OrderByDescending(static p => p.Value)
        .Select(static p => string.Create(CultureInfo.InvariantCulture, $"{p.Key} {p.Value.TotalSeconds:F1} s")));
}
