using System.Collections.Concurrent;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Events;
using Restante.Core.Limits;
using Restante.Core.Messages;
using Restante.Core.Metrics;
using Restante.Core.Outcomes;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Mailboxes;

/// <summary>Sends to mailboxes, attaches connections to them, and wakes those when there is mail.</summary>
public sealed class MailboxHub
{
    /// <summary>The longest reason that is kept with an outcome, in characters.</summary>
    public const int MaxReasonLength = 512;

    /// <summary>The longest message-id of a sender, in characters.</summary>
    public const int MaxMessageIdLength = 256;

    private readonly ConcurrentDictionary<DeviceNumber, MailboxSession> _held = new();
    private readonly IMailboxStore _store;
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _time;
    private readonly OutcomeFeed _outcomes;
    private readonly EventLog _events;
    private readonly CoreMetrics _metrics;

    internal MailboxHub(
        IMailboxStore store, GatewayLimits limits, TimeProvider time, OutcomeFeed outcomes, EventLog events, CoreMetrics metrics)
    {
        _store = store;
        _limits = limits;
        _time = time;
        _outcomes = outcomes;
        _events = events;
        _metrics = metrics;
    }

    /// <summary>How many mailboxes are held by a connection.</summary>
    public int Held => _held.Count;

    /// <summary>Totals over all mailboxes.</summary>
    public MailboxTotals Totals => _store.Totals;

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Puts a command into a mailbox; durable on return. Refusals: not-found, mailbox-full, too-large, malformed, expired, unavailable.
    /// </summary>
    /// <param name="sender">Who sends; the caller has checked its rights.</param>
    /// <param name="device">To whom.</param>
    /// <param name="content">The message; copied before the call returns.</param>
    /// <param name="messageId">The sender's message-id, if any.</param>
    /// <param name="expiresAtMs">Its expiry; null for the default life.</param>
    public ValueTask<Result<SentMessage>> SendCommandAsync(
        ServicePrincipal sender, string device, ReadOnlyMemory<byte> content, string? messageId, long? expiresAtMs)
    {
        long now = NowMs;
        Refusal? refusal = Check(device, content.Length, messageId, expiresAtMs, now, out DeviceId id);
        if (refusal is not null)
            return ValueTask.FromResult<Result<SentMessage>>(refusal);
        var item = new EnqueueItem
        {
            Device = id,
            Kind = MessageKind.Command,
            Content = content,
            ExpiresAtMs = expiresAtMs ?? now + _limits.DefaultTtlMs,
            MessageId = messageId,
            Sender = sender.Name,
        };
        return EnqueueAsync(item, now);
    }

