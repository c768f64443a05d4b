using System.Collections.Concurrent;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Metrics;
using Restante.Core.Quotas;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Core.Selection;
using Restante.Core.Storage;

namespace Restante.Core.Notifications;

/// <summary>
/// Sends notifications to audiences. For the heads: <see cref="NotifyAsync"/> and <see cref="NotifyGroupAsync"/> send (the right is
/// <see cref="Rights.Send"/>), <see cref="RecallAsync(ServicePrincipal, Sequence)"/> takes back,
/// <see cref="GetAsync(ServicePrincipal, Sequence, CancellationToken)"/> is the delivery report,
/// <see cref="ListAsync(ServicePrincipal, Sequence, int)"/>
/// and <see cref="ListDevicesAsync(ServicePrincipal, Sequence, DeviceNumber, int)"/> are its pages. Devices receive them through their
/// <see cref="MailboxSession"/>, as messages of the
/// kind notification, in order with everything else, and settle them there.
/// <para>
/// Who gets one is found out in memory: when it is sent, for every mailbox that is held; when a mailbox is attached, for every notification
/// that is active; and when tags or groups of a device change whose mailbox is held. So a device gets it also when it comes, is created or
/// comes into the audience while the notification is active, and loses one that waits when it leaves the audience.
/// </para>
/// </summary>
public sealed partial class NotificationHub : IDisposable
{
    /// <summary>The most that one list returns.</summary>
    public const int MaxPage = 1_000;

    private static readonly NotificationTerms s_usualTerms = new();

    private readonly INotificationStore _store;
    private readonly IRegistryStore _registry;
    private readonly MailboxHub _mailboxes;
    private readonly DeviceScopes _scopes;
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _time;
    private readonly CoreMetrics _metrics;
    private readonly SendingQuotas _quotas;
    private readonly ConcurrentDictionary<DeviceNumber, MailboxSession> _again = new();

    internal NotificationHub(
        IGatewayStore store,
        MailboxHub mailboxes,
        DeviceScopes scopes,
        GatewayLimits limits,
        TimeProvider time,
        CoreMetrics metrics,
        SendingQuotas quotas)
    {
        _scopes = scopes;
        _quotas = quotas;
        _store = store.Notifications;
        _registry = store.Registry;
        _mailboxes = mailboxes;
        _limits = limits;
        _time = time;
        _metrics = metrics;
        for (int i = 0; i < _matching.Length; i++)
            _matching[i] = new SemaphoreSlim(1);
        mailboxes.Attached = AttachedAsync;
        mailboxes.CatchUp = CatchUpAsync;
    }

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Sends a notification to the devices an audience query is true of; it is stored, and offered to every mailbox that is held, on
    /// return. An audience that is nobody now is accepted. What had been sent before under its message-id is not sent again. Refusals:
    /// forbidden, malformed (the audience with the place of the fault, the message-id, the expiry), too-large, expired, throttled (too many
    /// are active), unavailable.
    /// </summary>
    /// <param name="sender">Who sends; its scope counts too, now and as long as the notification is active.</param>
    /// <param name="audience">For whom, see <see cref="AudienceQuery"/>.</param>
    /// <param name="content">The message; copied before the call returns.</param>
    /// <param name="terms">On which terms; null for the usual ones.</param>
    /// <param name="cancellation">
    /// Cancelled when nobody waits for the answer any more: what is stored stays sent, but whether it is for nobody is not found out.
    /// </param>
    public async ValueTask<Result<SentNotification>> NotifyAsync(
        ServicePrincipal sender,
        string audience,
        ReadOnlyMemory<byte> content,
        NotificationTerms? terms = null,
        CancellationToken cancellation = default)
    {
        Result<AudienceQuery> query = ReachedDevices.Narrow(sender, audience);
        return query.IsSuccess ? await SendAsync(sender, query.Value, content, terms ?? s_usualTerms, cancellation) : query.Refusal;
    }

