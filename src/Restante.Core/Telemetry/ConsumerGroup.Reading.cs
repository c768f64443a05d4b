using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Core.Telemetry;

/// <summary>What its readers do with their partitions, and the checkpoints.</summary>
internal sealed partial class ConsumerGroup
{
    /// <summary>What the reader holds and may read.</summary>
    public IReadOnlyList<GroupPartition> Snapshot(GroupMembership member)
    {
        lock (_gate)
            return [.. member.Held.Where(p => p.RevokedAt is null)];
    }

    /// <summary>A polling reader asks anew: what it had in its hands and did not accept is not in them any more.</summary>
    public void ReleaseAll(GroupMembership member)
    {
        lock (_gate)
        {
            foreach (GroupPartition partition in member.Held.ToArray())
            {
                partition.ReleaseAll();
                LetGo(partition);
            }
        }

        Wake();
    }

    /// <summary>Reads a partition into the hands of the reader, if it still holds it. Refusals: unavailable.</summary>
    public async ValueTask<Refusal?> ReadAsync(
        GroupMembership member, GroupPartition partition, int maxRecords, int maxBytes, List<GroupRecord> records)
    {
        bool more;
        int passedOver = 0, before = records.Count;
        long bytes = 0;
        do
        {
            long from, grant;
            int count;
            lock (_gate)
            {
                if (partition.Owner != member || partition.RevokedAt is not null)
                    return null;
                if (!partition.TryPlan(maxRecords - records.Count, limits.MaxRecordsInFlight, out from, out count))
                    return null;
                grant = partition.Grant;
                more = from < partition.Next; // What was given back comes first, in pieces.
                partition.IsReading = true;
            }

            int bytesLeft = (int)(maxBytes - bytes);
            (int step, int stepBytes) = more ? (count, bytesLeft) : telemetry.StepOf(member.Service, partition.Stream, count, bytesLeft);
            Result<StreamBatch> read = await telemetry.ReadAsync(partition.Stream, from, step, stepBytes);
            IReadOnlySet<long>? hidden = null;
            if (read.IsSuccess)
                (read, hidden) = await LookAsync(member, partition, read.Value!, count, bytesLeft);
            if (Enter(partition, grant, from, read, hidden, records, out bool moved) is Refusal refusal)
                return refusal;
            for (; before < records.Count; before++)
                bytes += records[before].Record.Content.Length;
            passedOver += hidden?.Count ?? 0;
            more = (more && moved) || hidden is { Count: > 0 };
            if (passedOver >= ScopedReading.MaxLookedAt)
            {
                // There may be more; the reader comes again and goes on from here.
                member.News.Pulse();
                return null;
            }
        }
        while (more && records.Count < maxRecords && bytes < maxBytes);
        return null;
    }

    // What of it the reader is not shown; nothing of what was read when that cannot be known now.
    private async ValueTask<(Result<StreamBatch> Read, IReadOnlySet<long>? Hidden)> LookAsync(
        GroupMembership member, GroupPartition partition, StreamBatch batch, int maxRecords, int maxBytes)
    {
        try
        {
            return await telemetry.LookAsync(member.Service, partition.Stream, batch, maxRecords, maxBytes);
        }
        catch (StoreUnavailableException)
        {
            return (Refusal.StoreUnavailable, null);
        }
    }

    public bool Accept(GroupMembership member, GroupRecord record)
    {
        lock (_gate)
        {
            GroupPartition? partition = HeldBy(member, record);
            if (partition is null || !partition.Accept(record.Record.SequenceNumber))
                return false;
            _moved.Add(partition);
            LetGo(partition);
        }

        Wake();
        return true;
    }

    public bool Release(GroupMembership member, GroupRecord record)
    {
        lock (_gate)
        {
            GroupPartition? partition = HeldBy(member, record);
            if (partition is null || !partition.Release(record.Record.SequenceNumber))
                return false;
            _toWake.Add(member);
            LetGo(partition);
        }

        Wake();
        return true;
    }

