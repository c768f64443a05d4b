using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Events;
using Restante.Core.History;
using Restante.Core.Inquiries;
using Restante.Core.Issuing;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Metrics;
using Restante.Core.Notifications;
using Restante.Core.Outcomes;
using Restante.Core.Quotas;
using Restante.Core.Refusals;
using Restante.Core.Selection;
using Restante.Core.Sessions;
using Restante.Core.States;
using Restante.Core.Storage;

namespace Restante.Core.Registry;

/// <summary>Creates, changes and removes devices. What takes access away ends the live connections it concerns at once.</summary>
public sealed partial class DeviceRegistry
{
    /// <summary>The most devices one listing returns.</summary>
    public const int MaxPage = 1_000;

    private readonly IRegistryStore _store;
    private readonly DeviceScopes _scopes;
    private readonly AuthorityTrust _trust;
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _time;
    private readonly EventLog _events;
    private readonly LiveConnections _connections;
    private readonly OutcomeFeed _outcomes;
    private readonly InquiryHub _inquiries;
    private readonly NotificationHub _notifications;
    private readonly CertificateIssuers _issuers;
    private readonly CoreMetrics _metrics;
    private readonly HistoryBook _history;
    private readonly ActBudget _acts;

    internal DeviceRegistry(
        IRegistryStore store,
        DeviceScopes scopes,
        AuthorityTrust trust,
        GatewayLimits limits,
        TimeProvider time,
        EventLog events,
        LiveConnections connections,
        OutcomeFeed outcomes,
        InquiryHub inquiries,
        NotificationHub notifications,
        CertificateIssuers issuers,
        CoreMetrics metrics,
        HistoryBook history,
        ActBudget acts)
    {
        _store = store;
        _scopes = scopes;
        _trust = trust;
        _limits = limits;
        _time = time;
        _events = events;
        _connections = connections;
        _outcomes = outcomes;
        _inquiries = inquiries;
        _notifications = notifications;
        _issuers = issuers;
        _metrics = metrics;
        _history = history;
        _acts = acts;
    }

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The devices that a service reaches, and what it may do with them. Heads ask here for whatever a service wants.</summary>
    public ReachedDevices For(ServicePrincipal service) => new(this, _scopes, new ScopeGroups(_store), _acts, service);

