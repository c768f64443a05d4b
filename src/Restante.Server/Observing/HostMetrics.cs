using System.Diagnostics.Metrics;
using Restante.Net.Certificates;

namespace Restante.Server.Observing;

/// <summary>What is known only where all parts come together, in the meter <c>Restante.Server</c>.</summary>
internal sealed class HostMetrics : IDisposable
{
    private readonly Meter _meter = new("Restante.Server");

    public HostMetrics(ServerCertificate certificate, TimeProvider time) => _meter.CreateObservableGauge(
        "restante.certificate.remaining",
        () => (certificate.NotAfter - time.GetUtcNow()).TotalSeconds,
        "s",
        "Time until the server certificate expires; negative when it has.");

    public void Dispose() => _meter.Dispose();
}