    public void TakeBack(GroupRecord record)
    {
        lock (_gate)
        {
            if (_retired || _partitions[record.Partition] is not GroupPartition partition)
                return;
            partition.TakeBack(record.Record.SequenceNumber);
            if (partition.Owner is GroupMembership owner)
                _toWake.Add(owner);
        }

        Wake();
    }

    /// <summary>
    /// Accepts everything up to a record in each of the partitions, of which each exists, or nothing when one of them was not handed to the
    /// reader that far.
    /// </summary>
    public Refusal? AcceptTo(GroupMembership member, IReadOnlyList<(int Partition, long SequenceNumber)> places)
    {
        lock (_gate)
        {
            foreach ((int number, long sequenceNumber) in places)
            {
                GroupPartition? partition = _partitions[number];
                if (partition is null || partition.Owner != member || !partition.WasHandedTo(sequenceNumber))
                {
                    return new Refusal(
                        RefusalKind.Expired,
                        $"Record {sequenceNumber} of partition {number} is not in the hands of '{member.Reader}' any more; "
                            + "nothing was changed.");
                }
            }

            foreach ((int number, long sequenceNumber) in places)
            {
                GroupPartition partition = _partitions[number]!;
                partition.AcceptTo(sequenceNumber);
                _moved.Add(partition);
                LetGo(partition);
            }

            member.RestedAt = time.GetTimestamp();
        }

        Wake();
        return null;
    }

    /// <summary>Stores the checkpoints that have moved. Refusals: unavailable; they are then stored by a later call.</summary>
    public async ValueTask<Result<bool>> FlushAsync()
    {
        await _writing.WaitAsync(); // Who waited behind a write that took its checkpoints along finds nothing left to do.
        try
        {
            Checkpoint[] moved = Moved();
            if (moved.Length == 0)
                return true;
            await store.WriteAsync(moved);
            Stored(moved);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
        finally
        {
            _writing.Release();
        }
    }

    private Refusal? Enter(
        GroupPartition partition,
        long grant,
        long from,
        Result<StreamBatch> read,
        IReadOnlySet<long>? hidden,
        List<GroupRecord> records,
        out bool moved)
    {
        moved = false;
        try
        {
            lock (_gate)
            {
                if (partition.Grant != grant || partition.Owner is null)
                    return null; // It went to another meanwhile, which reads for itself.
                partition.IsReading = false;
                if (partition.RevokedAt is not null)
                {
                    LetGo(partition);
                    return null;
                }

                if (!read.IsSuccess)
                    return read.Refusal;
                int before = records.Count;
                long skipped = partition.Enter(from, read.Value, hidden, records);
                if (hidden is { Count: > 0 })
                    _moved.Add(partition);
                metrics.TelemetrySkipped(skipped);
                moved = skipped > 0 || records.Count > before;
                return null;
            }
        }
        finally
        {
            Wake();
        }
    }

    // Called under the gate.
    private GroupPartition? HeldBy(GroupMembership member, GroupRecord record)
    {
        GroupPartition? partition = record.Partition < _partitions.Length ? _partitions[record.Partition] : null;
        return partition is not null && partition.Owner == member && partition.Grant == record.Grant ? partition : null;
    }

    // Called under the gate. Hands a partition over that was to go and that nothing is in hand of any more.
    private void LetGo(GroupPartition partition)
    {
        if (partition.RevokedAt is not null)
            Settle(partition);
    }

    private Checkpoint[] Moved()
    {
        lock (_gate)
        {
            return _retired
                ? []
                : [.. _moved.Where(p => p.Checkpoint > p.Stored).Select(p => new Checkpoint(Name, p.Number, p.Checkpoint))];
        }
    }

    private void Stored(Checkpoint[] written)
    {
        lock (_gate)
        {
            foreach (Checkpoint checkpoint in written)
            {
                GroupPartition partition = _partitions[checkpoint.Partition]!;
                partition.Stored = checkpoint.NextSequenceNumber;
                if (partition.Checkpoint <= partition.Stored)
                    _moved.Remove(partition);
            }
        }
    }
}
