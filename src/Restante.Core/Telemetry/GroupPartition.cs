using Restante.Core.Streams;

namespace Restante.Core.Telemetry;

/// <summary>How far a consumer group has come in one partition, and who holds it. Used under the gate of its group.</summary>
internal sealed class GroupPartition(int number, long checkpoint)
{
    // What was handed out and not accepted; and of these, what was given back.
    private readonly SortedSet<long> _open = [];
    private readonly SortedSet<long> _again = [];
    private (long At, long Count) _gap;
    private long _handedTo;

    public int Number { get; } = number;

    public StreamId Stream { get; } = StreamId.Telemetry(number);

    /// <summary>The reader that holds it.</summary>
    public GroupMembership? Owner { get; private set; }

    /// <summary>The reader that shall hold it: the owner, or who comes after it.</summary>
    public GroupMembership? Heir { get; set; }

    /// <summary>Counts the times of being held.</summary>
    public long Grant { get; private set; }

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

    /// <summary>Begins a time of being held.</summary>
    public void Give(GroupMembership owner)
    {
        Owner = owner;
        Grant++;
        _handedTo = 0;
    }

    /// <summary>Ends it: what is in hand is given back.</summary>
    public void Take()
    {
        Owner = null;
        RevokedAt = null;
        IsReading = false;
        ReleaseAll();
    }

    /// <summary>True when the owner was handed this record, or a later one.</summary>
    public bool WasHandedTo(long sequenceNumber) => sequenceNumber <= _handedTo;

    /// <summary>What to read next and how much of it; false when too much is in flight.</summary>
    public bool TryPlan(int maxRecords, int maxInFlight, out long from, out int count)
    {
        from = _again.Count > 0 ? _again.Min : Next;
        count = Math.Min(maxRecords, maxInFlight - _open.Count);
        if (_again.Count == 0)
            return count > 0;
        count = 0;
        foreach (long number in _again)
        {
            if (number != from + count || count == maxRecords)
                break;
            count++;
        }

        return true;
    }

    /// <summary>
    /// Takes what was read into the hands of the owner; what it is not shown (null for nothing) is dealt with. Returns how many records
    /// retention had dropped.
    /// </summary>
    public long Enter(long from, StreamBatch batch, IReadOnlySet<long>? hidden, List<GroupRecord> records)
    {
        bool again = _again.Contains(from);
        long first = from + batch.SkippedByRetention;
        long lost = again ? _again.RemoveWhere(n => n < first && _open.Remove(n)) : batch.SkippedByRetention;
        if (!again)
            Next = batch.NextSequenceNumber;
        if (lost > 0)
            Skip(lost, from, again ? (_again.Count > 0 ? _again.Min : Next) : first);
        foreach (StreamRecord record in batch.Records)
        {
            // Of what is read again only that which was given back.
            if (again && !_again.Remove(record.SequenceNumber))
                continue;
            if (hidden?.Contains(record.SequenceNumber) == true)
            {
                _open.Remove(record.SequenceNumber);
                continue;
            }

            _open.Add(record.SequenceNumber);
            _handedTo = Math.Max(_handedTo, record.SequenceNumber);
            records.Add(new GroupRecord(Number, record, record.SequenceNumber == _gap.At ? _gap.Count : 0, Grant));
        }

        return lost;
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

    /// <summary>A record that was accepted is to be handed out again.</summary>
    public void TakeBack(long sequenceNumber)
    {
        if (_open.Add(sequenceNumber))
            _again.Add(sequenceNumber);
    }

    /// <summary>The owner gives back whatever it has in hand.</summary>
    public void ReleaseAll() => _again.UnionWith(_open);

    // The gap is told with the record that follows it, as often as that is handed out. One that is lost leaves its own gap to the next.
    private void Skip(long count, long from, long before)
    {
        Skipped += count;
        _gap = (before, count + (_gap.At >= from && _gap.At <= before ? _gap.Count : 0));
    }
}
