using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

/// <summary>
/// The rules of the mailboxes in their shortest form. An instant is reached when the time equals it: a message has expired, a lease may be
/// taken back and an outcome may be dropped from that millisecond on.
/// </summary>
internal sealed class MemoryMailboxes(MemoryState state) : IMailboxStore
{
    public MailboxTotals Totals
    {
        get
        {
            lock (state.Gate)
            {
                List<MemoryMessage> all = [.. state.ByNumber.Values.SelectMany(d => d.Messages.Values)];
                return new MailboxTotals(
                    state.ByNumber.Values.Count(d => d.Messages.Count > 0), all.Count, all.Sum(m => (long)m.Content.Length),
                    all.Count(m => m.LeasedUntilMs is not null));
            }
        }
    }

    public ValueTask<EnqueueResult[]> EnqueueAsync(ReadOnlyMemory<EnqueueItem> items, long nowMs) => state.Run(() =>
    {
        state.CheckWrite();
        var results = new EnqueueResult[items.Length];
        for (int i = 0; i < results.Length; i++)
            results[i] = Enqueue(items.Span[i], nowMs);
        state.CommandIds.Trim();
        return results;
    });

    public ValueTask<OpenedSession?> OpenSessionAsync(DeviceNumber device, long nowMs) => state.Run(() =>
    {
        if (!state.ByNumber.TryGetValue(device.Value, out MemoryDevice? found))
            return null;
        SessionEpoch epoch = state.NextEpoch();
        found.Epoch = epoch.Value;
        return (OpenedSession?)new OpenedSession(epoch, state.GiveAllBack(found, nowMs));
    });

    public ValueTask<IReadOnlyList<EndedMessage>> CloseSessionAsync(DeviceNumber device, SessionEpoch epoch, long nowMs) =>
        state.Run<IReadOnlyList<EndedMessage>>(() =>
        {
            if (Holder(device, epoch) is not MemoryDevice held)
                return [];
            held.Epoch = 0;
            return state.GiveAllBack(held, nowMs);
        });

    public ValueTask<IReadOnlyList<EndedMessage>> ReturnAsync(
        DeviceNumber device, SessionEpoch epoch, ReadOnlyMemory<LeaseId> leases, long nowMs) => state.Run<IReadOnlyList<EndedMessage>>(() =>
    {
        var ended = new List<EndedMessage>();
        foreach (LeaseId lease in leases.ToArray())
        {
            if (Leased(new SettleItem(device, epoch, lease, SettleVerb.Release)) is not MemoryMessage message)
                continue;
            message.LeasedUntilMs = null;
            message.DeliveryCount--;
            if (state.RemoveIfWithdrawn(state.ByNumber[device.Value], message))
                continue;
            if (state.DueEnd(message, nowMs) is Outcome outcome)
                state.TryEnd(state.ByNumber[device.Value], message, outcome, nowMs, ended);
        }

        return ended;
    });

    public ValueTask<CancelResult> CancelAsync(Sequence sequence, string reason, long nowMs) => state.Run(() =>
    {
        if (state.ByNumber.Values.FirstOrDefault(d => d.Messages.ContainsKey(sequence.Value)) is not MemoryDevice device)
            return new CancelResult(CancelStatus.NotFound, default);
        MemoryMessage message = device.Messages[sequence.Value];
        if (message.LeasedUntilMs is not null)
            return new CancelResult(CancelStatus.InHand, device.Record.Number);
        state.CheckWrite();
        state.End(device, message, Outcome.Cancelled, reason, nowMs);
        return new CancelResult(CancelStatus.Cancelled, device.Record.Number);
    });

    public ValueTask<LeaseResult> LeaseAsync(LeaseRequest request) => state.Run(() =>
    {
        if (Holder(request.Device, request.Epoch) is not MemoryDevice device)
            return new LeaseResult(true, [], []);
        var leased = new List<LeasedMessage>();
        var ended = new List<EndedMessage>();
        long bytes = 0;
        Sequence? heldBackBy = null;
        foreach (MemoryMessage message in device.Mail.Where(m => m.Waits && m.Item.NotBeforeMs <= request.NowMs).ToList())
        {
            if (leased.Count >= request.MaxMessages)
                break;
            if (request.LookedThrough is Sequence looked && looked.CompareTo(state.LastPublished) < 0 && message.Sequence.CompareTo(looked) > 0)
            {
                heldBackBy = state.LastPublished;
                break;
            }

            if (state.DueEnd(message, request.NowMs) is Outcome outcome)
            {
                state.TryEnd(device, message, outcome, request.NowMs, ended);
                continue;
            }

            if (!IsWished(request, message))
                continue;
            if (message.DelayedUntilMs > request.NowMs)
                break;
            if (leased.Count > 0 && bytes + message.Content.Length > request.MaxBytes)
                break;
            bytes += message.Content.Length;
            leased.Add(Hand(message, request));
        }

        return new LeaseResult(false, leased, ended) { HeldBackBy = heldBackBy };
    });