    /// <summary>
    /// Sends a notification to the members of a group. Refusals: as for <see cref="NotifyAsync"/>; malformed, also when no group can be
    /// named so.
    /// </summary>
    /// <param name="sender">Who sends; its scope counts too.</param>
    /// <param name="group">The group.</param>
    /// <param name="content">The message; copied before the call returns.</param>
    /// <param name="terms">On which terms; null for the usual ones.</param>
    /// <param name="cancellation">As for <see cref="NotifyAsync"/>.</param>
    public async ValueTask<Result<SentNotification>> NotifyGroupAsync(
        ServicePrincipal sender,
        string group,
        ReadOnlyMemory<byte> content,
        NotificationTerms? terms = null,
        CancellationToken cancellation = default) =>
        GroupNames.IsValid(group)
            ? await NotifyAsync(sender, AudienceQuery.OfGroup(group).Text, content, terms, cancellation)
            : new Refusal(RefusalKind.Malformed, $"There can be no group of that name: {GroupNames.Rule}.");

    /// <summary>
    /// Takes a notification back wherever it waits. Where a device has it in its hands it may still be settled. Refusals: not-found,
    /// conflict (it is not active any more), unavailable.
    /// </summary>
    /// <param name="sequence">The notification.</param>
    /// <param name="by">Who recalls it; kept as the reason.</param>
    /// <returns>The notification as it is now.</returns>
    public async ValueTask<Result<NotificationRecord>> RecallAsync(Sequence sequence, string by)
    {
        try
        {
            await LoadAsync();
            RecallStatus status = await _store.RecallAsync(sequence, $"Recalled by {by}.", NowMs);
            if (status == RecallStatus.NotActive)
                return NotActive(sequence);
            if (status == RecallStatus.Recalled)
            {
                Forget(sequence);
                _metrics.Recalled();
            }

            return await _store.FindAsync(sequence, NowMs) is NotificationRecord found ? found : NotFound(sequence);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// The delivery report of a notification. To count who belongs to the audience now costs a look at every device. Refusals: not-found,
    /// unavailable.
    /// </summary>
    /// <param name="sequence">The notification.</param>
    /// <param name="looker">For whom.</param>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public async ValueTask<Result<DeliveryReport>> GetAsync(Sequence sequence, Looker looker = default)
    {
        try
        {
            if (await _store.FindAsync(sequence, NowMs) is not NotificationRecord found)
                return NotFound(sequence);
            Result<AudienceQuery> query = AudienceQuery.Parse(found.Audience);
            return new DeliveryReport(found, query.IsSuccess ? await _registry.CountDevicesAsync(query.Value, looker) : 0);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Lists notifications in the order of sending, without their contents. Refusals: malformed, unavailable.</summary>
    /// <param name="after">The one to go on after; 0 to begin.</param>
    /// <param name="max">1 to <see cref="MaxPage"/>.</param>
    public ValueTask<Result<IReadOnlyList<NotificationRecord>>> ListAsync(Sequence after, int max) => ListAsync(after, max, null);

    private async ValueTask<Result<IReadOnlyList<NotificationRecord>>> ListAsync(Sequence after, int max, string? sender)
    {
        if (max is < 1 or > MaxPage)
            return new Refusal(RefusalKind.Malformed, $"A page has 1 to {MaxPage} notifications.");
        try
        {
            return Result.Success(await _store.ListAsync(after, max, NowMs, sender));
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Lists the devices that have settled a notification, and how. Refusals: not-found, malformed, unavailable.</summary>
    /// <param name="sequence">The notification.</param>
    /// <param name="after">The <see cref="NotificationDevice.Number"/> to go on after; 0 to begin.</param>
    /// <param name="max">1 to <see cref="MaxPage"/>.</param>
    public async ValueTask<Result<IReadOnlyList<NotificationDevice>>> ListDevicesAsync(Sequence sequence, DeviceNumber after, int max)
    {
        if (max is < 1 or > MaxPage)
            return new Refusal(RefusalKind.Malformed, $"A page has 1 to {MaxPage} devices.");
        try
        {
            IReadOnlyList<NotificationDevice> devices = await _store.ListDevicesAsync(sequence, after, max);
            return devices.Count == 0 && await _store.FindAsync(sequence, NowMs) is null ? NotFound(sequence) : Result.Success(devices);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _loading.Dispose();
        foreach (SemaphoreSlim turn in _matching)
            turn.Dispose();
    }

    /// <summary>Lets notifications expire, and makes up for what a store that was unavailable has put off.</summary>
    /// <exception cref="StoreUnavailableException">The store takes no work now.</exception>
    internal async ValueTask SweepAsync(int maxItems)
    {
        await LoadAsync(); // Else it would read, and keep, what is forgotten here.
        NotificationSweep swept;
        do
        {
            swept = await _store.SweepAsync(NowMs, maxItems);
            foreach (Sequence sequence in swept.Expired)
                Forget(sequence);
        }
        while (swept.More);

        foreach (KeyValuePair<DeviceNumber, MailboxSession> one in _again)
        {
            _again.TryRemove(one);
            await MatchOrPutOffAsync(one.Value);
        }
    }

    private static Refusal NotActive(Sequence sequence) =>
        new(RefusalKind.Conflict, $"Notification {sequence} has expired or was recalled before; nothing was changed.");

    private static Refusal TooManyActive() => new(
        RefusalKind.Throttled,
        "As many notifications are active as may be (MaxActiveNotifications); recall one or wait for one to expire.");

    private static Refusal TooManyOfSender(ServicePrincipal sender) => new(
        RefusalKind.Throttled,
        $"As many notifications of the policy '{sender.Name}' are active as is its share (ActiveNotificationSharePercent); recall one or "
        + "wait for one to expire.");

    private static Refusal NotFound(Sequence sequence) => new(RefusalKind.NotFound, $"There is no notification {sequence}.");

    private async ValueTask<Result<SentNotification>> SendAsync(
        ServicePrincipal sender,
        AudienceQuery audience,
        ReadOnlyMemory<byte> content,
        NotificationTerms terms,
        CancellationToken cancellation)
    {
        long now = NowMs;
        if ((Check(sender, content.Length, terms, now) ?? _quotas.Take(sender)) is Refusal refusal)
            return refusal;
        var wish = new NewNotification
        {
            Audience = audience.Text,
            Content = content.ToArray(),
            ExpiresAtMs = terms.ExpiresAtMs ?? now + _limits.DefaultTtlMs,
            Sender = sender.Name,
            MessageId = terms.MessageId,
        };
        try
        {
            await LoadAsync();
            PublishResult result = await _store.PublishAsync(wish, now, stored => Enter(stored.Sequence, audience));
            if (result.Status == PublishStatus.TooManyActive)
                return TooManyActive();
            if (result.Status == PublishStatus.TooManyOfSender)
                return TooManyOfSender(sender);
            if (result.Status == PublishStatus.Duplicate)
                return new SentNotification(result.Sequence, result.ExpiresAtMs, IsDuplicate: true, MatchesNobody: false);
            _metrics.Notified();
            bool matches = await OfferToHoldersAsync(result.Sequence, audience);
            bool isNobody = !matches && await IsNobodyAsync(audience, new Looker(sender.Name, cancellation));
            return new SentNotification(result.Sequence, result.ExpiresAtMs, IsDuplicate: false, isNobody);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    private Refusal? Check(ServicePrincipal sender, int bytes, NotificationTerms terms, long now)
    {
        if (!sender.May(Rights.Send))
            return new Refusal(RefusalKind.Forbidden, $"The policy '{sender.Name}' may not send.");
        if (bytes > _limits.MaxMessageBytes)
            return new Refusal(RefusalKind.TooLarge, $"The message has {bytes} bytes; the limit is {_limits.MaxMessageBytes}.");
        if (CommandRules.MessageId(terms.MessageId) is Refusal refusal)
            return refusal;
        if (terms.ExpiresAtMs <= now)
            return new Refusal(RefusalKind.Expired, "The notification has expired before it was sent.");
        return terms.ExpiresAtMs - now > _limits.MaxTtlMs
            ? new Refusal(RefusalKind.Malformed, $"The notification would live longer than the limit of {_limits.MaxTtlMs / 1000} seconds.")
            : null;
    }

    // What has been stored stays sent, also when nobody can be looked for now, or the sender has gone.
    private async ValueTask<bool> IsNobodyAsync(AudienceQuery audience, Looker looker)
    {
        try
        {
            return (await _registry.ListDevicesAsync(null, 1, audience, looker)).Count == 0;
        }
        catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
        {
            return false;
        }
    }
}
