using Microsoft.Extensions.Logging;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Registry;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>
/// The mailboxes of the embedded store. The rules that the port leaves open:
/// <list type="bullet">
/// <item>An instant is reached when the time equals it: expiry, the end of a lease, the end of a retention.</item>
/// <item>A message that is given back, in whatever way, ends at once if it may not be handed out again: as expired if it has expired, else
/// as undeliverable if it has been handed out as often as allowed. The gateway gives no reason with these.</item>
/// <item>A lease ends by settle, takeover, close, or the sweep after its time. Until then an accept counts, even when
/// the lease's time or the message's expiry has passed meanwhile: the message was in the receiver's hands in time.</item>
/// <item>A lease, opened or closed session that ends messages waits for that commit, but does not fail with it: the messages stay, are not
/// handed out, and end at the next occasion.</item>
/// <item>A settle that fails has left every lease as it was; only what it renewed stays renewed. A lease named twice in one call is settled
/// by the first naming; a renewal before that counts.</item>
/// <item>Outcomes are dropped in the order of their numbers.</item>
/// </list>
/// </summary>
internal sealed class SqliteMailboxStore : IMailboxStore
{
    private const int MaxMessageId = 256;
    private const string PutCursor = """
        INSERT INTO cursor (reader, number, at) VALUES (?, ?, ?)
        ON CONFLICT (reader) DO UPDATE SET number = max(number, excluded.number), at = excluded.at
        """;

    private readonly MailboxIndex _index;
    private readonly DeviceDirectory _devices;
    private readonly ReaderPool _readers;
    private readonly Writer _writer;
    private readonly MailboxLimits _limits;
    private readonly ContentFetch _contents;
    private readonly OperationPool<EnqueueOperation> _enqueues = new();
    private readonly OperationPool<SettleOperation> _settles = new();

    public SqliteMailboxStore(
        MailboxIndex index,
        DeviceDirectory devices,
        ReaderPool readers,
        Writer writer,
        MailboxLimits limits,
        StoreMetrics metrics,
        ILogger logger)
    {
        _index = index;
        _devices = devices;
        _readers = readers;
        _writer = writer;
        _limits = limits;
        _contents = new ContentFetch(readers, metrics, logger);
    }

    public MailboxTotals Totals => _index.Totals;

    public ValueTask<EnqueueResult[]> EnqueueAsync(ReadOnlyMemory<EnqueueItem> items, long nowMs)
    {
        ReadOnlySpan<EnqueueItem> span = items.Span;
        EnqueueOperation operation =
            _enqueues.TryTake(out EnqueueOperation? kept) ? kept! : new EnqueueOperation(_index, _limits, _enqueues);
        operation.Begin(span.Length, nowMs);
        try
        {
            foreach (EnqueueItem item in span)
            {
                if (item.MessageId?.Length > MaxMessageId)
                    throw new ArgumentException("A message-id has at most 256 characters.", nameof(items));
                operation.Add(item, _devices.FindNumber(item.Device));
            }
        }
        catch (Exception failure) when (failure is StoreUnavailableException or ArgumentException)
        {
            return ValueTask.FromException<EnqueueResult[]>(failure);
        }

        return _writer.Submit(operation);
    }

    public ValueTask<OpenedSession?> OpenSessionAsync(DeviceNumber device, long nowMs)
    {
        List<Claim>? ends = null;
        if (_index.ShardOf(device.Value).OpenSession(device.Value, _index, nowMs, ref ends) is not SessionEpoch epoch)
            return ValueTask.FromResult<OpenedSession?>(null);
        return ends is null ? ValueTask.FromResult<OpenedSession?>(new OpenedSession(epoch, [])) : EndThenOpenAsync(ends, nowMs, epoch);
    }

    public ValueTask<IReadOnlyList<EndedMessage>> CloseSessionAsync(DeviceNumber device, SessionEpoch epoch, long nowMs)
    {
        List<Claim>? ends = null;
        _index.ShardOf(device.Value).CloseSession(device.Value, epoch.Value, nowMs, ref ends);
        return EndQuietlyAsync(ends, nowMs);
    }

    public ValueTask<IReadOnlyList<EndedMessage>> ReturnAsync(
        DeviceNumber device, SessionEpoch epoch, ReadOnlyMemory<LeaseId> leases, long nowMs)
    {
        List<Claim>? ends = null;
        foreach (LeaseId lease in leases.Span)
            _index.ShardOf(device.Value).Return(device.Value, epoch.Value, lease, nowMs, ref ends);
        return EndQuietlyAsync(ends, nowMs);
    }

