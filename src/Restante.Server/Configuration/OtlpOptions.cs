using System.ComponentModel.DataAnnotations;

namespace Restante.Server.Configuration;

/// <summary>
/// What is sent to a collector in the OpenTelemetry protocol. Headers, time-outs and certificates are set by OpenTelemetry's own
/// environment variables (<c>OTEL_EXPORTER_OTLP_HEADERS</c> and so on).
/// </summary>
public sealed record OtlpOptions
{
    /// <summary>
    /// Where the collector listens, such as <c>http://localhost:4317</c>; empty to send nothing. For <c>HttpProtobuf</c> the paths
    /// <c>/v1/metrics</c> and <c>/v1/traces</c> are put behind it.
    /// </summary>
    public string Endpoint { get; init; } = string.Empty;

    /// <summary>How it is spoken to.</summary>
    public OtlpTransport Protocol { get; init; } = OtlpTransport.Grpc;

    /// <summary>Whether metrics are sent.</summary>
    public bool Metrics { get; init; } = true;

    /// <summary>
    /// Whether traces are sent: the gateway's spans in the traces that messages carry in their property <c>traceparent</c>.
    /// </summary>
    public bool Traces { get; init; } = true;

    /// <summary>How often metrics are sent, in milliseconds.</summary>
    [Range(1_000, 3_600_000)]
    public int IntervalMs { get; init; } = 60_000;
}