    /// <summary>
    /// Attaches a connection to its device's mailbox. Another connection that held it is told and loses it.
    /// Refusals: unauthorized (the device is gone), unavailable.
    /// </summary>
    public async ValueTask<Result<MailboxSession>> AttachAsync(DevicePrincipal device, IMailboxReceiver receiver)
    {
        try
        {
            SessionEpoch? epoch = await _store.OpenSessionAsync(device.Number, NowMs);
            if (epoch is not SessionEpoch granted)
                return Refusal.NotAuthenticated;
            _outcomes.MayHaveEnded(); // What the previous holder had may have ended when it was given back.
            var session = new MailboxSession(this, device, granted, receiver);
            if (Enter(session) is MailboxSession loser)
            {
                _metrics.TakenOver();
                _events.TakenOver(device.Name);
                loser.Receiver.OnMailboxTaken("A newer connection of the same device took the mailbox over.");
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

    /// <summary>Ends all messages of a mailbox as <c>cancelled</c>. Refusals: unavailable.</summary>
    public async ValueTask<Result<int>> PurgeAsync(DeviceRecord device, string by)
    {
        try
        {
            int ended = await _store.PurgeAsync(device.Number, $"The mailbox was purged by {by}.", NowMs);
            _metrics.Ended(Outcome.Cancelled, ended);
            if (ended > 0)
                _outcomes.Added.Pulse();
            return ended;
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
            return found is null ? new Refusal(RefusalKind.NotFound, $"No message {sequence} is waiting.") : found;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    internal void WakeHolders(IReadOnlyList<DeviceNumber> devices)
    {
        foreach (DeviceNumber device in devices)
            WakeHolder(device);
    }

    internal async ValueTask<Result<IReadOnlyList<LeasedMessage>>> LeaseAsync(MailboxSession session, int maxMessages, int maxBytes)
    {
        try
        {
            var request = new LeaseRequest(session.Device.Number, session.Epoch, maxMessages, maxBytes, NowMs, _limits.LeaseDurationMs);
            LeaseResult result = await _store.LeaseAsync(request);
            if (result.HeldByOther)
                return HeldByOther();
            _outcomes.MayHaveEnded(); // Messages past their expiry are ended on the way to the ones handed out.
            if (result.Messages.Count > 0)
                _metrics.Leased(result.Messages.Count);
            return Result.Success(result.Messages);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    internal async ValueTask<Result<SettleResult>> SettleAsync(MailboxSession session, LeaseId lease, SettleVerb verb, string? reason)
    {
        if (reason?.Length > MaxReasonLength)
            reason = reason[..(char.IsHighSurrogate(reason[MaxReasonLength - 1]) ? MaxReasonLength - 1 : MaxReasonLength)];
        try
        {
            SettleItem[] items = [new(session.Device.Number, session.Epoch, lease, verb, reason, _limits.LeaseDurationMs)];
            SettleResult result = (await _store.SettleAsync(items, NowMs))[0];
            if (result.Status == SettleStatus.HeldByOther)
                return HeldByOther();
            if (result.Status == SettleStatus.LeaseLapsed)
                return new Refusal(RefusalKind.Expired, $"The lease {lease} is not valid any more; nothing was changed.");
            if (verb == SettleVerb.Release)
                _metrics.Released();
            if (result.Outcome is Outcome outcome)
            {
                _metrics.Ended(outcome, 1);
                _outcomes.Added.Pulse();
            }
            else if (verb == SettleVerb.Release)
            {
                WakeHolder(session.Device.Number);
            }

            return result;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    internal async ValueTask CloseAsync(MailboxSession session)
    {
        _held.TryRemove(KeyValuePair.Create(session.Device.Number, session));
        try
        {
            await _store.CloseSessionAsync(session.Device.Number, session.Epoch, NowMs);
            _outcomes.MayHaveEnded();
        }
        catch (StoreUnavailableException)
        {
            // The leases lapse by themselves, and the next attach raises the epoch.
        }
    }

    private static Refusal HeldByOther() =>
        new(RefusalKind.Conflict, "The mailbox is held by a newer connection of the same device.");

    private async ValueTask<Result<SentMessage>> EnqueueAsync(EnqueueItem item, long now)
    {
        try
        {
            EnqueueResult result = (await _store.EnqueueAsync(new[] { item }, now))[0];
            switch (result.Status)
            {
                case EnqueueStatus.Enqueued:
                    _metrics.Enqueued();
                    WakeHolder(result.Device);
                    return new SentMessage(result.Sequence, item.ExpiresAtMs, result.Depth);
                case EnqueueStatus.DeviceNotFound:
                    return Refusal.DeviceNotFound(item.Device.Value);
                default:
                    string what = result.Status == EnqueueStatus.MailboxFull ? "messages" : "bytes";
                    return new Refusal(RefusalKind.MailboxFull, $"The mailbox of '{item.Device}' holds as many {what} as it may.");
            }
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    private Refusal? Check(string device, int bytes, string? messageId, long? expiresAtMs, long now, out DeviceId id)
    {
        if (!DeviceId.TryParse(device, out id))
            return Refusal.DeviceNotFound(device.Length <= DeviceId.MaxLength ? device : device[..DeviceId.MaxLength]);
        if (bytes > _limits.MaxMessageBytes)
            return new Refusal(RefusalKind.TooLarge, $"The message has {bytes} bytes; the limit is {_limits.MaxMessageBytes}.");
        if (messageId?.Length > MaxMessageIdLength)
            return new Refusal(RefusalKind.Malformed, $"The message-id has {messageId.Length} characters; the limit is {MaxMessageIdLength}.");
        if (expiresAtMs <= now)
            return new Refusal(RefusalKind.Expired, "The message has expired before it was sent.");
        if (expiresAtMs - now > _limits.MaxTtlMs)
            return new Refusal(RefusalKind.Malformed, $"The message would live longer than the limit of {_limits.MaxTtlMs / 1000} seconds.");
        return null;
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
