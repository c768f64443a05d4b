using Microsoft.Extensions.Logging;
using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Storage.Streams;

/// <summary>
/// The streams of a gateway in two logs: telemetry in one, the events in the other, each with a bound of bytes of its own, so that no
/// amount of telemetry pushes events out.
/// </summary>
public sealed class DividedStreamStore : IStreamStore, IAsyncDisposable
{
    /// <summary>The meter of the log of events.</summary>
    public const string EventMeterName = SegmentedStreamStore.MeterName + ".Events";

    private readonly SegmentedStreamStore _telemetry;
    private readonly SegmentedStreamStore _events;

    private DividedStreamStore(SegmentedStreamStore telemetry, SegmentedStreamStore events)
    {
        _telemetry = telemetry;
        _events = events;
    }

    /// <inheritdoc/>
    public int Partitions => _telemetry.Partitions;

    /// <summary>Opens both logs, each in a directory of its own, as <see cref="SegmentedStreamStore"/> opens one.</summary>
    /// <param name="telemetry">The directory of telemetry.</param>
    /// <param name="events">The directory of the events.</param>
    /// <param name="limits">What to keep; of events what <see cref="StreamLimits.ForEvents"/> says.</param>
    /// <param name="logger">Where reports go.</param>
    /// <param name="time">The clock of durations and pauses; the system's when null.</param>
    /// <param name="verify">Whether all segments are read and checked.</param>
    /// <exception cref="StreamLogDamagedException">Acknowledged records cannot be read back; the message says how to mend it.</exception>
    /// <exception cref="StoreUnavailableException">Another process has a directory, or the medium fails.</exception>
    /// <exception cref="ArgumentException">A limit is out of its range.</exception>
    public static async Task<DividedStreamStore> OpenAsync(
        string telemetry, string events, StreamLimits limits, ILogger logger, TimeProvider? time = null, bool verify = false)
    {
        SegmentedStreamStore first = await SegmentedStreamStore.OpenAsync(telemetry, limits, logger, time, verify);
        try
        {
            return new DividedStreamStore(
                first, await SegmentedStreamStore.OpenAsync(events, limits.ForEvents(), logger, time, verify, EventMeterName));
        }
        catch
        {
            await first.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<long> AppendAsync(StreamAppend item, long nowMs) => Of(item.Stream).AppendAsync(item, nowMs);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are both telemetry and events, or as <see cref="SegmentedStreamStore"/> says.</exception>
    public ValueTask AppendAsync(ReadOnlyMemory<StreamAppend> items, long nowMs)
    {
        if (items.IsEmpty)
            return ValueTask.CompletedTask;
        StreamId first = items.Span[0].Stream;
        foreach (ref readonly StreamAppend item in items.Span)
        {
            if (item.Stream.IsEvents != first.IsEvents)
                throw new ArgumentException("Telemetry and events are not appended in one call.", nameof(items));
        }

        return Of(first).AppendAsync(items, nowMs);
    }

    /// <inheritdoc/>
    public ValueTask<StreamBatch> ReadAsync(StreamId stream, long fromSequenceNumber, int maxRecords, int maxBytes) =>
        Of(stream).ReadAsync(stream, fromSequenceNumber, maxRecords, maxBytes);

    /// <inheritdoc/>
    public ValueTask<long> FindAsync(StreamId stream, StreamStart start) => Of(stream).FindAsync(stream, start);

    /// <inheritdoc/>
    public StreamInfo GetInfo(StreamId stream) => Of(stream).GetInfo(stream);

    /// <inheritdoc/>
    public async ValueTask<long> EnforceRetentionAsync(long nowMs)
    {
        long[] freed = await Task.WhenAll(
            _telemetry.EnforceRetentionAsync(nowMs).AsTask(), _events.EnforceRetentionAsync(nowMs).AsTask());
        return freed.Sum();
    }

    /// <summary>Closes both logs, as <see cref="SegmentedStreamStore.DisposeAsync"/> does.</summary>
    public async ValueTask DisposeAsync()
    {
        await _telemetry.DisposeAsync();
        await _events.DisposeAsync();
    }

    private SegmentedStreamStore Of(StreamId stream) => stream.IsEvents ? _events : _telemetry;
}
