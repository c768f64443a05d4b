namespace Restante.Simulation.Tests.Scheduling;

/// <summary>
/// The clock on the wall of the machine that the gateway runs on. It is put forward and back by hand, while time itself goes on; everybody
/// else's clock is right.
/// </summary>
internal sealed class WallClock(Timeline timeline)
{
    // From after which step on it is wrong by how much, and the latest that it had shown by then.
    private readonly List<(long Step, long OffsetMs, long HighestMs)> _settings = [(-1, 0, 0)];

    /// <summary>What it shows, in milliseconds since the Unix epoch.</summary>
    public long UnixNowMs => timeline.UnixNowMs + _settings[^1].OffsetMs;

    /// <summary>The latest that it has ever shown.</summary>
    public long HighestMs => Math.Max(_settings[^1].HighestMs, UnixNowMs);

    /// <summary>Lets it be wrong by so much from now on.</summary>
    public void Set(long offsetMs)
    {
        timeline.Note($"the gateway's clock is wrong by {offsetMs} ms");
        _settings.Add((timeline.Steps, offsetMs, HighestMs));
    }

    /// <summary>What it showed at a moment; it is set between steps.</summary>
    public long At(long step, long nowMs) =>
        timeline.UnixNowMs - timeline.NowMs + nowMs + _settings.FindLast(s => s.Step < step).OffsetMs;

    /// <summary>The latest that it had shown by a moment.</summary>
    public long HighestAt(long step, long nowMs) => Math.Max(_settings.FindLast(s => s.Step < step).HighestMs, At(step, nowMs));

    /// <summary>Whether it was set in or after a step.</summary>
    public bool WasSetSince(long step) => _settings[^1].Step >= step;
}
