using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Network;

/// <summary>What the network is like in one run.</summary>
internal sealed record NetworkWeather
{
    /// <summary>The usual longest delay of a piece, in milliseconds.</summary>
    public int DelayMs { get; init; } = 20;

    /// <summary>How often a piece takes much longer, in a thousand.</summary>
    public int StallPerMille { get; init; }

    /// <summary>How often what was written together arrives in pieces, in a thousand.</summary>
    public int SplitPerMille { get; init; }

    /// <summary>Bytes that the systems at both ends hold for one direction.</summary>
    public int PipeBytes { get; init; } = 16 * 1024;

    public static NetworkWeather Of(Dice dice) => new()
    {
        DelayMs = (int)dice.Between(0, 200),
        StallPerMille = dice.Chance(300) ? (int)dice.Between(1, 50) : 0,
        SplitPerMille = (int)dice.Between(0, 600),
        PipeBytes = dice.Pick([512, 4 * 1024, 64 * 1024]),
    };

    public long Delay(Dice dice) => dice.Chance(StallPerMille) ? dice.Between(500, 8_000) : dice.Between(0, DelayMs);
}
