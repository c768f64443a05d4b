using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Core.States;
using Restante.Core.Storage;

namespace Restante.Core.Enrolment;

/// <summary>Creates, changes and removes enrolment groups. Devices that a group has enrolled stay, whatever becomes of it.</summary>
public sealed class EnrolmentGroups
{
    private readonly ChangeTurns _turns = new(); // So that the limit holds.
    private readonly IEnrolmentStore _store;
    private readonly IAuthorityStore _authorities;
    private readonly EnrolmentRoll _roll;
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _time;

    internal EnrolmentGroups(
        IEnrolmentStore store, IAuthorityStore authorities, EnrolmentRoll roll, GatewayLimits limits, TimeProvider time)
    {
        _store = store;
        _authorities = authorities;
        _roll = roll;
        _limits = limits;
        _time = time;
    }

    private static Refusal NotFound { get; } = new(RefusalKind.NotFound, "There is no enrolment group of that name.");

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Creates a group; keys that its kind has and that are not given are new. Refusals: malformed (name, prefix, tags, groups, state,
    /// limit, end, or an authority that is not registered), too-large (state), conflict, limit-reached (too many groups), unavailable.
    /// </summary>
    /// <param name="name">What to call it.</param>
    /// <param name="terms">What it is to be.</param>
    public async ValueTask<Result<EnrolmentGroup>> CreateAsync(string name, EnrolmentTerms terms)
    {
        if (!PolicyNames.IsValid(name))
            return new Refusal(RefusalKind.Malformed, $"The name is not allowed: {EnrolmentGroup.NameRule}.");
        var wish = new EnrolmentUpdate
        {
            IdPrefix = terms.IdPrefix,
            Tags = terms.Tags,
            Groups = terms.Groups,
            DesiredState = terms.DesiredState,
            MaxDevices = terms.MaxDevices,
            ExpiresAtMs = terms.ExpiresAtMs,
        };
        if ((Check(wish) ?? CheckKind(terms)) is Refusal refusal)
            return refusal;
        return await _turns.ChangeAsync<EnrolmentGroup>(async () =>
        {
            IReadOnlyList<EnrolmentGroup> all = await _store.ListGroupsAsync();
            if (all.Count >= _limits.MaxEnrolmentGroups)
                return new Refusal(
                    RefusalKind.LimitReached, $"There are {_limits.MaxEnrolmentGroups} enrolment groups, which is the limit.");
            if (terms.Authority is string authority && await _authorities.FindAsync(authority) is null)
                return new Refusal(RefusalKind.Malformed, $"There is no authority '{authority}'. Register it first.");
            EnrolmentGroup? added = await _store.AddGroupAsync(Of(name, terms));
            if (added is null)
                return new Refusal(RefusalKind.Conflict, $"There is an enrolment group '{name}' already.");
            await _roll.ReloadAsync();
            return added;
        });
    }

    /// <summary>Finds a group. Refusals: not-found, unavailable.</summary>
    public async ValueTask<Result<EnrolmentGroup>> FindAsync(string name)
    {
        try
        {
            return PolicyNames.IsValid(name) && await _store.FindGroupAsync(name) is EnrolmentGroup found ? found : NotFound;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>All groups in the order of their names. Refusals: unavailable.</summary>
    public async ValueTask<Result<IReadOnlyList<EnrolmentGroup>>> ListAsync()
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

    /// <summary>
    /// Changes a group, for devices that are enrolled from then on. Refusals: not-found, malformed (also keys for a group of another kind),
    /// too-large (state), conflict (another version), unavailable.
    /// </summary>
    public async ValueTask<Result<EnrolmentGroup>> ChangeAsync(string name, EnrolmentUpdate update)
    {
        if (Check(update) is Refusal refusal)
            return refusal;
        return await _turns.ChangeAsync<EnrolmentGroup>(async () =>
        {
            if (!PolicyNames.IsValid(name) || await _store.FindGroupAsync(name) is not EnrolmentGroup group)
                return NotFound;
            if (group.Kind != EnrolmentKind.Key && (update.PrimaryKey ?? update.SecondaryKey) is not null)
                return new Refusal(RefusalKind.Malformed, $"The group '{name}' has no keys: its kind is {group.Kind.Name()}.");
            EnrolmentUpdate normal = update with
            {
                Groups = update.Groups is null ? null : DeviceRegistry.Sorted(update.Groups),
                DesiredState = update.DesiredState is ReadOnlyMemory<byte> state ? Compact(state) : null,
            };
            return await DoneAsync(name, await _store.UpdateGroupAsync(name, normal, NowMs));
        });
    }

    /// <summary>
    /// Removes a group with its claims. Its devices stay, and its entries in the ledger. Refusals: not-found, conflict (another version),
    /// unavailable.
    /// </summary>
    public ValueTask<Result<EnrolmentGroup>> RemoveAsync(string name, long? ifVersion = null) =>
        _turns.ChangeAsync<EnrolmentGroup>(async () =>
            PolicyNames.IsValid(name) ? await DoneAsync(name, await _store.RemoveGroupAsync(name, ifVersion)) : NotFound);

    private async ValueTask<Result<EnrolmentGroup>> DoneAsync(string name, EnrolmentUpdateResult result)
    {
        if (result.Group is not EnrolmentGroup group || result.Status == EnrolmentUpdateStatus.NotFound)
            return NotFound;
        if (result.Status == EnrolmentUpdateStatus.VersionMismatch)
            return new Refusal(
                RefusalKind.Conflict, $"The enrolment group '{name}' has changed meanwhile; its version is {group.Version} now.");
        await _roll.ReloadAsync();
        return group;
    }

    private EnrolmentGroup Of(string name, EnrolmentTerms terms) => new()
    {
        Name = name,
        Kind = terms.Kind,
        IdPrefix = terms.IdPrefix,
        Tags = terms.Tags ?? DeviceTags.None,
        Groups = DeviceRegistry.Sorted(terms.Groups ?? []),
        DesiredState = terms.DesiredState is ReadOnlyMemory<byte> state ? Compact(state) : default,
        IsEnabled = terms.IsEnabled,
        MaxDevices = terms.MaxDevices ?? _limits.MaxDevicesPerEnrolmentGroup,
        ExpiresAtMs = terms.ExpiresAtMs ?? long.MaxValue,
        Authority = terms.Authority,
        PrimaryKey = terms.Kind == EnrolmentKind.Key ? terms.PrimaryKey ?? SymmetricKey.Generate() : null,
        SecondaryKey = terms.Kind == EnrolmentKind.Key ? terms.SecondaryKey ?? SymmetricKey.Generate() : null,
        CreatedAtMs = NowMs,
        ChangedAtMs = NowMs,
        Version = 1,
    };

    private Refusal? Check(EnrolmentUpdate update)
    {
        if (update.IdPrefix is { Length: > 0 } prefix && !DeviceId.IsValid(prefix + "0"))
        {
            return new Refusal(
                RefusalKind.Malformed,
                $"'{DeviceRegistry.Shorten(prefix)}' cannot begin an id: {DeviceId.Rule}, and a prefix leaves room for one.");
        }

        if (DeviceRegistry.Check(_limits, update.Tags, update.Groups) is Refusal refusal)
            return refusal;
        if (update.MaxDevices is long max && (max < 1 || max > _limits.MaxDevicesPerEnrolmentGroup))
        {
            return new Refusal(
                RefusalKind.Malformed, $"A group enrols 1 to {_limits.MaxDevicesPerEnrolmentGroup} devices, not {max}.");
        }

        if (update.ExpiresAtMs <= NowMs)
            return new Refusal(RefusalKind.Malformed, "The end of the group lies in the past. Disable it, or remove it.");
        return update.DesiredState is { IsEmpty: false } state
            ? StateJson.Check(state.Span, "desired", _limits.MaxStateBytes, _limits.MaxStateDepth)
            : null;
    }

    private static Refusal? CheckKind(EnrolmentTerms terms)
    {
        string kind = terms.Kind.Name();
        if (terms.Kind != EnrolmentKind.Authority && terms.Authority is not null)
            return new Refusal(RefusalKind.Malformed, $"An enrolment group of the kind {kind} has no authority.");
        return terms.Kind != EnrolmentKind.Key && (terms.PrimaryKey ?? terms.SecondaryKey) is not null
            ? new Refusal(RefusalKind.Malformed, $"An enrolment group of the kind {kind} has no keys.")
            : null;
    }

    // As a state document would hold it.
    private static ReadOnlyMemory<byte> Compact(ReadOnlyMemory<byte> state) =>
        state.IsEmpty ? state : StateJson.Merge(StateContent.Empty.Json, state);
}
