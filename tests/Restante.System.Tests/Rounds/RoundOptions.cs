using System.Globalization;
using Restante.System.Tests.Abuse;

namespace Restante.System.Tests.Rounds;

/// <summary>How many rounds, from which seed, and what befalls the gateway in them.</summary>
internal sealed record RoundOptions
{
    private const int UsualRounds = 6;
    private const int UsualSeed = 4711;

    public required int Rounds { get; init; }

    public required int Seed { get; init; }

    /// <summary>Worlds at once, each with a gateway of its own.</summary>
    public int Worlds { get; init; } = 1;

    /// <summary>Out of <c>kill</c>, <c>term</c>, <c>full</c> and <c>clock</c>.</summary>
    public required IReadOnlyList<string> Faults { get; init; }

    /// <summary>What <c>eng/rounds</c> asks for, or a few rounds of what every run of the tests does.</summary>
    /// <exception cref="InvalidOperationException">A fault is asked for that cannot be made here.</exception>
    public static RoundOptions Asked(params string[] usual)
    {
        string? faults = Environment.GetEnvironmentVariable("RESTANTE_ROUNDS_FAULTS");
        var options = new RoundOptions
        {
            Rounds = Setting("RESTANTE_ROUNDS", UsualRounds),
            Seed = Setting("RESTANTE_ROUNDS_SEED", UsualSeed),
            Worlds = Setting("RESTANTE_ROUNDS_WORLDS", 1),
            Faults = string.IsNullOrEmpty(faults) ? usual : faults.Split(','),
        };
        if (options.Faults.FirstOrDefault(static f => f is not ("kill" or "term" or "full" or "clock")) is { } unknown)
            throw new InvalidOperationException($"'{unknown}' is no fault; there are kill, term, full and clock.");
        if (options.Faults.Contains("full") && !NeedsSmallDiskAttribute.CanMount)
            throw new InvalidOperationException(
                "A disk cannot be filled here: mounting a tmpfs needs root and a container that lets it. Leave 'full' out.");
        if (options.Faults.Contains("clock") && !RoundClock.CanStep)
            throw new InvalidOperationException(
                "The clock cannot be moved here: that needs a C compiler (apt install gcc libc6-dev). Leave 'clock' out.");
        return options;
    }

    private static int Setting(string name, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int given) ? given : usual;
}
