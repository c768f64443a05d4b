using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Restante.Bench.Measuring;

/// <summary>The figures of a run: each a name, a unit and one value a round. Shown are the median and all rounds.</summary>
internal sealed class Report(string title)
{
    private readonly List<(string Name, string Unit, List<double> Values)> _figures = [];

    public void Add(string name, string unit, double value)
    {
        int at = _figures.FindIndex(f => f.Name == name && f.Unit == unit);
        if (at < 0)
        {
            _figures.Add((name, unit, []));
            at = _figures.Count - 1;
        }

        _figures[at].Values.Add(value);
    }

    /// <summary>Adds a figure that may not be known.</summary>
    public void AddKnown(string name, string unit, double? value)
    {
        if (value is double known)
            Add(name, unit, known);
    }

    public void Latency(string name, Histogram histogram)
    {
        Add($"{name} p50", "ms", histogram.Percentile(0.50).TotalMilliseconds);
        Add($"{name} p90", "ms", histogram.Percentile(0.90).TotalMilliseconds);
        Add($"{name} p99", "ms", histogram.Percentile(0.99).TotalMilliseconds);
        Add($"{name} p99.9", "ms", histogram.Percentile(0.999).TotalMilliseconds);
        Add($"{name} max", "ms", histogram.Max.TotalMilliseconds);
    }

    public void Print(bool json)
    {
        if (json)
        {
            PrintJson();
            return;
        }

        Table table = new Table().Title(Markup.Escape(title))
            .AddColumn("figure").AddColumn(new TableColumn("median").RightAligned()).AddColumn("unit").AddColumn("rounds");
        foreach ((string name, string unit, List<double> values) in _figures)
        {
            string rounds = values.Count > 1 ? string.Join("  ", values.Select(Show)) : string.Empty;
            table.AddRow(Markup.Escape(name), Show(Median(values)), Markup.Escape(unit), rounds);
        }

        AnsiConsole.Write(table);
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Show(double value) => value switch
    {
        >= 1000 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.###", CultureInfo.InvariantCulture),
    };

    private void PrintJson()
    {
        using var output = Console.OpenStandardOutput();
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("bench", title);
        json.WriteStartArray("figures");
        foreach ((string name, string unit, List<double> values) in _figures)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("unit", unit);
            json.WriteNumber("median", Median(values));
            json.WriteStartArray("rounds");
            values.ForEach(json.WriteNumberValue);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