    public ValueTask<SettleResult[]> SettleAsync(ReadOnlyMemory<SettleItem> items, long nowMs) => state.Run(() =>
    {
        if (items.ToArray().Any(item => Ends(item, nowMs)))
            state.CheckWrite();
        var results = new SettleResult[items.Length];
        for (int i = 0; i < results.Length; i++)
            results[i] = Settle(items.Span[i], nowMs);
        return results;
    });

    public ValueTask<SweepResult> SweepAsync(long nowMs, int maxItems) => state.Run(() =>
    {
        var sweep = new MemorySweep(state, nowMs, maxItems);
        if (sweep.HasDurableWork)
            state.CheckWrite();
        return sweep.Run();
    });

    public ValueTask<IReadOnlyList<BrowsedMessage>> BrowseAsync(DeviceNumber device, Sequence after, int max, long nowMs) =>
        state.Run<IReadOnlyList<BrowsedMessage>>(() => state.ByNumber.TryGetValue(device.Value, out MemoryDevice? found)
            ? [.. found.Mail.Where(m => m.Sequence.CompareTo(after) > 0).Take(max).Select(m => Show(found, m))]
            : []);

    public ValueTask<MailboxInfo> GetInfoAsync(DeviceNumber device) => state.Run(() =>
        state.ByNumber.TryGetValue(device.Value, out MemoryDevice? found)
            ? new MailboxInfo(found.Messages.Count, found.Bytes, found.Messages.Values.Count(m => m.LeasedUntilMs is not null))
            : default);

    public ValueTask<IReadOnlyList<EndedMessage>> PurgeAsync(DeviceNumber device, string reason, long nowMs) =>
        state.Run<IReadOnlyList<EndedMessage>>(() =>
        {
            state.CheckWrite();
            if (!state.ByNumber.TryGetValue(device.Value, out MemoryDevice? found))
                return [];
            List<MemoryMessage> messages = [.. found.Messages.Values.Where(m => m.LeasedUntilMs is null)];
            return messages.ConvertAll(m => state.End(found, m, Outcome.Cancelled, reason, nowMs));
        });

    public ValueTask<BrowsedMessage?> FindMessageAsync(Sequence sequence, long nowMs) => state.Run(() =>
    {
        foreach (MemoryDevice device in state.ByNumber.Values)
        {
            if (device.Messages.TryGetValue(sequence.Value, out MemoryMessage? message))
                return (BrowsedMessage?)Show(device, message);
        }

        return null;
    });

    public ValueTask<OutcomeRecord?> FindOutcomeAsync(Sequence sequence) =>
        state.Run(() => state.AllOutcomes.SingleOrDefault(o => o.Sequence == sequence));

    public ValueTask<OutcomeBatch> ReadOutcomesAsync(long after, int max) => state.Run(() =>
    {
        long place = Math.Max(after, 0);
        List<OutcomeRecord> records = [.. state.Outcomes.Values.Where(o => o.Number > place).Take(max)];
        long next = records.Count > 0 ? records[0].Number : state.LastOutcome + 1;
        return new OutcomeBatch(records, Math.Max(0, next - place - 1), state.LastOutcome);
    });

    public ValueTask<long> GetCursorAsync(string reader) => state.Run(() => state.Cursors.GetValueOrDefault(reader).Number);

    public ValueTask SetCursorAsync(string reader, long number, long nowMs) => state.Run(() =>
    {
        state.CheckWrite();
        state.Cursors[reader] = (Math.Max(number, state.Cursors.GetValueOrDefault(reader).Number), nowMs);
    });

    public ValueTask RemoveCursorAsync(string reader) => state.Run(() =>
    {
        state.CheckWrite();
        state.Cursors.Remove(reader);
    });

