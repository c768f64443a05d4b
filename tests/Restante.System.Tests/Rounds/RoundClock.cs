using System.Buffers.Binary;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Rounds;

/// <summary>
/// The wall clock of the gateway, which can be moved while it runs: a small library that is loaded before all others adds the seconds that
/// stand in a file. What it showed between two instants is known to within the time that a step took.
/// </summary>
internal sealed class RoundClock : IDisposable
{
    // The machine's own clock is slewed, and two clocks are not read at the same instant.
    private const double ToleranceMs = 250;

    private readonly string? _directory;
    private readonly double _epochMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - History.Now;
    private readonly List<(double From, double To, double OffsetMs)> _steps = [(double.NegativeInfinity, double.NegativeInfinity, 0)];

    private RoundClock(string? directory) => _directory = directory;

    /// <summary>Whether it can be moved here: there is a compiler for the library.</summary>
    public static bool CanStep { get; } = Tool.Works("cc", "--version");

    /// <summary>The seconds it is ahead of the machine's clock.</summary>
    public double OffsetSeconds => _steps[^1].OffsetMs / 1_000;

    /// <summary>What the process of the gateway has to be started with.</summary>
    public IReadOnlyDictionary<string, string> Environment => _directory is null
        ? new Dictionary<string, string>()
        : new Dictionary<string, string> { ["LD_PRELOAD"] = Path.Combine(_directory, "steps.so"), ["RESTANTE_CLOCK_STEP"] = StepFile };

    private string StepFile => Path.Combine(_directory!, "step");

    /// <summary>The machine's clock.</summary>
    public static RoundClock Usual() => new(null);

    /// <summary>A clock that can be moved.</summary>
    public static async Task<RoundClock> MovableAsync()
    {
        var clock = new RoundClock(Directory.CreateTempSubdirectory("restante-clock-").FullName);
        await File.WriteAllBytesAsync(clock.StepFile, new byte[8]);
        (int exit, string output) = await Tool.RunAsync(
            "cc", ["-shared", "-fPIC", "-O2", "-o", Path.Combine(clock._directory!, "steps.so"),
                Path.Combine(Tool.Sources, "Rounds", "steps.c"), "-ldl"]);
        Assert.True(exit == 0, output);
        return clock;
    }

    /// <summary>Moves it to so many seconds ahead of the machine's clock.</summary>
    public void Step(int seconds)
    {
        double from = History.Now;
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, seconds);
        using (FileStream file = new(StepFile, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0))
            file.Write(bytes);
        lock (_steps)
            _steps.Add((from, History.Now, seconds * 1_000.0));
    }

    /// <summary>The earliest it showed between two instants, in milliseconds since 1970.</summary>
    public double Earliest(double from, double to) => _epochMs + Shown(from, to).Min() - ToleranceMs;

    /// <summary>The latest it showed between two instants, in milliseconds since 1970.</summary>
    public double Latest(double from, double to) => _epochMs + Shown(from, to).Max() + ToleranceMs;

    public void Dispose()
    {
        if (_directory is not null)
            Directory.Delete(_directory, recursive: true);
    }

    private List<double> Shown(double from, double to)
    {
        List<double> shown = [];
        lock (_steps)
        {
            for (int i = 0; i < _steps.Count; i++)
            {
                // It stood so from the beginning of its step at the earliest to the end of the next at the latest.
                double first = Math.Max(from, _steps[i].From);
                double last = Math.Min(to, i + 1 < _steps.Count ? _steps[i + 1].To : double.PositiveInfinity);
                if (first <= last)
                    shown.AddRange([first + _steps[i].OffsetMs, last + _steps[i].OffsetMs]);
            }
        }

        return shown;
    }
}
