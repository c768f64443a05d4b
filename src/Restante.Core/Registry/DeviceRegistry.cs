using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Events;
using Restante.Core.Mailboxes;
using Restante.Core.Metrics;
using Restante.Core.Outcomes;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Storage;

namespace Restante.Core.Registry;

/// <summary>Creates, changes and removes devices. What takes access away ends the live connections it concerns at once.</summary>
public sealed class DeviceRegistry
{
    /// <summary>The most devices one listing returns.</summary>
    public const int MaxPage = 1_000;

    private readonly IRegistryStore _store;
    private readonly TimeProvider _time;
    private readonly EventLog _events;
    private readonly LiveConnections _connections;
    private readonly OutcomeFeed _outcomes;
    private readonly CoreMetrics _metrics;

    internal DeviceRegistry(
        IRegistryStore store, TimeProvider time, EventLog events, LiveConnections connections, OutcomeFeed outcomes, CoreMetrics metrics)
    {
        _store = store;
        _time = time;
        _events = events;
        _connections = connections;
        _outcomes = outcomes;
        _metrics = metrics;
    }

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Creates a device; keys that are not given are generated. Refusals: malformed, conflict, unavailable.</summary>
    public async ValueTask<Result<DeviceRecord>> CreateAsync(
        string id, DeviceStatus status = DeviceStatus.Enabled, SymmetricKey? primary = null, SymmetricKey? secondary = null)
    {
        if (!DeviceId.TryParse(id, out DeviceId device))
            return new Refusal(RefusalKind.Malformed, $"'{Shorten(id)}' cannot name a device: {DeviceId.Rule}.");
        try
        {
            var wish = new NewDevice(device, status, primary ?? SymmetricKey.Generate(), secondary ?? SymmetricKey.Generate());
            DeviceRecord? created = await _store.CreateDeviceAsync(wish, NowMs);
            if (created is null)
                return new Refusal(RefusalKind.Conflict, $"There is a device '{id}' already.");
            _events.Created(id);
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
            return found is null ? Refusal.DeviceNotFound(Shorten(id)) : found;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Lists devices in the order of their ids. Refusals: malformed, unavailable.</summary>
    /// <param name="after">The id to go on after; null to begin.</param>
    /// <param name="max">1 to <see cref="MaxPage"/>.</param>
    public async ValueTask<Result<IReadOnlyList<DeviceRecord>>> ListAsync(string? after, int max)
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
            return new List<DeviceRecord>(await _store.ListDevicesAsync(from, max));
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Enables or disables a device. Refusals: not-found, conflict, unavailable.</summary>
    public ValueTask<Result<DeviceRecord>> SetStatusAsync(string id, DeviceStatus status, long? ifVersion = null) =>
        UpdateAsync(id, new DeviceUpdate { Status = status, IfVersion = ifVersion }, status == DeviceStatus.Enabled ? "enabled" : "disabled");

    /// <summary>Gives a slot a new key; connections that used the old one are closed. Refusals: not-found, conflict, unavailable.</summary>
    public ValueTask<Result<DeviceRecord>> RotateKeyAsync(string id, KeySlot slot, SymmetricKey? key = null, long? ifVersion = null)
    {
        key ??= SymmetricKey.Generate();
        DeviceUpdate update = slot == KeySlot.Primary
            ? new DeviceUpdate { PrimaryKey = key, IfVersion = ifVersion }
            : new DeviceUpdate { SecondaryKey = key, IfVersion = ifVersion };
        return UpdateAsync(id, update, slot == KeySlot.Primary ? "primary-key" : "secondary-key");
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
            _metrics.Ended(Outcome.DeviceRemoved, removed.MessagesEnded);
            _events.Removed(id, removed.MessagesEnded);
            if (removed.MessagesEnded > 0)
                _outcomes.Added.Pulse();
            return removed;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Looks whether what a principal authenticated with still holds: the device exists in the same generation and is enabled, or the
    /// policy exists, and the key it used is still in its slot. Heads call it once after <see cref="LiveConnections.Add"/>. Null when it
    /// holds. Refusals: unauthorized, unavailable.
    /// </summary>
    public async ValueTask<Refusal?> RecheckAsync(Principal principal)
    {
        try
        {
            if (principal is DevicePrincipal device)
            {
                DeviceRecord? record = await _store.FindDeviceAsync(device.Id);
                bool isSame = record is not null && record.Number == device.Number && record.Status == DeviceStatus.Enabled
                    && Holds(principal, record.PrimaryKey, record.SecondaryKey);
                return isSame ? null : Refusal.NotAuthenticated;
            }

            PolicyRecord? policy = await _store.FindPolicyAsync(principal.Name);
            return policy is not null && Holds(principal, policy.PrimaryKey, policy.SecondaryKey) ? null : Refusal.NotAuthenticated;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

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
            EndWhatItRevokes(result.Device, update);
            _events.Changed(id, what);
            return result.Device;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    private void EndWhatItRevokes(DeviceRecord device, DeviceUpdate update)
    {
        if (update.Status == DeviceStatus.Disabled)
            _connections.EndDevice(device.Number, null, EndReason.Disabled, "The device was disabled.");
        if (update.PrimaryKey is not null)
            _connections.EndDevice(device.Number, KeySlot.Primary, EndReason.CredentialChanged, "The primary key was changed.");
        if (update.SecondaryKey is not null)
            _connections.EndDevice(device.Number, KeySlot.Secondary, EndReason.CredentialChanged, "The secondary key was changed.");
    }

    private static bool Holds(Principal principal, SymmetricKey primary, SymmetricKey secondary) =>
        principal.Key is null || principal.Key.Equals(principal.Slot == KeySlot.Primary ? primary : secondary);

    private static Refusal Stale(string id, DeviceRecord device) =>
        new(RefusalKind.Conflict, $"Device '{id}' has changed meanwhile; its version is {device.Version} now.");

    private static string Shorten(string text) => text.Length <= DeviceId.MaxLength ? text : string.Concat(text.AsSpan(0, DeviceId.MaxLength), "…");
}
