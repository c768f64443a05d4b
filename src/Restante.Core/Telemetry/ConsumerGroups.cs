using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Metrics;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Core.Telemetry;

/// <summary>
/// The consumer groups of telemetry. The readers of a group share the partitions: each is held by one of them at a time, and goes to
/// another when its reader leaves, lapses, or has more than its share. The group has a stored place in each partition, its checkpoint,
/// and goes on there. A group begins with its first reader and stays until it is removed. The callers have checked the right to read
/// telemetry.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage(
    "Reliability", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing.")]
public sealed partial class ConsumerGroups
{
    /// <summary>
    /// The longest name of a reader that is kept, in characters; a reader on a connection may have a longer one, which is cut.
    /// </summary>
    public const int MaxReaderLength = 128;

    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, ConsumerGroup> _groups = new(StringComparer.Ordinal);
    private readonly TelemetryStreams _telemetry;
    private readonly ICheckpointStore _store;
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _time;
    private readonly CoreMetrics _metrics;

    internal ConsumerGroups(
        TelemetryStreams telemetry, ICheckpointStore store, GatewayLimits limits, TimeProvider time, CoreMetrics metrics)
    {
        _telemetry = telemetry;
        _store = store;
        _limits = limits;
        _time = time;
        _metrics = metrics;
    }

    /// <summary>
    /// Joins a group on a connection; the reader leaves with <see cref="GroupMembership.LeaveAsync"/>. With a partition it reads only
    /// that one, which the readers that share then go without; of several readers that name the same one the first reads, and the next
    /// when it has left. Refusals: malformed (name, or a start that belongs to one partition), forbidden (a group outside the scope),
    /// not-found (no such partition), limit-reached (too many groups, or too many that the policy has begun), throttled (too many readers),
    /// conflict (the group is being removed), unavailable.
    /// </summary>
    /// <param name="service">Who reads.</param>
    /// <param name="group">The group's name, see <see cref="ChannelNames.IsValidGroup"/>.</param>
    /// <param name="reader">What the reader calls itself, to be shown to operators.</param>
    /// <param name="start">Where the group begins in those partitions in which it has no checkpoint yet.</param>
    /// <param name="partition">The one partition to be read; null to share all with the other readers.</param>
    public async ValueTask<Result<GroupMembership>> JoinAsync(
        ServicePrincipal service, string group, string reader, StreamStart start, int? partition = null)
    {
        string name = reader.Length <= MaxReaderLength ? reader : reader[..MaxReaderLength];
        Result<ConsumerGroup> opened = await OpenAsync(service, group, start, partition);
        return opened.IsSuccess ? opened.Value.Join(name, service, partition, isPolling: false) : opened.Refusal;
    }

    /// <summary>
    /// Joins a group, or goes on in it, for one poll; <see cref="GroupMembership.Rest"/> ends the poll. The reader keeps its place as
    /// long as a poll is under way and for a lease (<see cref="GatewayLimits.LeaseDurationMs"/>) after the last one. Every read begins at
    /// the checkpoint: what was not accepted (<see cref="AcceptAsync"/>) is handed out again. Refusals: those of <see cref="JoinAsync"/>.
    /// </summary>
    /// <param name="service">Who reads; readers of another policy are others, whatever they call themselves.</param>
    /// <param name="group">The group's name.</param>
    /// <param name="reader">The reader's name, as a group may be named.</param>
    /// <param name="start">Where the group begins in those partitions in which it has no checkpoint yet.</param>
    public async ValueTask<Result<GroupMembership>> PollAsync(ServicePrincipal service, string group, string reader, StreamStart start)
    {
        if (!ChannelNames.IsValid(reader))
            return new Refusal(RefusalKind.Malformed, "A reader's name has 1 to 64 characters out of A-Z a-z 0-9 . _ -.");
        if (service.ReadsGroup(group) && _groups.TryGetValue(group, out ConsumerGroup? known)
            && known.Poll(reader, service) is GroupMembership member)
        {
            return member;
        }

        Result<ConsumerGroup> opened = await OpenAsync(service, group, start, null);
        if (!opened.IsSuccess)
            return opened.Refusal;
        return opened.Value.Join(reader, service, null, isPolling: true);
    }

