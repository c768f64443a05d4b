using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Core.Telemetry;

/// <content>What services read, as far as their scopes reach.</content>
public sealed partial class TelemetryStreams
{
    /// <summary>
    /// Reads a partition, or the events, for a service: what it sees. What it does not see is passed over; the records that retention has
    /// dropped are counted whoever they were for. Refusals: not-found (no such partition), unavailable.
    /// </summary>
    /// <param name="by">Who reads.</param>
    /// <param name="stream">The partition, or the events.</param>
    /// <param name="fromSequenceNumber">Where to begin.</param>
    /// <param name="maxRecords">How many at the most, at least 1.</param>
    /// <param name="maxBytes">Stop after this many bytes of content; at least one record is returned if there is one.</param>
    /// <param name="cancellation">Cancelled when nobody waits for it any more.</param>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public async ValueTask<Result<StreamBatch>> ReadAsync(
        ServicePrincipal by,
        StreamId stream,
        long fromSequenceNumber,
        int maxRecords,
        int maxBytes,
        CancellationToken cancellation = default)
    {
        if (SeesAll(by, stream) || Check(stream) is not null)
            return await ReadAsync(stream, fromSequenceNumber, maxRecords, maxBytes);
        try
        {
            ScopedReading reading = Scopes!.Reading(by);
            long next = fromSequenceNumber;
            long skipped = 0;
            int looked = 0;
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                (int records, int bytes) = StepOf(by, stream, maxRecords, maxBytes);
                StreamBatch batch = await _store.ReadAsync(stream, next, records, bytes);
                bool isEnd = batch.Records.Count == 0;
                (batch, IReadOnlySet<long> hidden) = await LookAsync(reading, stream, batch, maxRecords, maxBytes);
                skipped += batch.SkippedByRetention;
                next = batch.NextSequenceNumber;
                looked += batch.Records.Count;
                if (batch.Records.Count > hidden.Count)
                    return new StreamBatch([.. batch.Records.Where(r => !hidden.Contains(r.SequenceNumber))], next, skipped);
                if (isEnd || looked >= ScopedReading.MaxLookedAt)
                    return new StreamBatch([], next, skipped) { IsUnfinished = !isEnd };
                await Task.Yield();
            }
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// How much of a partition is read for a service at once, so that it finds what is wanted: the store is read in whole steps also where
    /// little is, unless the service sees all.
    /// </summary>
    internal (int Records, int Bytes) StepOf(ServicePrincipal by, StreamId stream, int maxRecords, int maxBytes) => SeesAll(by, stream)
        ? (maxRecords, maxBytes)
        : (Math.Max(maxRecords, ScopedReading.Step), Math.Max(maxBytes, ScopedReading.StepBytes));

    /// <summary>
    /// Which of the records that were read a service does not see, by their sequence numbers; null when it sees all. What was read ends
    /// with the last one that is wanted. Fails as the store does.
    /// </summary>
    internal async ValueTask<(StreamBatch Batch, IReadOnlySet<long>? Hidden)> LookAsync(
        ServicePrincipal by, StreamId stream, StreamBatch batch, int maxRecords, int maxBytes) =>
        SeesAll(by, stream) ? (batch, null) : await LookAsync(Scopes!.Reading(by), stream, batch, maxRecords, maxBytes);

    private static async ValueTask<(StreamBatch Batch, IReadOnlySet<long> Hidden)> LookAsync(
        ScopedReading reading, StreamId stream, StreamBatch batch, int maxRecords, int maxBytes)
    {
        var hidden = new HashSet<long>();
        long bytes = 0;
        for (int i = 0; i < batch.Records.Count; i++)
        {
            StreamRecord record = batch.Records[i];
            if (!await reading.SeesAsync(stream, record))
            {
                hidden.Add(record.SequenceNumber);
                continue;
            }

            bytes += record.Content.Length;
            if (bytes > maxBytes && i > hidden.Count)
                return (Before(i), hidden);
            if (i + 1 - hidden.Count == maxRecords)
                return (Before(i + 1), hidden);
        }

        return (batch, hidden);

        StreamBatch Before(int end) => end == batch.Records.Count
            ? batch
            : batch with { Records = [.. batch.Records.Take(end)], NextSequenceNumber = batch.Records[end].SequenceNumber };
    }

    private bool SeesAll(ServicePrincipal by, StreamId stream) =>
        Scopes is null || (by.ReachesAll && (stream.IsEvents || by.Scope?.Channels is null));
}
