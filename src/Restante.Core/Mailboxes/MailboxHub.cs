using System.Collections.Concurrent;
using System.Diagnostics;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Limits;
using Restante.Core.Metrics;
using Restante.Core.Outcomes;
using Restante.Core.Quotas;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Storage;
using Restante.Core.Tracing;

namespace Restante.Core.Mailboxes;

/// <summary>Sends to mailboxes, attaches connections to them, and wakes those when there is mail.</summary>
public sealed partial class MailboxHub
{
    /// <summary>The longest reason that is kept with an outcome, in characters.</summary>
    public const int MaxReasonLength = 512;

    /// <summary>The longest message-id of a sender, in characters; the shortest has one.</summary>
    public const int MaxMessageIdLength = 256;

    /// <summary>The longest key by which newer messages replace older ones, in characters.</summary>
    public const int MaxReplaceKeyLength = 128;

    private static readonly CommandTerms s_usualTerms = new();

    private readonly ConcurrentDictionary<DeviceNumber, MailboxSession> _held = new();
    private readonly IMailboxStore _store;
    private readonly DeviceScopes _scopes;
    private readonly GatewayLimits _limits;
    private readonly CommandRules _rules;
    private readonly TimeProvider _time;
    private readonly OutcomeFeed _outcomes;
    private readonly CoreMetrics _metrics;
    private readonly HistoryBook _history;
    private readonly SendingQuotas _quotas;

    internal MailboxHub(
        IMailboxStore store,
        DeviceScopes scopes,
        GatewayLimits limits,
        TimeProvider time,
        OutcomeFeed outcomes,
        CoreMetrics metrics,
        HistoryBook history,
        SendingQuotas quotas)
    {
        _store = store;
        _scopes = scopes;
        _limits = limits;
        _rules = new CommandRules(limits);
        _time = time;
        _outcomes = outcomes;
        _metrics = metrics;
        _history = history;
        _quotas = quotas;
    }

    /// <summary>How many mailboxes are held by a connection.</summary>
    public int Held => _held.Count;

    /// <summary>Totals over all mailboxes.</summary>
    public MailboxTotals Totals => _store.Totals;

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Puts a command into a mailbox; durable on return. Refusals: not-found (also outside the scope of the sender), mailbox-full,
    /// too-large, malformed, expired, throttled (beyond the quota), unavailable.
    /// </summary>
    /// <param name="sender">Who sends; the caller has checked its rights.</param>
    /// <param name="device">To whom.</param>
    /// <param name="content">The message; copied before the call returns.</param>
    /// <param name="terms">On which terms; null for the usual ones.</param>
    public ValueTask<Result<SentMessage>> SendCommandAsync(
        ServicePrincipal sender, string device, ReadOnlyMemory<byte> content, CommandTerms? terms = null)
    {
        long now = NowMs;
        Result<EnqueueItem> item = _rules.Check(sender.Name, device, content, terms ?? s_usualTerms, now);
        if ((item.Refusal ?? _quotas.Take(sender)) is Refusal refusal)
            return ValueTask.FromResult<Result<SentMessage>>(refusal);
        if (sender.ReachesAll)
            return EnqueueAsync(item.Value!, now);

        // The content is the caller's until the call returns, and this one looks elsewhere first.
        return EnqueueIfReachedAsync(sender, item.Value! with { Content = item.Value!.Content.ToArray() }, now);
    }

