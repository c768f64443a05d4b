using System.Diagnostics.Metrics;

namespace Restante.Storage.Streams;

/// <summary>The instruments of one stream log.</summary>
internal sealed class StreamMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _appends;
    private readonly Counter<long> _commits;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _refused;
    private readonly Histogram<long> _batch;
    private readonly Histogram<double> _duration;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meter">The name of the meter they are on.</param>
    /// <param name="pendingBytes">Asks how many bytes wait for the disk.</param>
    /// <param name="retainedBytes">Asks how many bytes are kept.</param>
    public StreamMetrics(string meter, Func<long> pendingBytes, Func<long> retainedBytes)
    {
        _meter = new Meter(meter);
        _appends = _meter.CreateCounter<long>("restante.streams.appends", "{record}", "Records committed.");
        _commits = _meter.CreateCounter<long>("restante.streams.commits", "{commit}", "Durable commits.");
        _bytes = _meter.CreateCounter<long>("restante.streams.bytes", "By", "Bytes written by commits.");
        _failures = _meter.CreateCounter<long>("restante.streams.failures", "{commit}", "Commits that failed.");
        _refused = _meter.CreateCounter<long>("restante.streams.refused", "{call}", "Appends refused because too much waits for the disk.");
        _batch = _meter.CreateHistogram<long>("restante.streams.batch.records", "{record}", "Records per commit.");
        _duration = _meter.CreateHistogram<double>("restante.streams.commit.duration", "s", "From taking a batch to its being durable.");
        _meter.CreateObservableGauge("restante.streams.pending.bytes", pendingBytes, "By", "Bytes that wait for the disk.");
        _meter.CreateObservableGauge("restante.streams.retained.bytes", retainedBytes, "By", "Bytes kept on disk.");
    }

    /// <summary>A batch was committed.</summary>
    public void Committed(int records, long bytes, TimeSpan duration)
    {
        _appends.Add(records);
        _commits.Add(1);
        _bytes.Add(bytes);
        _batch.Record(records);
        _duration.Record(duration.TotalSeconds);
    }

    /// <summary>A batch failed.</summary>
    public void Failed() => _failures.Add(1);

    /// <summary>An append found too much waiting.</summary>
    public void Refused() => _refused.Add(1);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
