using System.Globalization;

namespace Restante.System.Tests.Attacks;

/// <summary>What was measured without and with one attack, in some rounds.</summary>
internal sealed class AttackFinding(string attack)
{
    private const double MiB = 1024 * 1024;

    private readonly List<(Waits Quiet, Waits Under)> _waits = [];
    private readonly List<double> _blows = [];
    private readonly List<long> _before = [];
    private readonly List<long> _most = [];
    private readonly List<long> _after = [];

    public string Attack { get; } = attack;

    /// <summary>One round.</summary>
    /// <param name="quiet">The waits without the attack.</param>
    /// <param name="under">The waits with it.</param>
    /// <param name="blows">Blows a second.</param>
    /// <param name="before">Resident memory of the gateway before, in bytes.</param>
    /// <param name="most">The most during the attack.</param>
    /// <param name="after">After it.</param>
    public void Add(Waits quiet, Waits under, double blows, long before, long most, long after)
    {
        _waits.Add((quiet, under));
        _blows.Add(blows);
        _before.Add(before);
        _most.Add(most);
        _after.Add(after);
    }

    /// <summary>All findings as a table: medians of the rounds, ratios of each round's two halves.</summary>
    public static IEnumerable<string> Table(IEnumerable<AttackFinding> findings)
    {
        yield return "| attack | blows a second | what | without, p50 / p99 | under attack, p50 / p99 | ratio p50 | ratio p99 | memory before / most / after |";
        yield return "|---|---|---|---|---|---|---|---|";
        foreach (AttackFinding finding in findings)
        {
            for (int what = 0; what < 3; what++)
                yield return finding.Line(what);
        }
    }

    private string Line(int what)
    {
        double Median(Func<(Waits Quiet, Waits Under), double> of) => Waits.Percentile(_waits.Select(of), 0.5);
        double Quiet((Waits Quiet, Waits Under) w, double share) => Waits.Percentile(w.Quiet.All[what].Values, share);
        double Under((Waits Quiet, Waits Under) w, double share) => Waits.Percentile(w.Under.All[what].Values, share);
        double InMiB(List<long> bytes) => Waits.Percentile(bytes.Select(static b => b / MiB), 0.5);
        string first = what > 0 ? "| | " : string.Create(CultureInfo.InvariantCulture, $"| {Attack} | {Waits.Percentile(_blows, 0.5):N0} ");
        string memory = what > 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{InMiB(_before):F0} / {InMiB(_most):F0} / {InMiB(_after):F0} MiB");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{first}| {_waits[0].Quiet.All[what].Name} | {Median(w => Quiet(w, 0.5)):F2} / {Median(w => Quiet(w, 0.99)):F2} ms "
            + $"| {Median(w => Under(w, 0.5)):F2} / {Median(w => Under(w, 0.99)):F2} ms "
            + $"| {Median(w => Under(w, 0.5) / Quiet(w, 0.5)):F1} | {Median(w => Under(w, 0.99) / Quiet(w, 0.99)):F1} | {memory} |");
    }
}
