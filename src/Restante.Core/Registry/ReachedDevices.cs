using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Quotas;
using Restante.Core.Refusals;
using Restante.Core.Selection;
using Restante.Core.Storage;

namespace Restante.Core.Registry;

/// <summary>
/// The devices as one service has them: those that the scope of its policy reaches. One outside is like none; none comes in or goes out by
/// what the service does. Refusals are those of <see cref="DeviceRegistry"/>, and forbidden for a device that would be outside, for one
/// that would come into a group of another's scope and for a credential that is a certificate.
/// </summary>
public sealed class ReachedDevices
{
    // Others may change the device between the look and the change; who named no version does not hear of it.
    private const int MaxAttempts = 16;

    private readonly DeviceRegistry _devices;
    private readonly DeviceScopes _scopes;
    private readonly ScopeGroups _groups;
    private readonly ActBudget _acts;
    private readonly ServicePrincipal _by;

    internal ReachedDevices(DeviceRegistry devices, DeviceScopes scopes, ScopeGroups groups, ActBudget acts, ServicePrincipal by)
    {
        _devices = devices;
        _scopes = scopes;
        _groups = groups;
        _acts = acts;
        _by = by;
    }

    /// <summary>Finds a device. Refusals: not-found, unavailable.</summary>
    public async ValueTask<Result<DeviceRecord>> FindAsync(string id)
    {
        Result<DeviceRecord> found = await _devices.FindAsync(id);
        return found.IsSuccess && !_scopes.Reaches(_by, found.Value) ? DeviceRegistry.NotFound(id) : found;
    }

    /// <summary>
    /// Lists devices, see <see cref="DeviceRegistry.ListAsync(string?, int, string?, CancellationToken)"/>. Refusals: malformed,
    /// unavailable.
    /// </summary>
    public ValueTask<Result<IReadOnlyList<DeviceRecord>>> ListAsync(
        string? after, int max, string? audience = null, CancellationToken cancellation = default)
    {
        var looker = new Looker(_by.Name, cancellation);
        if (audience is null)
            return _devices.ListAsync(after, max, _by.Scope?.Audience, looker);
        Result<AudienceQuery> narrowed = Narrow(_by, audience);
        return narrowed.IsSuccess
            ? _devices.ListAsync(after, max, narrowed.Value, looker)
            : ValueTask.FromResult<Result<IReadOnlyList<DeviceRecord>>>(narrowed.Refusal);
    }

    /// <summary>
    /// Creates a device, see <see cref="DeviceRegistry.CreateAsync"/>. Ids are of one space: a conflict also tells of a device outside.
    /// </summary>
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
        if (_by.Scope?.Audience is AudienceQuery scope)
        {
            if (DeviceRegistry.CheckCredentials(scope, primary, secondary) is Refusal foreign)
                return foreign;
            if (_devices.Check(id, tags, groups) is Refusal malformed)
                return malformed;
            if (!scope.Matches(DeviceId.Parse(id), DeviceFacts.Of(tags ?? DeviceTags.None, groups ?? [])))
                return (await FindAsync(id)).IsSuccess ? DeviceRegistry.Exists(id) : Outside("The device would be");
            if (await CheckGroupsAsync(groups, null) is Refusal reserved)
                return reserved;
            if (gateway is DeviceId acting && await CheckGatewayAsync(acting) is Refusal refusal)
                return refusal;
        }

