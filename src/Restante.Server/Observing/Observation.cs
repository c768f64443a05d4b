using System.Diagnostics.Metrics;
using System.Reflection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Restante.Core.Tracing;
using Restante.Net.Certificates;
using Restante.Server.Configuration;

namespace Restante.Server.Observing;

/// <summary>Collects the metrics and traces of the process, for whoever asks at <c>/metrics</c> and for a collector.</summary>
internal sealed class Observation : IDisposable
{
    /// <summary>The name that the gateway goes by in metrics and traces.</summary>
    public const string ServiceName = "restante";

    // What Kestrel counts of requests and connections: its labels are routes, methods and statuses.
    private static readonly string[] s_meters =
        ["Restante.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel"];

    private static readonly double[] s_seconds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];
    private static readonly double[] s_counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;

    private Observation(HostMetrics host, MeterProvider? metrics, TracerProvider? traces, bool isScraped)
    {
        Host = host;
        _metrics = metrics;
        _traces = traces;
        Scraped = isScraped ? metrics : null;
    }

    /// <summary>What is counted of the host itself.</summary>
    public HostMetrics Host { get; }

    /// <summary>What <c>/metrics</c> shows; null when there is to be none.</summary>
    public MeterProvider? Scraped { get; }

    /// <summary>Begins; before anything is counted.</summary>
    /// <exception cref="ConfigurationException">The collector's address is none.</exception>
    public static Observation Start(ServerOptions options, ServerCertificates certificates, TimeProvider time)
    {
        OtlpOptions otlp = options.Otlp;
        Uri? collector = otlp.Endpoint.Length == 0 ? null : Address(otlp.Endpoint);
        ResourceBuilder resource = ResourceBuilder.CreateEmpty()
            .AddService(
                ServiceName, serviceVersion: Version, autoGenerateServiceInstanceId: false,
                serviceInstanceId: $"{Environment.MachineName}:{Environment.ProcessId}")
            .AddEnvironmentVariableDetector();
        return new Observation(
            new HostMetrics(certificates, time),
            options.Metrics.Scrape || (collector is not null && otlp.Metrics) ? Meters(options, collector, resource) : null,
            collector is not null && otlp.Traces ? Traces(collector, otlp, resource) : null,
            options.Metrics.Scrape);
    }

    /// <summary>Sends what has not been sent, for five seconds at most each.</summary>
    public void Dispose()
    {
        _metrics?.Dispose();
        _traces?.Dispose();
        Host.Dispose();
    }

    private static string Version =>
        typeof(Observation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    private static MeterProvider Meters(ServerOptions options, Uri? collector, ResourceBuilder resource)
    {
        MeterProviderBuilder builder = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource)
            .AddMeter(s_meters)
            .AddRuntimeInstrumentation()
            .AddView(static instrument => Buckets(instrument));
        if (options.Metrics.Scrape)
            builder.AddPrometheusExporter();
        if (collector is not null && options.Otlp.Metrics)
        {
            builder.AddOtlpExporter((exporter, reader) =>
            {
                Configure(exporter, options.Otlp, collector, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = options.Otlp.IntervalMs;
            });
        }

        return builder.Build();
    }

    private static TracerProvider Traces(Uri collector, OtlpOptions otlp, ResourceBuilder resource) => Sdk.CreateTracerProviderBuilder()
        .SetResourceBuilder(resource)
        .AddSource(MessageTrace.SourceName)
        .SetSampler(new ParentBasedSampler(new AlwaysOffSampler()))
        .AddOtlpExporter(exporter => Configure(exporter, otlp, collector, "v1/traces"))
        .Build();

    private static void Configure(OtlpExporterOptions exporter, OtlpOptions otlp, Uri collector, string path)
    {
        bool http = otlp.Protocol == OtlpTransport.HttpProtobuf;
        exporter.Protocol = http ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        exporter.Endpoint = http ? new Uri(collector, $"{collector.AbsolutePath.TrimEnd('/')}/{path}") : collector;
    }

    private static ExplicitBucketHistogramConfiguration? Buckets(Instrument instrument)
    {
        Type type = instrument.GetType();
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(Histogram<>))
            return null;
        return new ExplicitBucketHistogramConfiguration { Boundaries = instrument.Unit == "s" ? s_seconds : s_counts };
    }

    private static Uri Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"
            ? address
            : throw new ConfigurationException(
                $"Otlp:Endpoint is '{text}', which is no http or https address. Write one such as "
                    + "http://localhost:4317, or leave it empty.");
}
