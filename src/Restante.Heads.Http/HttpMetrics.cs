using System.Diagnostics.Metrics;

namespace Restante.Heads.Http;

/// <summary>The counters of the HTTP head. No label ever holds the name of a device or policy.</summary>
internal sealed class HttpMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Restante.Heads.Http";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _lapsed;

    public HttpMetrics()
    {
        _lapsed = _meter.CreateCounter<long>(
            "restante.http.sessions.lapsed",
            description: "Sessions of devices that ended because the device had made no request for a while.");
        _meter.CreateObservableGauge("restante.http.sessions", () => Sessions(), description: "Devices with a session by HTTP.");
        _meter.CreateObservableGauge(
            "restante.http.waiting", () => Waiting(), description: "Requests that wait: long polls and event streams.");
        _meter.CreateObservableGauge(
            "restante.http.in_line", () => InLine(), description: "Requests that stand in line for others of their policy.");
        _meter.CreateObservableGauge(
            "restante.http.bodies.size", () => Bodies(), "By", "Bytes that have come of the bodies of requests under way.");
    }

    /// <summary>How many sessions there are.</summary>
    public Func<int> Sessions { get; set; } = static () => 0;

    /// <summary>How many requests wait.</summary>
    public Func<int> Waiting { get; set; } = static () => 0;

    /// <summary>How many requests stand in line.</summary>
    public Func<int> InLine { get; set; } = static () => 0;

    /// <summary>How many bytes the bodies of requests under way have.</summary>
    public Func<long> Bodies { get; set; } = static () => 0;

    public void SessionLapsed() => _lapsed.Add(1);

    public void Dispose() => _meter.Dispose();
}
