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
    public async ValueTask<Result<StreamBatch>> ReadAsync(
        ServicePrincipal by, StreamId stream, long fromSequenceNumber, int maxRecords, int maxBytes)
    {
        if (SeesAll(by, stream) || Check(stream) is not null)
            return await ReadAsync(stream, fromSequenceNumber, maxRecords, maxBytes);
        try
        {
            ScopedReading reading = Scopes!.Reading(by);
            var seen = new List<StreamRecord>();
            long next = fromSequenceNumber;
            long skipped = 0;
            int looked = 0;
            while (true)
            {
                StreamBatch batch = await _store.ReadAsync(stream, next, maxRecords, maxBytes);
                skipped += batch.SkippedByRetention;
                next = batch.NextSequenceNumber;
                foreach (StreamRecord record in batch.Records)
                {
                    if (await reading.SeesAsync(stream, record))
                        seen.Add(record);
                }

                looked += batch.Records.Count;
                bool isEnd = batch.Records.Count == 0;
                if (seen.Count > 0 || isEnd || looked >= ScopedReading.MaxLookedAt)
                    return new StreamBatch(seen, next, skipped) { IsUnfinished = seen.Count == 0 && !isEnd };
            }
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Which of some records a service does not see, by their sequence numbers; null when it sees all. Fails as the store does.
    /// </summary>
    internal async ValueTask<IReadOnlySet<long>?> HiddenAsync(ServicePrincipal by, StreamId stream, IReadOnlyList<StreamRecord> records)
    {
        if (SeesAll(by, stream))
            return null;
        ScopedReading reading = Scopes!.Reading(by);
        var hidden = new HashSet<long>();
        foreach (StreamRecord record in records)
        {
            if (!await reading.SeesAsync(stream, record))
                hidden.Add(record.SequenceNumber);
        }

        return hidden;
    }

    private bool SeesAll(ServicePrincipal by, StreamId stream) =>
        Scopes is null || (by.ReachesAll && (stream.IsEvents || by.Scope?.Channels is null));
}
