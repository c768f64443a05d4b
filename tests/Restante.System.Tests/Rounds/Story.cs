namespace Restante.System.Tests.Rounds;

/// <summary>What became of one message at one device, out of the whole history.</summary>
internal sealed class Story(string device, string key, IReadOnlyList<Entry> entries)
{
    /// <summary>How long a message lives whose sender says nothing.</summary>
    public const double UsualLifeMs = 24 * 60 * 60 * 1_000.0;

    public string Device { get; } = device;

    public string Key { get; } = key;

    public IReadOnlyList<Entry> Entries { get; } = entries;

    /// <summary>The attempts to send it, repetitions too.</summary>
    public List<Entry> Sends { get; } = [.. entries.Where(static e => e.Act is Act.Send or Act.Notify or Act.Answer)];

    public List<Entry> Takings { get; } = [.. entries.Where(static e => e.Act is Act.Cancel or Act.Recall)];

    public List<Entry> Handouts { get; } = [.. entries.Where(static e => e.Act == Act.Handout)];

    public List<Entry> Settles { get; } = [.. entries.Where(static e => e.Act == Act.Settle)];

    public List<Entry> Outcomes { get; } = [.. entries.Where(static e => e.Act == Act.Outcome)];

    /// <summary>Where it stands on the shelf of the device.</summary>
    public List<Entry> Shelved { get; } = [.. entries.Where(static e => e.Act == Act.Shelved)];

    /// <summary>All that says how it ended.</summary>
    public IEnumerable<Entry> Ends => Outcomes.Concat(Shelved);

    public List<Entry> Waits { get; } = [.. entries.Where(static e => e.Act == Act.Waiting)];

    /// <summary>When it was first known to be taken; never: infinity.</summary>
    public double TakenAt =>
        Sends.Where(static s => s.Reply == Reply.Done).Select(static s => s.To).DefaultIfEmpty(double.PositiveInfinity).Min();

    /// <summary>When it was first tried.</summary>
    public double BegunAt => Sends.Select(static s => s.From).DefaultIfEmpty(double.PositiveInfinity).Min();

    /// <summary>Until when the gateway may have taken it.</summary>
    public double LastTriedAt =>
        IsTaken ? TakenAt : Sends.Where(static s => s.Reply != Reply.Refused).Select(static s => s.To).DefaultIfEmpty(BegunAt).Max();

    public double LifeMs => Sends is [{ LifeMs: > 0 } first, ..] ? first.LifeMs : UsualLifeMs;

    public double NotBeforeMs => Sends is [{ } first, ..] ? first.NotBeforeMs : 0;

    public bool IsTaken => !double.IsInfinity(TakenAt);

    public override string ToString() => $"{Key} to {Device}";
}
