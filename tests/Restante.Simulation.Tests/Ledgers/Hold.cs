namespace Restante.Simulation.Tests.Ledgers;

/// <summary>One connection of a device as far as its mail goes.</summary>
/// <param name="name">The connection.</param>
/// <param name="device">Whose mail.</param>
/// <param name="generation">Which device of that name.</param>
/// <param name="key">The key it was let in with.</param>
/// <param name="order">Whether it asked for all kinds, so that they come in order.</param>
internal sealed class Hold(string name, string device, int generation, string key, bool order)
{
    public string Name => name;

    public string Device => device;

    public int Generation => generation;

    public string Key => key;

    public bool IsOrdered => order;

    /// <summary>The claim that it was begun with; null for none.</summary>
    public string? Claim { get; init; }

    /// <summary>The step in which the gateway let it in; null while it has not.</summary>
    public long? SinceStep { get; set; }

    /// <summary>The highest place of a message that it was handed.</summary>
    public long LastSequence { get; set; }

    /// <summary>Messages whose leases were renewed: in which step that was asked for, and until when they are held.</summary>
    public Dictionary<string, (long AskedStep, long UntilMs)> Renewed { get; } = [];

    /// <summary>The messages it was handed.</summary>
    public HashSet<string> Seen { get; } = [];
}
