using Restante.Core.Streams;

namespace Restante.Core.Telemetry;

/// <summary>How far a consumer group has come in one partition, and who holds it. Used under the gate of its group.</summary>
internal sealed class GroupPartition(int number, long checkpoint)
{
    // What was handed out and not accepted; and of these, what was given back.
    private readonly SortedSet<long> _open = [];
    private readonly SortedSet<long> _again = [];
    private (long At, long Count) _gap;

    public int Number { get; } = number;

    public StreamId Stream { get; } = StreamId.Telemetry(number);

    /// <summary>The reader that holds it.</summary>
    public GroupMembership? Owner { get; set; }

    /// <summary>The reader that shall hold it: the owner, or who comes after it.</summary>
    public GroupMembership? Heir { get; set; }

    /// <summary>Counts the times of being held.</summary>
    public long Grant { get; set; }

    /// <summary>When the owner was told to let go; null when it was not.</summary>
    public long? RevokedAt { get; set; }

    /// <summary>True while the owner waits for the store.</summary>
    public bool IsReading { get; set; }

    /// <summary>The checkpoint as it is stored.</summary>
    public long Stored { get; set; } = checkpoint;

    /// <summary>The next record to be read.</summary>
    public long Next { get; private set; } = checkpoint;

    /// <summary>The first record that has not been dealt with.</summary>
    public long Checkpoint => _open.Count > 0 ? _open.Min : Next;

    /// <summary>How many records the group has missed.</summary>
    public long Skipped { get; private set; }

    /// <summary>True when the owner has nothing of it in hand.</summary>
    public bool IsQuiet => !IsReading && _open.Count == _again.Count;

    /// <summary>What to read next and how much of it; false when too much is in flight.</summary>
    public bool TryPlan(int maxRecords, int maxInFlight, out long from, out int count)
    {
        from = _again.Count > 0 ? _again.Min : Next;
        count = _again.Count > 0 ? 1 : Math.Min(maxRecords, maxInFlight - _open.Count);
        return count > 0;
    }

    /// <summary>Takes what was read into the hands of the owner. Returns how many records retention had dropped.</summary>
    public long Enter(long from, StreamBatch batch, List<GroupRecord> records)
    {
        bool again = _again.Remove(from);
        if (again && (batch.Records.Count == 0 || batch.Records[0].SequenceNumber != from))
        {
            // Given back, and no longer kept; what was read in its place has its turn later.
            _open.Remove(from);
            Skip(1, _again.Count > 0 ? _again.Min : Next);
            return 1;
        }

        if (!again)
        {
            if (batch.SkippedByRetention > 0)
                Skip(batch.SkippedByRetention, from + batch.SkippedByRetention);
            Next = batch.NextSequenceNumber;
        }

        foreach (StreamRecord record in batch.Records)
        {
            _open.Add(record.SequenceNumber);
            records.Add(new GroupRecord(Number, record, record.SequenceNumber == _gap.At ? _gap.Count : 0, Grant));
        }

        return again ? 0 : batch.SkippedByRetention;
    }

    /// <summary>The owner has dealt with a record; false when it is not in its hands.</summary>
    public bool Accept(long sequenceNumber) => !_again.Contains(sequenceNumber) && _open.Remove(sequenceNumber);

    /// <summary>The owner has dealt with everything up to a record.</summary>
    public void AcceptTo(long sequenceNumber)
    {
        _open.RemoveWhere(n => n <= sequenceNumber);
        _again.RemoveWhere(n => n <= sequenceNumber);
    }

    /// <summary>The owner gives a record back; false when it is not in its hands.</summary>
    public bool Release(long sequenceNumber) => _open.Contains(sequenceNumber) && _again.Add(sequenceNumber);

    /// <summary>Goes back to the checkpoint: everything that was not accepted is read again.</summary>
    public void Rewind()
    {
        Next = Checkpoint;
        _open.Clear();
        _again.Clear();
    }

    // The gap is told with the record that follows it, as often as that is handed out.
    private void Skip(long count, long before)
    {
        Skipped += count;
        _gap = _gap.At == before ? (before, _gap.Count + count) : (before, count);
    }
}