    /// <summary>
    /// Creates a device. Credentials that are not given become new keys, except beside a given one that is no key: that slot stays empty.
    /// Refusals: malformed (also too many groups, too large tags), conflict, unavailable.
    /// </summary>
    /// <param name="id">Its name, see <see cref="DeviceId"/>.</param>
    /// <param name="status">Whether it may connect.</param>
    /// <param name="primary">Its first credential.</param>
    /// <param name="secondary">Its second credential.</param>
    /// <param name="tags">The text of a JSON object; null for none.</param>
    /// <param name="groups">The groups it belongs to; null for none.</param>
    /// <param name="gateway">The device that may act for it; null for none.</param>
    /// <param name="desired">The desired state that it begins with, a JSON object in UTF-8; empty to begin without one.</param>
    public async ValueTask<Result<DeviceRecord>> CreateAsync(
        string id,
        DeviceStatus status = DeviceStatus.Enabled,
        Credential? primary = null,
        Credential? secondary = null,
        string? tags = null,
        IReadOnlyList<string>? groups = null,
        DeviceId? gateway = null,
        ReadOnlyMemory<byte> desired = default)
    {
        if (Check(id, tags, groups) is Refusal refusal)
            return refusal;
        DeviceId device = DeviceId.Parse(id);
        if (!desired.IsEmpty && StateJson.CheckFirst(desired, _limits, out desired) is Refusal fault)
            return fault;
        try
        {
            if (gateway is DeviceId acting && await _store.FindDeviceAsync(acting) is null)
                return NoGateway(acting);
            var wish = new NewDevice(device, status, primary ?? Beside(secondary), secondary ?? Beside(primary))
            {
                Tags = tags ?? DeviceTags.None,
                Groups = Sorted(groups ?? []),
                Gateway = gateway,
                Desired = desired,
            };
            DeviceRecord? created = await _store.CreateDeviceAsync(wish, NowMs);
            if (created is null)
                return Exists(id);
            _events.Created(id);
            _history.Created(device);
            return created;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Finds a device. Refusals: not-found, unavailable.</summary>
    public async ValueTask<Result<DeviceRecord>> FindAsync(string id)
    {
        try
        {
            DeviceRecord? found = DeviceId.TryParse(id, out DeviceId device) ? await _store.FindDeviceAsync(device) : null;
            return found is null ? NotFound(id) : found;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Lists devices in the order of their ids. Refusals: malformed, unavailable.</summary>
    /// <param name="after">The id to go on after; null to begin.</param>
    /// <param name="max">1 to <see cref="MaxPage"/>.</param>
    /// <param name="audience">An audience query that leaves out who does not belong to it; null for all.</param>
    /// <param name="cancellation">Ends the look through the devices of an audience.</param>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public ValueTask<Result<IReadOnlyList<DeviceRecord>>> ListAsync(
        string? after, int max, string? audience = null, CancellationToken cancellation = default)
    {
        AudienceQuery? query = null;
        if (audience is not null)
        {
            Result<AudienceQuery> parsed = AudienceQuery.Parse(audience);
            if (!parsed.IsSuccess)
                return ValueTask.FromResult<Result<IReadOnlyList<DeviceRecord>>>(parsed.Refusal);
            query = parsed.Value;
        }

        return ListAsync(after, max, query, new Looker(null, cancellation));
    }

    /// <summary>The same for an audience that has been read, and for somebody.</summary>
    internal async ValueTask<Result<IReadOnlyList<DeviceRecord>>> ListAsync(string? after, int max, AudienceQuery? audience, Looker looker)
    {
        DeviceId? from = null;
        if (after is not null)
        {
            if (!DeviceId.TryParse(after, out DeviceId parsed))
                return new Refusal(RefusalKind.Malformed, $"'{Shorten(after)}' is no device id: {DeviceId.Rule}.");
            from = parsed;
        }

        if (max is < 1 or > MaxPage)
            return new Refusal(RefusalKind.Malformed, $"A page has 1 to {MaxPage} devices.");
        try
        {
            return new List<DeviceRecord>(await _store.ListDevicesAsync(from, max, audience, looker));
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Enables or disables a device. Refusals: not-found, conflict, unavailable.</summary>
    public ValueTask<Result<DeviceRecord>> SetStatusAsync(string id, DeviceStatus status, long? ifVersion = null) =>
        UpdateAsync(
            id, new DeviceUpdate { Status = status, IfVersion = ifVersion }, status == DeviceStatus.Enabled ? "enabled" : "disabled");

    /// <summary>Gives a slot a new key; connections that used the old one are closed. Refusals: not-found, conflict, unavailable.</summary>
    public ValueTask<Result<DeviceRecord>> RotateKeyAsync(string id, CredentialSlot slot, SymmetricKey? key = null, long? ifVersion = null)
    {
        key ??= SymmetricKey.Generate();
        return UpdateAsync(id, Into(slot, key, ifVersion), slot == CredentialSlot.Primary ? "primary-key" : "secondary-key");
    }

    /// <summary>
    /// Puts a credential into a slot, or empties it with <see cref="Credential.None"/>; connections that used the old one are closed.
    /// Refusals: not-found, conflict, unavailable.
    /// </summary>
    public ValueTask<Result<DeviceRecord>> SetCredentialAsync(
        string id, CredentialSlot slot, Credential credential, long? ifVersion = null) =>
        UpdateAsync(id, Into(slot, credential, ifVersion), slot == CredentialSlot.Primary ? "primary-credential" : "secondary-credential");

    /// <summary>
    /// Changes several things of a device at once; see <see cref="DeviceUpdate"/>. Refusals: not-found, malformed (tags, groups or the
    /// gateway), conflict, unavailable.
    /// </summary>
    public async ValueTask<Result<DeviceRecord>> ChangeAsync(string id, DeviceUpdate update)
    {
        if (Check(_limits, update.Tags, update.Groups) is Refusal refusal)
            return refusal;
        if (update.Gateway?.Value == id)
            return new Refusal(RefusalKind.Malformed, "A device is not its own gateway.");
        return await UpdateAsync(id, update with { Groups = update.Groups is null ? null : Sorted(update.Groups) }, WhatOf(update));
    }

    /// <summary>
    /// Removes a device. Its waiting messages end as <c>device-removed</c>; a device created later under the same id is another one.
    /// Refusals: not-found, conflict, unavailable.
    /// </summary>
    public async ValueTask<Result<RemovedDevice>> RemoveAsync(string id, long? ifVersion = null)
    {
        if (!DeviceId.TryParse(id, out DeviceId device))
            return Refusal.DeviceNotFound(Shorten(id));
        try
        {
            RemovedDevice? removed = await _store.RemoveDeviceAsync(device, ifVersion, NowMs);
            if (removed is null)
                return Refusal.DeviceNotFound(id);
            if (removed.Status != DeviceUpdateStatus.Updated)
                return Stale(id, removed.Device);
            _connections.EndDevice(removed.Device.Number, null, EndReason.Removed, "The device was removed.");
            _metrics.Ended(Outcome.DeviceRemoved, removed.Ended.Count);
            _inquiries.DeviceRemoved();
            _issuers.DeviceRemoved();
            _events.Removed(id, removed.Ended.Count);
            _history.Removed(device);
            _outcomes.Ended(removed.Ended);
            return removed;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Looks whether what a principal authenticated with still holds: the device exists in the same generation and is enabled, or the
    /// policy exists with the same scope, and the credential it used is still in its slot. Heads call it once after
    /// <see cref="LiveConnections.Add"/>. Null when it holds. Refusals: unauthorized, unavailable.
    /// </summary>
    public async ValueTask<Refusal?> RecheckAsync(Principal principal)
    {
        try
        {
            if (principal is DevicePrincipal device)
            {
                DeviceRecord? record = await _store.FindDeviceAsync(device.Id);
                bool isSame = record is not null && record.Number == device.Number && record.Status == DeviceStatus.Enabled
                    && Holds(principal, record.Primary, record.Secondary)
                        && (device.Through is null || record.Gateway == device.Through.Id);
                if (!isSame || (device.Proof is not null && !(await _trust.GetAsync()).StillHolds(device.Proof)))
                    return Refusal.NotAuthenticated;
                return device.Through is null ? null : await RecheckAsync(device.Through);
            }

            PolicyRecord? policy = await _store.FindPolicyAsync(principal.Name);
            bool holds = policy is not null && Holds(principal, policy.Primary, policy.Secondary)
                && (principal is not ServicePrincipal service
                    || (Equals(service.Scope, policy.Scope) && !policy.Rights.Lack(service.Rights)))
                && (principal.Proof is null || (await _trust.GetAsync()).StillHolds(principal.Proof));
            return holds ? null : Refusal.NotAuthenticated;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// The principal that a field gateway is when it acts for a device it was granted (<see cref="DeviceRecord.Gateway"/>): that device,
    /// through the gateway. Refusals: forbidden (it was not granted the device, or there is none, or it is disabled), unavailable.
    /// </summary>
    /// <param name="gateway">The gateway, as authenticated.</param>
    /// <param name="id">The device to act for.</param>
    public async ValueTask<Result<DevicePrincipal>> ActForAsync(DevicePrincipal gateway, string id)
    {
        try
        {
            DeviceRecord? found = DeviceId.TryParse(id, out DeviceId device) ? await _store.FindDeviceAsync(device) : null;
            return found is { Status: DeviceStatus.Enabled } && found.Gateway == gateway.Id
                ? new DevicePrincipal(found.Id, found.Number, gateway.Slot, gateway.ExpiresAtMs)
                {
                    Through = gateway,
                    Proof = gateway.Proof,
                    IsPaced = gateway.IsPaced,
                    Connection = gateway.Connection,
                }
                : new Refusal(
                    RefusalKind.Forbidden,
                    $"'{gateway.Name}' may not act for '{Shorten(id)}': it is not the gateway of an enabled device of that id.");
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    internal static Refusal NotFound(string id) => Refusal.DeviceNotFound(Shorten(id));

    internal static Refusal Exists(string id) => new(RefusalKind.Conflict, $"There is a device '{id}' already.");

    internal static Refusal NoGateway(DeviceId gateway) =>
        new(RefusalKind.Malformed, $"There is no device '{gateway}' to be the gateway.");

    internal static Refusal Stale(string id, DeviceRecord device) =>
        new(RefusalKind.Conflict, $"Device '{id}' has changed meanwhile; its version is {device.Version} now.");

    /// <summary>What is wrong with what a device is to be; null for nothing.</summary>
    internal Refusal? Check(string id, string? tags, IReadOnlyList<string>? groups) => DeviceId.IsValid(id)
        ? Check(_limits, tags, groups)
        : new Refusal(RefusalKind.Malformed, $"'{Shorten(id)}' cannot name a device: {DeviceId.Rule}.");

    private async ValueTask<Result<DeviceRecord>> UpdateAsync(string id, DeviceUpdate update, string what)
    {
        if (!DeviceId.TryParse(id, out DeviceId device))
            return Refusal.DeviceNotFound(Shorten(id));
        try
        {
            DeviceUpdateResult result = await _store.UpdateDeviceAsync(device, update, NowMs);
            if (result.Status == DeviceUpdateStatus.NotFound || result.Device is null)
                return Refusal.DeviceNotFound(id);
            if (result.Status == DeviceUpdateStatus.VersionMismatch)
                return Stale(id, result.Device);
            if (result.Status == DeviceUpdateStatus.GatewayNotFound)
                return NoGateway(update.Gateway!.Value);
            EndWhatItRevokes(result.Device, update);
            await TellAsync(result.Device, update, what);
            return result.Device;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    private async ValueTask TellAsync(DeviceRecord device, DeviceUpdate update, string what)
    {
        if (update.Tags is not null || update.Groups is not null)
        {
            await _notifications.DeviceChangedAsync(device);
            _inquiries.DeviceChanged();
        }

        _events.Changed(device.Id.Value, what);
        _history.Changed(device.Id, what);
    }

    /// <summary>What is wrong with the tags and groups of a device; null when nothing is. Refusals: malformed.</summary>
    internal static Refusal? Check(GatewayLimits limits, string? tags, IReadOnlyList<string>? groups)
    {
        if (tags is not null && DeviceTags.Fault(tags, limits.MaxTagsBytes) is string fault)
            return new Refusal(RefusalKind.Malformed, fault);
        if (groups is null)
            return null;
        if (groups.Count > limits.MaxGroupsPerDevice)
        {
            return new Refusal(
                RefusalKind.Malformed, $"A device belongs to at most {limits.MaxGroupsPerDevice} groups, not {groups.Count}.");
        }

        return groups.FirstOrDefault(g => !GroupNames.IsValid(g)) is string wrong
            ? new Refusal(RefusalKind.Malformed, $"'{Shorten(wrong)}' cannot name a group: {GroupNames.Rule}.")
            : null;
    }

    private static string WhatOf(DeviceUpdate update)
    {
        string?[] what =
        [
            update.Status is DeviceStatus status ? (status == DeviceStatus.Enabled ? "enabled" : "disabled") : null,
            update.Primary is null ? null : "primary-credential",
            update.Secondary is null ? null : "secondary-credential",
            update.Tags is null ? null : "tags",
            update.Groups is null ? null : "groups",
            update.Gateway is null && !update.RemoveGateway ? null : "gateway",
        ];
        return string.Join(' ', what.OfType<string>());
    }

    /// <summary>Groups as a device holds them.</summary>
    internal static IReadOnlyList<string> Sorted(IReadOnlyList<string> groups) =>
        groups.Count == 0 ? [] : [.. groups.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private void EndWhatItRevokes(DeviceRecord device, DeviceUpdate update)
    {
        if (update.Status == DeviceStatus.Disabled)
            _connections.EndDevice(device.Number, null, EndReason.Disabled, "The device was disabled.");
        if (update.Primary is not null)
            _connections.EndDevice(
                device.Number, CredentialSlot.Primary, EndReason.CredentialChanged, "The primary credential was changed.");
        if (update.Secondary is not null)
            _connections.EndDevice(
                device.Number, CredentialSlot.Secondary, EndReason.CredentialChanged, "The secondary credential was changed.");
        if (update.Gateway is not null || update.RemoveGateway)
            _connections.EndThroughGateway(device.Number, device.Gateway);
    }

    // A device that is to have a certificate gets no key that nobody asked for beside it.
    private static Credential Beside(Credential? other) => other is null or SymmetricKey ? SymmetricKey.Generate() : Credential.None;

    private static DeviceUpdate Into(CredentialSlot slot, Credential credential, long? ifVersion) => slot == CredentialSlot.Primary
        ? new DeviceUpdate { Primary = credential, IfVersion = ifVersion }
        : new DeviceUpdate { Secondary = credential, IfVersion = ifVersion };

    private static bool Holds(Principal principal, Credential primary, Credential secondary) =>
        principal.Used is null || principal.Used.Equals(principal.Slot == CredentialSlot.Primary ? primary : secondary);

    internal static string Shorten(string text) =>
        text.Length <= DeviceId.MaxLength ? text : string.Concat(text.AsSpan(0, DeviceId.MaxLength), "…");
}