    public ValueTask RemoveCursorsAsync(string prefix) => state.Run(() =>
    {
        state.CheckWrite();
        foreach (string reader in state.Cursors.Keys.Where(r => r.StartsWith(prefix, StringComparison.Ordinal)).ToList())
            state.Cursors.Remove(reader);
    });

    private static bool IsWished(LeaseRequest request, MemoryMessage message) =>
        request.Kinds.HasFlag((MessageKinds)(1 << (int)message.Item.Kind)) && request.Excluded?.Contains(message.Sequence) != true;

    private static LeasedMessage Hand(MemoryMessage message, LeaseRequest request)
    {
        message.DeliveryCount++;
        message.DelayedUntilMs = null;
        message.LeasedUntilMs = request.NowMs + request.LeaseDurationMs;
        return new LeasedMessage
        {
            Lease = new LeaseId(message.Sequence, message.DeliveryCount),
            Kind = message.Item.Kind,
            MessageId = message.Item.MessageId,
            Sender = message.Item.Sender,
            EnqueuedAtMs = message.EnqueuedAtMs,
            ExpiresAtMs = message.Item.ExpiresAtMs,
            LeasedUntilMs = message.LeasedUntilMs.Value,
            Content = message.Content,
        };
    }

    private static BrowsedMessage Show(MemoryDevice device, MemoryMessage message) => new()
    {
        Sequence = message.Sequence,
        Device = device.Record.Id,
        Kind = message.Item.Kind,
        MessageId = message.Item.MessageId,
        Sender = message.Item.Sender,
        EnqueuedAtMs = message.EnqueuedAtMs,
        ExpiresAtMs = message.Item.ExpiresAtMs,
        DeliveryCount = message.DeliveryCount,
        LeasedUntilMs = message.LeasedUntilMs,
        HeldBackUntilMs = message.DelayedUntilMs,
        NotBeforeMs = message.Item.NotBeforeMs,
        ReplaceKey = message.Item.ReplaceKey,
        Flags = message.Item.Flags,
        ReportsUntilMs = message.Item.ReportsUntilMs,
        Origin = message.Item.Origin,
        Job = message.Item.Job,
        Content = message.Content,
    };

    private MemoryDevice? Holder(DeviceNumber device, SessionEpoch epoch) =>
        state.ByNumber.TryGetValue(device.Value, out MemoryDevice? found) && found.Epoch == epoch.Value && epoch.Value != 0 ? found : null;

    private EnqueueResult Enqueue(EnqueueItem item, long nowMs)
    {
        if (!state.ById.TryGetValue(item.Device.Value, out MemoryDevice? device))
            return new EnqueueResult(EnqueueStatus.DeviceNotFound, default, default, 0);
        return state.Insert(device, item, nowMs);
    }

    private bool Ends(SettleItem item, long nowMs) => Leased(item) is MemoryMessage message
        && (item.Verb is SettleVerb.Accept or SettleVerb.Reject
            || (item.Verb == SettleVerb.Release && state.DueEnd(message, nowMs) is not null));

    private MemoryMessage? Leased(SettleItem item) =>
        Holder(item.Device, item.Epoch) is MemoryDevice device
        && device.Mail.FirstOrDefault(m => m.Sequence == item.Lease.Sequence) is MemoryMessage message
        && message.LeasedUntilMs is not null && message.DeliveryCount == item.Lease.DeliveryCount ? message : null;

    private SettleResult Settle(SettleItem item, long nowMs)
    {
        if (Holder(item.Device, item.Epoch) is not MemoryDevice device)
            return new SettleResult(SettleStatus.HeldByOther, null);
        if (Leased(item) is not MemoryMessage message)
            return new SettleResult(SettleStatus.LeaseLapsed, null);
        Outcome? outcome = null;
        switch (item.Verb)
        {
            case SettleVerb.Accept:
                outcome = Outcome.Accepted;
                break;
            case SettleVerb.Reject:
                outcome = Outcome.Rejected;
                break;
            case SettleVerb.Release:
                outcome = state.DueEnd(message, nowMs);
                message.PutBack(nowMs, state.Limits);
                if (outcome is null)
                    state.RemoveIfWithdrawn(device, message);
                break;
            default:
                message.LeasedUntilMs = nowMs + item.LeaseDurationMs;
                break;
        }

        if (outcome is Outcome ended)
            state.End(device, message, ended, item.Reason, nowMs);
        return new SettleResult(SettleStatus.Done, outcome);
    }
}