    /// <summary>
    /// A polling reader has dealt with everything up to and including these records, one in each partition that it means; durable on
    /// return. All of it or nothing is accepted, and the lease of the reader's place begins anew. Refusals: malformed (sequence numbers
    /// begin at 1), not-found (no such partition), expired (the reader is no longer in the group, or does not hold the partition, or was
    /// not handed the record), unavailable.
    /// </summary>
    public async ValueTask<Result<bool>> AcceptAsync(
        ServicePrincipal service, string group, string reader, IReadOnlyList<(int Partition, long SequenceNumber)> places)
    {
        foreach ((int partition, long sequenceNumber) in places)
        {
            if (sequenceNumber < 1)
                return new Refusal(RefusalKind.Malformed, $"There is no record {sequenceNumber}; sequence numbers begin at 1.");
            if (partition < 0 || partition >= _telemetry.Partitions)
                return new Refusal(RefusalKind.NotFound, $"There is no partition {partition}; they are 0 to {_telemetry.Partitions - 1}.");
        }

        if (!service.ReadsGroup(group) || !_groups.TryGetValue(group, out ConsumerGroup? known)
            || known.Poll(reader, service) is not GroupMembership member)
        {
            return new Refusal(RefusalKind.Expired, "The reader is not in the group any more; what it did not accept goes to others.");
        }

        try
        {
            return known.AcceptTo(member, places) is Refusal refusal ? refusal : await known.FlushAsync();
        }
        finally
        {
            member.Rest();
        }
    }

