namespace Restante.Server.Configuration;

/// <summary>Metrics that are asked for.</summary>
public sealed record MetricsOptions
{
    /// <summary>
    /// Whether <c>GET /metrics</c> on the HTTPS port answers with all metrics in Prometheus' text form, to policies with the right
    /// <c>metrics-read</c>.
    /// </summary>
    public bool Scrape { get; init; } = true;
}