    public async ValueTask<CancelResult> CancelAsync(Sequence sequence, string reason, long nowMs)
    {
        long device = _readers.Read(sequence.Value, MailboxRows.ReadDevice);
        if (device == 0)
            return new CancelResult(CancelStatus.NotFound, default);
        var number = new DeviceNumber(device);
        CancelStatus status = _index.ShardOf(device).TryClaimCancelled(device, sequence.Value, ReasonText.Cut(reason), out Claim claim);
        if (status != CancelStatus.Cancelled)
            return new CancelResult(status, status == CancelStatus.NotFound ? default : number);
        IReadOnlyList<EndedMessage> ended = await _writer.Submit(new EndOperation([claim], nowMs));
        return ended.Count > 0 ? new CancelResult(CancelStatus.Cancelled, number) : new CancelResult(CancelStatus.NotFound, default);
    }

    public ValueTask<LeaseResult> LeaseAsync(LeaseRequest request)
    {
        List<Claim>? ends = null;
        MailboxShard shard = _index.ShardOf(request.Device.Value);
        var grants = new List<Grant>();
        if (!shard.Lease(request, grants, ref ends, out long heldBackBy))
            return ValueTask.FromResult(new LeaseResult(true, [], []));
        var result = new LeaseResult(false, [], []) { HeldBackBy = heldBackBy == 0 ? null : new Sequence(heldBackBy) };
        return grants.Exists(static g => g.Content is null)
            ? HandOutAfterReadingAsync(shard, request, grants, ends, result)
            : HandOut(shard, request, grants, ends, result);
    }

    public ValueTask<SettleResult[]> SettleAsync(ReadOnlyMemory<SettleItem> items, long nowMs)
    {
        ReadOnlySpan<SettleItem> span = items.Span;
        SettleOperation operation = _settles.TryTake(out SettleOperation? kept) ? kept! : new SettleOperation(_settles);
        operation.NowMs = nowMs;
        operation.Results = new SettleResult[span.Length];
        bool ends = false;
        for (int i = 0; i < span.Length; i++)
        {
            SettleStatus status = _index.ShardOf(span[i].Device.Value).TryClaim(span[i], nowMs, out Claim? claimed);
            Outcome? outcome = null;
            if (claimed is { } claim)
            {
                claim.Index = i;
                claim.Reason = ReasonText.Cut(claim.Reason);
                operation.Claims.Add(claim);
                outcome = claim.Action == ClaimAction.End ? claim.Outcome : null;
                ends |= outcome is not null;
            }

            operation.Results[i] = new SettleResult(status, outcome);
        }

        return ends ? _writer.Submit(operation) : ValueTask.FromResult(operation.FinishAtOnce());
    }

