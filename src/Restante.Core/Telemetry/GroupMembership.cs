using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Signals;

namespace Restante.Core.Telemetry;

/// <summary>
/// A reader's part in a consumer group: the partitions that it holds at present, which change as readers join and leave, and a way to
/// read them. No partition is held by two readers of a group at once: one that shall go to another is handed over when nothing of it is
/// in this reader's hands, or when it has not let go within a lease.
/// </summary>
/// <remarks>
/// A reader on a connection joins when its link or stream begins, adds itself to <see cref="News"/>, reads whenever it has room, accepts
/// or gives back what it was handed, record by record, and leaves when the link ends. A polling reader is found again by its name with
/// each poll; what it did not accept since the last poll it is handed again.
/// </remarks>
[System.Diagnostics.CodeAnalysis.SuppressMessage(
    "Reliability", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing.")]
public sealed class GroupMembership : IWakeable
{
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly ConsumerGroup _group;
    private int _turn;

    internal GroupMembership(ConsumerGroup group, string reader, ServicePrincipal service, int? partition, bool isPolling)
    {
        _group = group;
        Reader = reader;
        Service = service;
        Pinned = partition;
        IsPolling = isPolling;
    }

    /// <summary>The group's name.</summary>
    public string Group => _group.Name;

    /// <summary>What the reader calls itself.</summary>
    public string Reader { get; }

    /// <summary>The policy it has authenticated with.</summary>
    public string Policy => Service.Name;

    /// <summary>The one partition that it reads; null when it shares with the others.</summary>
    public int? Pinned { get; }

    /// <summary>True when it holds its place by polling.</summary>
    public bool IsPolling { get; }

    /// <summary>
    /// Pulses when there may be something to read: new telemetry in its partitions, a partition that became its own, a record given back.
    /// </summary>
    public Signal News { get; } = new();

    /// <summary>The partitions that it holds now, in order.</summary>
    public IReadOnlyList<int> Owned => _group.OwnedBy(this);

    /// <summary>True when it has left the group, or was put out of it because it had stopped polling.</summary>
    public bool IsOver => _group.IsOver(this);

    /// <summary>Who reads, with the scope that it has now.</summary>
    internal ServicePrincipal Service { get; set; }

    internal List<GroupPartition> Held { get; } = [];

    internal bool HasLeft { get; set; }

    /// <summary>How many partitions it is to have; used while they are shared out.</summary>
    internal int Share { get; set; }

    /// <summary>How many polls are under way, and when the last one ended.</summary>
    internal int Polls { get; set; }

    internal long RestedAt { get; set; }

    /// <summary>
    /// Reads what comes next in its partitions, beginning with another one each time; empty when there is nothing, or when too much is in
    /// its hands already. What was given back comes first. The next call may be made at once. Refusals: expired (it is over),
    /// unavailable.
    /// </summary>
    /// <param name="maxRecords">How many records at the most, at least 1.</param>
    /// <param name="maxBytes">Stop after this many bytes of content in one partition.</param>
    public async ValueTask<Result<IReadOnlyList<GroupRecord>>> ReadAsync(int maxRecords, int maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRecords, 1);
        var records = new List<GroupRecord>();
        await _reading.WaitAsync();
        try
        {
            if (IsPolling)
                _group.ReleaseAll(this);
            IReadOnlyList<GroupPartition> held = _group.Snapshot(this);
            if (IsOver)
                return new Refusal(RefusalKind.Expired, $"The reader '{Reader}' is no longer in the group '{Group}'; join again.");
            _turn++;
            for (int i = 0; i < held.Count && records.Count < maxRecords; i++)
            {
                Refusal? refusal = await _group.ReadAsync(this, held[(i + _turn) % held.Count], maxRecords, maxBytes, records);
                if (refusal is not null && records.Count == 0)
                    return refusal;
            }
        }
        finally
        {
            _reading.Release();
        }

        return Result.Success<IReadOnlyList<GroupRecord>>(records);
    }

    /// <summary>
    /// The reader has dealt with a record: it will not be handed out again, and the checkpoint moves up to the first one that is open. The
    /// checkpoint is stored by <see cref="FlushAsync"/>, or soon after by itself. False when the record is no longer the reader's.
    /// </summary>
    public bool Accept(GroupRecord record) => _group.Accept(this, record);

    /// <summary>The reader gives a record back; it is handed out once more. False when the record is no longer the reader's.</summary>
    public bool Release(GroupRecord record) => _group.Release(this, record);

    /// <summary>
    /// Takes an <see cref="Accept"/> back whose checkpoint could not be stored: the record is handed out once more, to whoever holds its
    /// partition by now.
    /// </summary>
    public void TakeBack(GroupRecord record) => _group.TakeBack(record);

    /// <summary>
    /// Stores the group's checkpoints as they are now; whoever calls at the same time shares one write. Refusals: unavailable.
    /// </summary>
    public ValueTask<Result<bool>> FlushAsync() => _group.FlushAsync();

    /// <summary>A poll has been answered: the lease of the reader's place begins now. Once for each poll.</summary>
    public void Rest() => _group.Rest(this);

    /// <summary>Leaves the group; what it had in its hands goes to others. Does nothing the second time.</summary>
    public async ValueTask LeaveAsync()
    {
        if (_group.Leave(this))
            await _group.FlushAsync(); // What cannot be stored now is with the next sweep.
    }

    /// <inheritdoc/>
    void IWakeable.Wake() => News.Pulse();
}