    /// <summary>
    /// Attaches a connection to its device's mailbox. Another connection that held it is told and loses it.
    /// Refusals: unauthorized (the device is gone), unavailable.
    /// </summary>
    public async ValueTask<Result<MailboxSession>> AttachAsync(DevicePrincipal device, IMailboxReceiver receiver)
    {
        try
        {
            if (await _store.OpenSessionAsync(device.Number, NowMs) is not OpenedSession opened)
                return Refusal.NotAuthenticated;
            Ended(opened.Ended);
            var session = new MailboxSession(this, device, opened.Epoch, receiver);
            if (Enter(session) is MailboxSession loser)
            {
                _metrics.TakenOver();
                ConnectionName winner = ReceiverOf(device.Number) ?? receiver.Connection;
                _history.TakenOver(device, winner, loser.Connection);
                loser.Receiver.OnMailboxTaken("A newer connection of the same device took the mailbox over.");
            }

            if (Attached is not null && await Attached(session) is Refusal refusal)
            {
                await CloseAsync(session);
                return refusal;
            }

            return session;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Shows what is in a mailbox. Refusals: not-found, malformed, unavailable.</summary>
    public async ValueTask<Result<IReadOnlyList<BrowsedMessage>>> BrowseAsync(DeviceRecord device, Sequence after, int max)
    {
        if (max is < 1 or > 1_000)
            return new Refusal(RefusalKind.Malformed, "A page has 1 to 1000 messages.");
        try
        {
            return Result.Success(await _store.BrowseAsync(device.Number, after, max, NowMs));
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Depth and size of a mailbox. Refusals: unavailable.</summary>
    public async ValueTask<Result<MailboxInfo>> GetInfoAsync(DeviceRecord device)
    {
        try
        {
            return await _store.GetInfoAsync(device.Number);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Takes all messages of a mailbox back that are in nobody's hands; they end as <c>cancelled</c>, durably on return. What the device
    /// has in hand stays, as with <see cref="CancelAsync(Sequence, string)"/>: its outcome is to say what the device did. Refusals:
    /// unavailable.
    /// </summary>
    /// <param name="device">Whose mailbox.</param>
    /// <param name="by">Who purges it, for the outcomes' reason.</param>
    /// <returns>How many have ended.</returns>
    public async ValueTask<Result<int>> PurgeAsync(DeviceRecord device, string by)
    {
        try
        {
            IReadOnlyList<EndedMessage> ended =
                await _store.PurgeAsync(device.Number, $"The mailbox was purged by {by}.", NowMs);
            Ended(ended);
            return ended.Count;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Takes a message back that is in nobody's hands; it ends as <c>cancelled</c>, durably on return. Refusals: not-found, conflict (the
    /// device has it in hand; nothing changed), unavailable.
    /// </summary>
    /// <param name="sequence">The message.</param>
    /// <param name="by">Who takes it back, for the outcome's reason.</param>
    public async ValueTask<Result<CancelResult>> CancelAsync(Sequence sequence, string by)
    {
        try
        {
            CancelResult result = await _store.CancelAsync(sequence, $"Cancelled by {by}.", NowMs);
            switch (result.Status)
            {
                case CancelStatus.Cancelled:
                    _metrics.Ended(Outcome.Cancelled, 1);
                    _outcomes.Ended(sequence);
                    WakeHolder(result.Device);
                    return result;
                case CancelStatus.InHand:
                    return new Refusal(RefusalKind.Conflict, $"The device has message {sequence} in hand; nothing was changed.");
                default:
                    return NotWaiting(sequence);
            }
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Finds a message that has not ended. Refusals: not-found, unavailable.</summary>
    public async ValueTask<Result<BrowsedMessage>> FindWaitingAsync(Sequence sequence)
    {
        try
        {
            BrowsedMessage? found = await _store.FindMessageAsync(sequence, NowMs);
            return found is null ? NotWaiting(sequence) : found;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Asked of every session once it holds its mailbox and before anybody uses it; a refusal gives the mailbox up again. Null for nothing
    /// to ask.
    /// </summary>
    internal Func<MailboxSession, ValueTask<Refusal?>>? Attached { get; set; }

    /// <summary>
    /// Brings into a held mailbox what is for it of the notifications up to a place; on return the session has looked through that far.
    /// Asked where mail stands behind one that it has not looked at. Throws <see cref="StoreUnavailableException"/> when it cannot.
    /// </summary>
    internal Func<MailboxSession, Sequence, ValueTask> CatchUp { get; set; } = static (session, place) =>
    {
        session.HasLookedThrough(place);
        return ValueTask.CompletedTask;
    };

    /// <summary>The sessions that hold a mailbox; one that enters meanwhile may be missing.</summary>
    internal IEnumerable<MailboxSession> Sessions => _held.Select(h => h.Value);

    /// <summary>The session that holds the mailbox of a device; null for none.</summary>
    internal MailboxSession? SessionOf(DeviceNumber device) => _held.GetValueOrDefault(device);

    /// <summary>The connection that receives the mail of a device; null when none does.</summary>
    internal ConnectionName? ReceiverOf(DeviceNumber device) =>
        _held.TryGetValue(device, out MailboxSession? session) ? session.Connection : null;

    internal void WakeHolders(IReadOnlyList<DeviceNumber> devices)
    {
        foreach (DeviceNumber device in devices)
            WakeHolder(device);
    }

    /// <summary>Tells what became of a message, and whoever it concerns.</summary>
    internal Result<SentMessage> Sent(in EnqueueResult result, DeviceId device, long expiresAtMs)
    {
        switch (result.Status)
        {
            case EnqueueStatus.Enqueued:
                _metrics.Enqueued();
                Ended(result.Replaced ?? []);
                WakeHolder(result.Device);
                Sequence[]? replaced = result.Replaced?.Select(r => r.Sequence).ToArray();
                return new SentMessage(result.Sequence, expiresAtMs, result.Depth) { Replaced = replaced };
            case EnqueueStatus.Duplicate:
                _metrics.Duplicate();
                return new SentMessage(result.Sequence, expiresAtMs, result.Depth) { IsDuplicate = true };
            case EnqueueStatus.DeviceNotFound:
                return Refusal.DeviceNotFound(device.Value);
            default:
                string what = result.Status == EnqueueStatus.MailboxFull ? "messages" : "bytes";
                return new Refusal(RefusalKind.MailboxFull, $"The mailbox of '{device}' holds as many {what} as it may.");
        }
    }

    internal async ValueTask CloseAsync(MailboxSession session)
    {
        _held.TryRemove(KeyValuePair.Create(session.Device.Number, session));
        if (session.InHand(0) is int inHand and > 0)
            _history.Detached(session, inHand);
        session.Traced?.Closed(session, _time.GetUtcNow());
        try
        {
            Ended(await _store.CloseSessionAsync(session.Device.Number, session.Epoch, NowMs));
        }
        catch (StoreUnavailableException)
        {
            // The leases lapse by themselves, and the next attach raises the epoch.
        }
    }

    internal void Lapsed(IReadOnlyList<LapsedLease> leases)
    {
        if (leases.Count > 0)
            _metrics.Lapsed(leases.Count);
        foreach (LapsedLease lease in leases)
        {
            if (!_held.TryGetValue(lease.Device, out MailboxSession? session))
                continue; // It has gone meanwhile, which was noted.
            session.InHand(-1);
            _history.Lapsed(session, lease.Sequence, lease.DeliveryCount);
            session.Traced?.Ended(session, new LeaseId(lease.Sequence, lease.DeliveryCount), "lapsed", _time.GetUtcNow());
        }
    }

    internal void Ended(IReadOnlyList<EndedMessage> messages)
    {
        foreach (EndedMessage message in messages)
        {
            _metrics.Ended(message.Outcome, 1);
            if (message.Outcome == Outcome.Cancelled)
                WakeHolder(message.Device); // What is behind it has waited for this.
        }

        _outcomes.Ended(messages);
    }

    private static Refusal NotWaiting(Sequence sequence) => new(RefusalKind.NotFound, $"No message {sequence} is waiting.");

    private async ValueTask<Result<SentMessage>> EnqueueAsync(EnqueueItem item, long now)
    {
        try
        {
            TraceMark mark = MessageTrace.Begin(item.Content.Span, _time.GetUtcNow());
            EnqueueResult result = (await _store.EnqueueAsync(new[] { item }, now))[0];
            bool isIn = result.Status is EnqueueStatus.Enqueued or EnqueueStatus.Duplicate;
            MessageTrace.End(
                mark, "send mailbox", ActivityKind.Server, _time.GetUtcNow(), item.Device, result.Sequence.Value, result.Status.ToString(),
                !isIn);
            return Sent(result, item.Device, item.ExpiresAtMs);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    // Returns the session that loses the mailbox, which may be the entering one when an even newer one was quicker.
    private MailboxSession? Enter(MailboxSession session)
    {
        while (true)
        {
            if (!_held.TryGetValue(session.Device.Number, out MailboxSession? holder))
            {
                if (_held.TryAdd(session.Device.Number, session))
                    return null;
            }
            else if (holder.Epoch.Value > session.Epoch.Value)
            {
                return session;
            }
            else if (_held.TryUpdate(session.Device.Number, session, holder))
            {
                return holder;
            }
        }
    }

    private void WakeHolder(DeviceNumber device)
    {
        if (_held.TryGetValue(device, out MailboxSession? session))
            session.Receiver.Wake();
    }
}
