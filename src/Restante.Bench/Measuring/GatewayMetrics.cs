using System.Globalization;
using System.Net;

namespace Restante.Bench.Measuring;

/// <summary>
/// What a gateway counts of itself at one time, read from its page for Prometheus. Empty where that page is switched off.
/// </summary>
internal sealed class GatewayMetrics
{
    /// <summary>How long the gateway answers with the same page, and some more.</summary>
    public const int KeptMs = 400;

    /// <summary>Durable transactions.</summary>
    public const string Commits = "restante_storage_commits_total";

    /// <summary>Bytes that they wrote.</summary>
    public const string Written = "restante_storage_written_bytes_total";

    /// <summary>Bytes allocated by the gateway's process.</summary>
    public const string Allocated = "dotnet_gc_heap_total_allocated_bytes_total";

    private readonly Dictionary<string, double> _sums = new(StringComparer.Ordinal);

    private GatewayMetrics()
    {
    }

    /// <summary>Reads the page. The gateway keeps one for <see cref="KeptMs"/>, so who asks sooner reads what was.</summary>
    /// <exception cref="HttpRequestException">The gateway refuses it.</exception>
    public static async Task<GatewayMetrics> ReadAsync(HttpClient http)
    {
        var metrics = new GatewayMetrics();
        using HttpResponseMessage response = await http.GetAsync("/metrics");
        if (response.StatusCode == HttpStatusCode.NotFound)
            return metrics;
        response.EnsureSuccessStatusCode();
        foreach (string line in (await response.Content.ReadAsStringAsync()).Split('\n'))
            metrics.Read(line);
        return metrics;
    }

    /// <summary>How much a counter has risen since, all its labels together; null where the gateway does not tell.</summary>
    /// <param name="before">The same at an earlier time.</param>
    /// <param name="name">The name as Prometheus has it.</param>
    public double? Since(GatewayMetrics before, string name) =>
        _sums.TryGetValue(name, out double now) ? now - before._sums.GetValueOrDefault(name) : null;

    // name{labels} value [time]
    private void Read(string line)
    {
        if (line.StartsWith('#') || line.IndexOfAny(['{', ' ']) is not (int end and > 0))
            return;
        int close = line.LastIndexOf('}');
        string[] rest = line[(close < 0 ? end : close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (rest.Length == 0 || !double.TryParse(rest[0], CultureInfo.InvariantCulture, out double value))
            return;
        string name = line[..end];
        _sums[name] = _sums.GetValueOrDefault(name) + value;
    }
}