        return await _devices.CreateAsync(id, status, primary, secondary, tags, groups, gateway, desired);
    }

    /// <summary>
    /// Creates many devices, see <see cref="DeviceRegistry.ImportAsync(IReadOnlyList{ImportedDevice}, bool)"/>; forbidden also for one that
    /// would be outside, or would come into a group of another's scope. Each that is created or changed is an act: those that the budget
    /// has no room for are refused as throttled, and not looked at.
    /// </summary>
    public async ValueTask<ImportResult[]> ImportAsync(IReadOnlyList<ImportedDevice> wishes, bool update)
    {
        int may = _acts.TakeUpTo(_by, wishes.Count);
        IReadOnlyList<ImportedDevice> admitted = may == wishes.Count ? wishes : [.. wishes.Take(may)];
        ImportResult[] done = await ImportAllAsync(admitted, update);
        _acts.PutBack(_by, done.Count(static r => r.Status is not (DeviceLineStatus.Created or DeviceLineStatus.Changed)));
        return may == wishes.Count ? done : [.. done, .. Refused(wishes.Count - may, _acts.Refuse(_by, wishes.Count - may))];
    }

    /// <summary>How many devices there are; null when that is not known without a look at each.</summary>
    public async ValueTask<long?> CountAsync() => _by.Scope?.Audience is null ? await _devices.CountAsync() : null;

    /// <summary>Changes a device, see <see cref="DeviceRegistry.ChangeAsync"/>.</summary>
    public ValueTask<Result<DeviceRecord>> ChangeAsync(string id, DeviceUpdate update) => AsSeenAsync(
        id,
        update.IfVersion,
        async (device, ifVersion) => device is not null && await CheckAsync(device, update) is Refusal refusal
            ? refusal
            : await _devices.ChangeAsync(id, update with { IfVersion = ifVersion }));

    /// <summary>Gives a slot a new key, see <see cref="DeviceRegistry.RotateKeyAsync"/>.</summary>
    public ValueTask<Result<DeviceRecord>> RotateKeyAsync(
        string id, CredentialSlot slot, SymmetricKey? key = null, long? ifVersion = null) =>
        AsSeenAsync(id, ifVersion, (_, version) => _devices.RotateKeyAsync(id, slot, key, version));

    /// <summary>Puts a credential into a slot, see <see cref="DeviceRegistry.SetCredentialAsync"/>.</summary>
    public ValueTask<Result<DeviceRecord>> SetCredentialAsync(
        string id, CredentialSlot slot, Credential credential, long? ifVersion = null) =>
        DeviceRegistry.CheckCredentials(_by.Scope?.Audience, credential) is Refusal refusal
            ? ValueTask.FromResult<Result<DeviceRecord>>(refusal)
            : AsSeenAsync(id, ifVersion, (_, version) => _devices.SetCredentialAsync(id, slot, credential, version));

    /// <summary>Removes a device, see <see cref="DeviceRegistry.RemoveAsync"/>.</summary>
    public ValueTask<Result<RemovedDevice>> RemoveAsync(string id, long? ifVersion = null) =>
        AsSeenAsync(id, ifVersion, (_, version) => _devices.RemoveAsync(id, version));

    /// <summary>
    /// The audience as the scope of the service leaves it: of both. Refusals: malformed (the audience, with the place; or both together are
    /// larger than an audience may be).
    /// </summary>
    internal static Result<AudienceQuery> Narrow(ServicePrincipal by, string audience)
    {
        Result<AudienceQuery> asked = AudienceQuery.Parse(audience);
        if (!asked.IsSuccess || by.Scope?.Audience is not AudienceQuery scope)
            return asked;
        Result<AudienceQuery> both = AudienceQuery.Parse($"({scope.Text}) and ({audience})");
        return both.IsSuccess ? both : new Refusal(
            RefusalKind.Malformed,
            $"With the scope of the policy '{by.Name}', which counts too, the audience is larger "
                + $"than one may be: {SelectionLimits.MaxLength} "
            + $"characters and {SelectionLimits.MaxTerms} terms.");
    }

    private async ValueTask<ImportResult[]> ImportAllAsync(IReadOnlyList<ImportedDevice> wishes, bool update)
    {
        try
        {
            IReadOnlySet<string> reserved = await _groups.FindReservedAsync(_by, wishes.SelectMany(static w => w.Groups ?? []));
            return await _devices.ImportAsync(wishes, update, _by.Scope?.Audience, reserved);
        }
        catch (StoreUnavailableException)
        {
            return Refused(wishes.Count, Refusal.StoreUnavailable);
        }
    }

    private static ImportResult[] Refused(int count, Refusal refusal) => [.. Enumerable.Repeat(new ImportResult(null, refusal), count)];

    // The change is done to the device that was looked at, or not at all. Null stands for a device that need not be looked at.
    private async ValueTask<Result<T>> AsSeenAsync<T>(string id, long? ifVersion, Func<DeviceRecord?, long?, ValueTask<Result<T>>> change)
    {
        if (_by.ReachesAll)
            return await change(null, ifVersion);
        for (int attempt = 1; ; attempt++)
        {
            Result<DeviceRecord> found = await FindAsync(id);
            if (!found.IsSuccess)
                return found.Refusal;
            if (ifVersion is not null && ifVersion != found.Value.Version)
                return DeviceRegistry.Stale(id, found.Value);
            Result<T> done = await change(found.Value, found.Value.Version);
            if (done.IsSuccess || ifVersion is not null || done.Refusal.Kind != RefusalKind.Conflict || attempt == MaxAttempts)
                return done;
        }
    }

    private async ValueTask<Refusal?> CheckAsync(DeviceRecord device, DeviceUpdate update)
    {
        if (_devices.Check(device.Id.Value, update.Tags, update.Groups) is Refusal malformed)
            return malformed;
        if (DeviceRegistry.CheckCredentials(_by.Scope?.Audience, update.Primary, update.Secondary) is Refusal foreign)
            return foreign;
        if (!_by.Reaches(device with { Tags = update.Tags ?? device.Tags, Groups = update.Groups ?? device.Groups }))
            return Outside("Changed so the device would be");
        if (await CheckGroupsAsync(update.Groups, device) is Refusal reserved)
            return reserved;
        return update.Gateway is DeviceId acting ? await CheckGatewayAsync(acting) : null;
    }

    // What a device belongs to already it may keep.
    private async ValueTask<Refusal?> CheckGroupsAsync(IReadOnlyList<string>? groups, DeviceRecord? device)
    {
        try
        {
            IEnumerable<string> given = groups?.Except(device?.Groups ?? [], StringComparer.Ordinal) ?? [];
            IReadOnlySet<string> reserved = await _groups.FindReservedAsync(_by, given);
            return reserved.Count == 0 ? null : ScopeGroups.Reserved(reserved.Order(StringComparer.Ordinal).First());
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    private async ValueTask<Refusal?> CheckGatewayAsync(DeviceId gateway)
    {
        Result<DeviceRecord> found = await FindAsync(gateway.Value);
        if (found.IsSuccess)
            return null;
        return found.Refusal.Kind == RefusalKind.NotFound ? DeviceRegistry.NoGateway(gateway) : found.Refusal;
    }

    private Refusal Outside(string what) => new(RefusalKind.Forbidden, $"{what} outside the scope of the policy '{_by.Name}'.");
}
