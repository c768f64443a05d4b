using System.Globalization;
using Restante.Cli.Commands;
using Restante.Cli.Output;

namespace Restante.Cli.Bulk;

/// <summary>
/// Says on the error stream how far something has come: on a terminal in one line that is written over, else in a line now and then.
/// </summary>
internal sealed class ProgressMeter
{
    private static readonly TimeSpan s_overwriting = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_asLines = TimeSpan.FromSeconds(10);

    private readonly CliSurroundings _surroundings;
    private readonly long _began;
    private long _shown;
    private bool _hasLine;

    public ProgressMeter(CliSurroundings surroundings)
    {
        _surroundings = surroundings;
        _began = _shown = surroundings.Time.GetTimestamp();
    }

    /// <summary>How long it has taken until now.</summary>
    public TimeSpan Elapsed => _surroundings.Time.GetElapsedTime(_began);

    /// <summary>A number as people read it.</summary>
    public static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Says how far it is, when it is time to.</summary>
    /// <param name="state">What has been done.</param>
    /// <param name="done">How many have been done since it began.</param>
    /// <param name="share">Which share of what there was to do then is done, 0 to 1; null when nobody knows.</param>
    public void Show(Func<string> state, long done, double? share)
    {
        bool overwrites = _surroundings.ErrorIsTerminal;
        if (share >= 1 || _surroundings.Time.GetElapsedTime(_shown) < (overwrites ? s_overwriting : s_asLines))
            return; // What it came to is told elsewhere.
        _shown = _surroundings.Time.GetTimestamp();
        string text = $"{state()}; {Rate(done)}{Left(share)}";
        if (overwrites)
            _surroundings.Error.Write($"\r\u001b[K{text}");
        else
            _surroundings.Error.WriteLine(text);
        _hasLine = overwrites;
    }

    /// <summary>Says something else.</summary>
    public void Say(string text)
    {
        End();
        _surroundings.Error.WriteLine(SafeText.Of(text));
    }

    /// <summary>Takes away the line that is written over.</summary>
    public void End()
    {
        if (_hasLine)
            _surroundings.Error.Write("\r\u001b[K");
        _hasLine = false;
    }

    /// <summary>So many a second.</summary>
    public string Rate(long done) => $"{Number((long)(done / Math.Max(Elapsed.TotalSeconds, 0.001)))}/s";

    private string Left(double? share)
    {
        if (share is not > 0)
            return string.Empty;
        return $"; {Durations.Rough(Elapsed * ((1 - share.Value) / share.Value))} left";
    }
}
