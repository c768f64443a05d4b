using System.Diagnostics;
using System.Globalization;

namespace Restante.Server.Demo;

/// <summary>Tells what happens, each line with the seconds since the beginning.</summary>
internal sealed class Narrator(TextWriter output)
{
    private readonly Lock _gate = new();
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Begins a part of the story.</summary>
    public void Chapter(string title)
    {
        lock (_gate)
        {
            output.WriteLine();
            output.WriteLine(title);
            output.Flush();
        }
    }

    /// <summary>Something happened.</summary>
    public void Say(string who, string what)
    {
        double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        lock (_gate)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {seconds,6:0.000}  {who,-10} {what}"));
            output.Flush();
        }
    }
}