    public async ValueTask<SweepResult> SweepAsync(long nowMs, int maxItems)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxItems, 1);
        long retainedFrom = nowMs - _limits.OutcomeRetentionMs;
        long shelvedFrom = nowMs - _limits.ShelfRetentionMs;
        Retention due = _readers.Read((retainedFrom, shelvedFrom, nowMs, maxItems), static (c, x) => Retention.Read(c, x));
        DueWork work = _index.TakeDue(nowMs, maxItems);
        var sweep = new SweepOperation(work, nowMs, maxItems, due.Limit(maxItems - work.Count));
        return sweep.NeedsCommit || _index.HasRisenCounts ? await _writer.Submit(sweep) : sweep.FinishAtOnce();
    }

    // What ended between the index and the read is made up for: fewer than were asked for mean that there are no more.
    public ValueTask<IReadOnlyList<BrowsedMessage>> BrowseAsync(DeviceNumber device, Sequence after, int max, long nowMs) =>
        StoreRead.Of<IReadOnlyList<BrowsedMessage>>(() =>
        {
            MailboxShard shard = _index.ShardOf(device.Value);
            var found = new List<BrowsedMessage>();
            for (long at = after.Value; ;)
            {
                int wanted = max - found.Count;
                List<Listed> listed = shard.List(device.Value, at, wanted);
                _contents.Browse(listed, found);
                if (found.Count >= max || listed.Count < wanted)
                    return found;
                at = listed[^1].Sequence;
            }
        });

    public ValueTask<MailboxInfo> GetInfoAsync(DeviceNumber device)
    {
        _index.ShardOf(device.Value).TryGetInfo(device.Value, out MailboxInfo info);
        return ValueTask.FromResult(info);
    }

    public ValueTask<IReadOnlyList<EndedMessage>> PurgeAsync(DeviceNumber device, string reason, long nowMs)
    {
        List<Claim> waiting = _index.ShardOf(device.Value).ClaimWaiting(device.Value, ReasonText.Cut(reason));
        return _writer.Submit(new EndOperation(waiting, nowMs));
    }

    public ValueTask<BrowsedMessage?> FindMessageAsync(Sequence sequence, long nowMs) => StoreRead.Of(() =>
    {
        (BrowsedMessage Message, long Device, bool Intact)? found = _readers.Read(sequence.Value, MailboxRows.ReadMessage);
        if (found is not { } row)
            return null;
        List<Listed> listed = _index.ShardOf(row.Device).List(row.Device, sequence.Value - 1, 1);
        return listed.Count == 1 && listed[0].Sequence == sequence.Value ? _contents.Show(row, listed[0]) : null;
    });

    public ValueTask<OutcomeRecord?> FindOutcomeAsync(Sequence sequence) =>
        StoreRead.Of(() => _readers.Read(sequence.Value, MailboxRows.ReadOutcome));

    public ValueTask<OutcomeBatch> ReadOutcomesAsync(long after, int max) =>
        StoreRead.Of(() => _readers.Read((after: Math.Max(after, 0), max), static (c, x) => MailboxRows.ReadOutcomes(c, x.after, x.max)));

    public ValueTask<long> GetCursorAsync(string reader) => StoreRead.Of(() => _readers.Read(reader, MailboxRows.ReadCursor));

    public async ValueTask SetCursorAsync(string reader, long number, long nowMs) => await _writer.Submit(
        new SimpleOperation<bool>(session =>
        {
            session.Connection.Prepare(PutCursor).Bind(1, reader).Bind(2, number).Bind(3, nowMs).Run();
            return true;
        }));

    public ValueTask RemoveCursorAsync(string reader) => ForgetCursorsAsync("DELETE FROM cursor WHERE reader = ?", reader);

    public ValueTask RemoveCursorsAsync(string prefix) =>
        ForgetCursorsAsync("DELETE FROM cursor WHERE substr(reader, 1, length(?1)) = ?1", prefix);

    /// <summary>
    /// Ends every message of a mailbox within a transaction of its own. Ones that a waiting call has claimed are ended too; that call then
    /// finds nothing.
    /// </summary>
    public IReadOnlyList<EndedMessage> EndAll(WriteSession session, long device, Outcome outcome, string? reason, long nowMs)
    {
        var ended = new List<EndedMessage>();
        foreach (Listed one in _index.ShardOf(device).List(device, 0, int.MaxValue))
        {
            if (one.IsOffered || !session.End(one.Ending(outcome, reason), nowMs))
                continue;
            session.ForgetDelivery(one.Sequence);
            ended.Add(
                new EndedMessage(new DeviceNumber(device), new Sequence(one.Sequence), one.Kind, outcome, one.DeliveryCount));
        }

        return ended;
    }

    private async ValueTask ForgetCursorsAsync(string delete, string reader) => await _writer.Submit(new SimpleOperation<bool>(session =>
    {
        session.Connection.Prepare(delete).Bind(1, reader).Run();
        return true;
    }));

    private async ValueTask<OpenedSession?> EndThenOpenAsync(List<Claim> ends, long nowMs, SessionEpoch epoch) =>
        new OpenedSession(epoch, await EndQuietlyAsync(ends, nowMs));

    // What is not in memory is read from disk. Who asks may be a connection's turn on a thread that hears sockets, which does not wait
    // for that.
    private async ValueTask<LeaseResult> HandOutAfterReadingAsync(
        MailboxShard shard, LeaseRequest request, List<Grant> grants, List<Claim>? ends, LeaseResult result)
    {
        await Task.Yield();
        return await HandOut(shard, request, grants, ends, result);
    }

    private ValueTask<LeaseResult> HandOut(
        MailboxShard shard, in LeaseRequest request, List<Grant> grants, List<Claim>? ends, LeaseResult result)
    {
        try
        {
            result = result with { Messages = _contents.Fetch(shard, grants, ref ends) };
            return ends is null ? ValueTask.FromResult(result) : EndThenHandOutAsync(ends, request.NowMs, result);
        }
        catch (StoreUnavailableException failure)
        {
            foreach (Grant grant in grants)
                shard.TakeBack(grant, request.Epoch.Value);
            foreach (Claim claim in ends ?? [])
                shard.Undo(claim);
            return ValueTask.FromException<LeaseResult>(failure);
        }
    }

    private async ValueTask<LeaseResult> EndThenHandOutAsync(List<Claim> ends, long nowMs, LeaseResult result) =>
        result with { Ended = await EndQuietlyAsync(ends, nowMs) };

    private async ValueTask<IReadOnlyList<EndedMessage>> EndQuietlyAsync(List<Claim>? ends, long nowMs)
    {
        if (ends is null)
            return [];
        try
        {
            return await _writer.Submit(new EndOperation(ends, nowMs));
        }
        catch (StoreUnavailableException)
        {
            // They stay in the mailbox, are handed out to nobody, and end at the next occasion. The writer has logged the cause.
            return [];
        }
    }
}
