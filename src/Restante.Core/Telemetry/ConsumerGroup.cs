using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Metrics;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Core.Telemetry;

/// <summary>One consumer group: its readers, and how its partitions are shared out among them.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage(
    "Reliability", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing.")]
internal sealed partial class ConsumerGroup(
    string name, TelemetryStreams telemetry, ICheckpointStore store, GatewayLimits limits, TimeProvider time, CoreMetrics metrics)
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly GroupPartition?[] _partitions = new GroupPartition?[telemetry.Partitions];
    private readonly List<GroupMembership> _members = [];
    private readonly HashSet<GroupPartition> _moved = [];
    private readonly HashSet<GroupMembership> _toWake = [];
    private bool _retired;

    public string Name { get; } = name;

    private TimeSpan Lease => TimeSpan.FromMilliseconds(limits.LeaseDurationMs);

    /// <summary>The partitions that the group has no place in yet, out of those asked for.</summary>
    public List<int> Missing(int? partition)
    {
        lock (_gate)
            return [.. Enumerable.Range(0, _partitions.Length).Where(p => _partitions[p] is null && (partition is null || p == partition))];
    }

    /// <summary>Gives the group a place in a partition.</summary>
    public void Begin(int partition, long checkpoint)
    {
        lock (_gate)
            _partitions[partition] ??= new GroupPartition(partition, checkpoint);
    }

    /// <summary>
    /// Takes a reader in; a polling one that is in already goes on. Refusals: throttled (too many), conflict (the group is being removed).
    /// </summary>
    public Result<GroupMembership> Join(string reader, ServicePrincipal service, int? partition, bool isPolling)
    {
        var member = new GroupMembership(this, reader, service, partition, isPolling) { Polls = isPolling ? 1 : 0 };
        lock (_gate)
        {
            if (isPolling && FindPolling(reader, service) is GroupMembership known)
                return known;
            if (_retired)
                return new Refusal(RefusalKind.Conflict, $"The group '{Name}' is being removed.");
            if (_members.Count >= limits.MaxReadersPerGroup)
            {
                return new Refusal(
                    RefusalKind.Throttled, $"The group '{Name}' has {limits.MaxReadersPerGroup} readers, which is the limit.");
            }

            _members.Add(member);
            ShareOut();
        }

        Wake();
        return member;
    }

    /// <summary>The polling reader of that name, its poll counted; null when there is none.</summary>
    public GroupMembership? Poll(string reader, ServicePrincipal service)
    {
        lock (_gate)
            return FindPolling(reader, service);
    }

    public void Rest(GroupMembership member)
    {
        lock (_gate)
        {
            member.Polls--;
            member.RestedAt = time.GetTimestamp();
        }
    }

    public bool Leave(GroupMembership member)
    {
        lock (_gate)
        {
            if (!PutOut(member))
                return false;
            ShareOut();
        }

        Wake();
        return true;
    }

    /// <summary>Ends what has lasted longer than a lease: polling readers that stay away, and partitions that were not let go.</summary>
    public void TakeBackLapsed()
    {
        lock (_gate)
        {
            bool any = false;
            foreach (GroupMembership member in _members.FindAll(IsAway))
                any |= PutOut(member);
            foreach (GroupPartition? partition in _partitions)
            {
                if (partition?.RevokedAt is not long since || time.GetElapsedTime(since) < Lease)
                    continue;
                Take(partition);
                any = true;
            }

            if (any)
                ShareOut();
        }

        Wake();
    }

    /// <summary>
    /// Ends the group if nobody reads in it, or its readers with it; on return no checkpoint of it is written any more.
    /// </summary>
    public async ValueTask<bool> TryRetireAsync(bool endReaders)
    {
        bool isRetired;
        await _writing.WaitAsync();
        try
        {
            lock (_gate)
            {
                if (endReaders)
                {
                    foreach (GroupMembership member in _members.ToArray())
                        PutOut(member);
                }

                isRetired = _retired = _members.Count == 0;
            }
        }
        finally
        {
            _writing.Release();
        }

        Wake();
        return isRetired;
    }

    /// <summary>Takes the end back: the group could not be removed.</summary>
    public void Revive()
    {
        lock (_gate)
            _retired = false;
    }

    public bool IsOver(GroupMembership member)
    {
        lock (_gate)
            return member.HasLeft;
    }

    public IReadOnlyList<int> OwnedBy(GroupMembership member)
    {
        lock (_gate)
            return [.. member.Held.Select(p => p.Number).Order()];
    }

    public ConsumerGroupInfo Describe()
    {
        lock (_gate)
        {
            GroupReaderInfo[] readers =
                [.. _members.Select(m => new GroupReaderInfo(m.Reader, m.Policy, m.IsPolling, [.. m.Held.Select(p => p.Number).Order()]))];
            return new ConsumerGroupInfo(Name, readers, [.. _partitions.OfType<GroupPartition>().Select(Describe)]);
        }
    }

    private GroupPartitionInfo Describe(GroupPartition partition)
    {
        StreamInfo ends = telemetry.GetInfo(partition.Stream).Value!;
        long behind = Math.Max(0, ends.NextSequenceNumber - Math.Max(partition.Checkpoint, ends.FirstSequenceNumber));
        return new GroupPartitionInfo(partition.Number, partition.Owner?.Reader, partition.Checkpoint, behind, partition.Skipped);
    }

    // All below is called under the gate.
    private GroupMembership? FindPolling(string reader, ServicePrincipal service)
    {
        GroupMembership? found = _members.Find(m => m.IsPolling && m.Reader == reader && m.Policy == service.Name);
        if (found is null)
            return null;
        found.Polls++;
        found.Service = service; // Its policy may have another scope by now.
        return found;
    }

    private bool IsAway(GroupMembership member) =>
        member.IsPolling && member.Polls == 0 && time.GetElapsedTime(member.RestedAt) >= Lease;

    private bool PutOut(GroupMembership member)
    {
        if (!_members.Remove(member))
            return false;
        member.HasLeft = true;
        _toWake.Add(member);
        foreach (GroupPartition held in member.Held.ToArray())
            Take(held);
        foreach (GroupPartition? partition in _partitions)
        {
            if (partition is not null && partition.Heir == member)
                partition.Heir = null;
        }

        return true;
    }

    /// <summary>
    /// Decides who shall hold what: a partition goes to the first reader that named it; the others are divided evenly among the readers
    /// that named none, each keeping what it has as far as its share goes.
    /// </summary>
    private void ShareOut()
    {
        List<GroupMembership> sharing = _members.FindAll(m => m.Pinned is null);
        List<GroupPartition> shared = [];
        foreach (GroupPartition? partition in _partitions)
        {
            if (partition is null)
                continue;
            if (_members.Find(m => m.Pinned == partition.Number) is GroupMembership pinned)
                partition.Heir = pinned;
            else
                shared.Add(partition);
        }

        Divide(shared, sharing);
        foreach (GroupPartition? partition in _partitions)
        {
            if (partition is not null)
                Settle(partition);
        }
    }

    private static void Divide(List<GroupPartition> shared, List<GroupMembership> sharing)
    {
        foreach (GroupMembership member in sharing)
            member.Share = 0;
        int even = sharing.Count == 0 ? 0 : shared.Count / sharing.Count;
        int extra = sharing.Count == 0 ? 0 : shared.Count % sharing.Count;
        var open = new Queue<GroupPartition>();
        foreach (GroupPartition partition in shared)
        {
            GroupMembership? holder = partition.Heir is { Pinned: null } heir ? heir : null;
            if (holder is not null && (holder.Share < even || (holder.Share == even && extra-- > 0)))
            {
                holder.Share++;
                continue;
            }

            extra = Math.Max(extra, 0);
            partition.Heir = null;
            open.Enqueue(partition);
        }

        foreach (int wanted in (ReadOnlySpan<int>)[even, even + 1])
        {
            foreach (GroupMembership member in sharing)
            {
                while (member.Share < wanted && open.TryDequeue(out GroupPartition? partition))
                {
                    partition.Heir = member;
                    member.Share++;
                }
            }
        }
    }

    // Moves a partition towards who shall hold it.
    private void Settle(GroupPartition partition)
    {
        if (partition.Owner is GroupMembership owner)
        {
            if (partition.Heir == owner)
            {
                if (partition.RevokedAt is not null)
                    _toWake.Add(owner); // It may be read again.
                partition.RevokedAt = null;
                return;
            }

            partition.RevokedAt ??= time.GetTimestamp();
            if (!partition.IsQuiet)
                return;
            Take(partition);
        }

        if (partition.Heir is GroupMembership heir)
            Give(partition, heir);
    }

    private void Give(GroupPartition partition, GroupMembership heir)
    {
        partition.Give(heir);
        heir.Held.Add(partition);
        telemetry.Added(partition.Number).Add(heir);
        metrics.PartitionTaken();
        _toWake.Add(heir);
    }

    private void Take(GroupPartition partition)
    {
        GroupMembership owner = partition.Owner!;
        owner.Held.Remove(partition);
        telemetry.Added(partition.Number).Remove(owner);
        partition.Take();
    }

    // Outside the gate: who is woken may look at once.
    private void Wake()
    {
        GroupMembership[] woken;
        lock (_gate)
        {
            if (_toWake.Count == 0)
                return;
            woken = [.. _toWake];
            _toWake.Clear();
        }

        foreach (GroupMembership member in woken)
            member.News.Pulse();
    }
}
