using System.Diagnostics.Metrics;
using Restante.Net.Certificates;

namespace Restante.Server.Observing;

/// <summary>What is known only where all parts come together, in the meter <c>Restante.Server</c>.</summary>
internal sealed class HostMetrics : IDisposable
{
    private readonly Meter _meter = new("Restante.Server");
    private readonly Counter<long> _abandoned;

    public HostMetrics(ServerCertificates certificates, TimeProvider time)
    {
        _meter.CreateObservableGauge(
            "restante.certificate.remaining",
            () => certificates.All.Select(certificate => new Measurement<double>(
                (certificate.NotAfter - time.GetUtcNow()).TotalDays, KeyValuePair.Create<string, object?>("key", certificate.KeyType))),
            "d",
            "Days until a server certificate expires, by the type of its key; negative when it has.");
        _abandoned = _meter.CreateCounter<long>(
            "restante.https.abandoned",
            description: "HTTPS connections that were given up, as their requests did not end after the client had gone.");
    }

    public void ConnectionAbandoned() => _abandoned.Add(1);

    public void Dispose() => _meter.Dispose();
}