    /// <summary>The names of all groups, in ordinal order. Refusals: unavailable.</summary>
    public async ValueTask<Result<IReadOnlyList<string>>> ListAsync()
    {
        try
        {
            return Result.Success(await _store.ListGroupsAsync());
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>How a group stands. Refusals: not-found, unavailable.</summary>
    public async ValueTask<Result<ConsumerGroupInfo>> FindAsync(string group)
    {
        await _opening.WaitAsync();
        try
        {
            if (!_groups.TryGetValue(group, out ConsumerGroup? found))
                found = ChannelNames.IsValidGroup(group) ? await LoadAsync(group) : null;
            return found is null ? NotFound() : found.Describe();
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Removes a group with its checkpoints. Refusals: not-found, conflict (it has readers), unavailable.</summary>
    /// <param name="group">The group's name.</param>
    /// <param name="endReaders">True to end those that read in it first: they are out of it, and may join again.</param>
    public async ValueTask<Result<bool>> RemoveAsync(string group, bool endReaders = false)
    {
        await _opening.WaitAsync();
        _groups.TryGetValue(group, out ConsumerGroup? known);
        try
        {
            if (known is not null && !await known.TryRetireAsync(endReaders))
                return new Refusal(RefusalKind.Conflict, $"The group '{known.Name}' has readers; end them first.");
            bool removed = await _store.RemoveAsync(group);
            _groups.TryRemove(group, out _);
            return removed || known is not null ? true : NotFound();
        }
        catch (StoreUnavailableException)
        {
            known?.Revive();
            return Refusal.StoreUnavailable;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Stores the checkpoints that have moved, and ends what has lasted longer than a lease.</summary>
    internal async ValueTask LookAfterAsync()
    {
        foreach (ConsumerGroup group in _groups.Values)
        {
            group.TakeBackLapsed();
            await group.FlushAsync();
        }
    }

    private static Refusal NotFound() => new(RefusalKind.NotFound, "There is no consumer group of that name.");

    // The group with a place in every partition that is wanted.
    private async ValueTask<Result<ConsumerGroup>> OpenAsync(ServicePrincipal service, string name, StreamStart start, int? partition)
    {
        if (!ChannelNames.IsValidGroup(name))
            return new Refusal(RefusalKind.Malformed, "A consumer group's name has 1 to 64 characters out of A-Z a-z 0-9 . _ -.");
        if (!service.ReadsGroup(name))
            return Foreign(service, name);
        if (partition is null && start.Kind is StreamStartKind.SequenceNumber or StreamStartKind.Offset)
            return new Refusal(RefusalKind.Malformed, "Sequence numbers and offsets belong to one partition: name it, or begin at a time.");
        if (partition < 0 || partition >= _telemetry.Partitions)
            return new Refusal(RefusalKind.NotFound, $"There is no partition {partition}; they are 0 to {_telemetry.Partitions - 1}.");
        await _opening.WaitAsync();
        try
        {
            if (!_groups.TryGetValue(name, out ConsumerGroup? group))
            {
                group = await LoadAsync(name);
                if (group is null && await WhyNotBegunAsync(service) is Refusal full)
                    return full;
                group ??= NewGroup(name);
            }

            if (await BeginAsync(group, service, start, partition) is Refusal refusal)
                return refusal;
            return _groups.GetOrAdd(name, group);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
        finally
        {
            _opening.Release();
        }
    }

    // The group as it is stored; null when it is not. Called by one at a time.
    private async ValueTask<ConsumerGroup?> LoadAsync(string name)
    {
        IReadOnlyList<Checkpoint> checkpoints = await _store.ReadAsync(name);
        if (checkpoints.Count == 0)
            return null;
        ConsumerGroup group = NewGroup(name);
        foreach (Checkpoint checkpoint in checkpoints.Where(c => c.Partition < _telemetry.Partitions))
        {
            // Beyond the end of the stream means that the streams were begun anew: the old place says nothing of them.
            StreamInfo ends = _telemetry.GetInfo(StreamId.Telemetry(checkpoint.Partition)).Value!;
            bool stands = checkpoint.NextSequenceNumber <= ends.NextSequenceNumber;
            group.Begin(checkpoint.Partition, stands ? checkpoint.NextSequenceNumber : ends.FirstSequenceNumber);
        }

        return group;
    }

    private async ValueTask<Refusal?> WhyNotBegunAsync(ServicePrincipal service)
    {
        int share = PolicyShares.Of(_limits.MaxConsumerGroups, _limits.ConsumerGroupSharePercent);
        if ((await _store.ListGroupsAsync()).Count >= _limits.MaxConsumerGroups)
        {
            return new Refusal(
                RefusalKind.LimitReached, $"There are {_limits.MaxConsumerGroups} consumer groups, which is the limit.");
        }

        return await _store.CountBegunAsync(service.Name) < share
            ? null
            : new Refusal(
                RefusalKind.LimitReached,
                $"The policy '{service.Name}' has begun {share} consumer groups, which is its share; remove one.");
    }

    // The first place is stored at once, so that a group that was away goes on where it began, not where it comes back.
    private async ValueTask<Refusal?> BeginAsync(ConsumerGroup group, ServicePrincipal service, StreamStart start, int? partition)
    {
        var begun = new List<Checkpoint>();
        foreach (int missing in group.Missing(partition))
        {
            Result<long> place = await _telemetry.FindAsync(StreamId.Telemetry(missing), start);
            if (!place.IsSuccess)
                return place.Refusal;
            begun.Add(new Checkpoint(group.Name, missing, place.Value));
        }

        if (begun.Count == 0)
            return null;
        await _store.BeginAsync(begun.ToArray(), service.Name);
        foreach (Checkpoint checkpoint in begun)
            group.Begin(checkpoint.Partition, checkpoint.NextSequenceNumber);
        return null;
    }

    private ConsumerGroup NewGroup(string name) => new(name, _telemetry, _store, _limits, _time, _metrics);
}
