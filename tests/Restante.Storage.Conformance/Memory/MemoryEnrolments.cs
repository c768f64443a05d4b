using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

internal sealed class MemoryEnrolments(MemoryState state, MemoryRegistry registry) : IEnrolmentStore
{
    private readonly SortedDictionary<string, EnrolmentGroup> _groups = new(StringComparer.Ordinal);
    private readonly SortedDictionary<long, EnrolmentClaim> _claims = [];
    private readonly SortedDictionary<string, EnrolledDevice> _ledger = new(StringComparer.Ordinal);
    private long _lastGroup;
    private long _lastClaim;

    public ValueTask<EnrolmentGroup?> AddGroupAsync(EnrolmentGroup group) => state.Run(() =>
    {
        state.CheckWrite();
        if (_groups.ContainsKey(group.Name))
            return null;
        EnrolmentGroup added = group with { Number = new EnrolmentNumber(++_lastGroup), Version = 1, Enrolled = 0, OpenClaims = 0 };
        _groups.Add(group.Name, added);
        return (EnrolmentGroup?)added;
    });

    public ValueTask<EnrolmentGroup?> FindGroupAsync(string name) => state.Run(() => Counted(_groups.GetValueOrDefault(name)));

    public ValueTask<IReadOnlyList<EnrolmentGroup>> ListGroupsAsync() =>
        state.Run<IReadOnlyList<EnrolmentGroup>>(() => [.. _groups.Values.Select(g => Counted(g)!)]);

    public ValueTask<EnrolmentUpdateResult> UpdateGroupAsync(string name, EnrolmentUpdate update, long nowMs) => state.Run(() =>
    {
        state.CheckWrite();
        if (Expect(name, update.IfVersion, out EnrolmentGroup? old) is EnrolmentUpdateResult refused)
            return refused;
        _groups[name] = old! with
        {
            IdPrefix = update.IdPrefix ?? old.IdPrefix,
            Tags = update.Tags ?? old.Tags,
            Groups = update.Groups ?? old.Groups,
            DesiredState = update.DesiredState ?? old.DesiredState,
            IsEnabled = update.IsEnabled ?? old.IsEnabled,
            MaxDevices = update.MaxDevices ?? old.MaxDevices,
            ExpiresAtMs = update.ExpiresAtMs ?? old.ExpiresAtMs,
            PrimaryKey = update.PrimaryKey ?? old.PrimaryKey,
            SecondaryKey = update.SecondaryKey ?? old.SecondaryKey,
            ChangedAtMs = nowMs,
            Version = old.Version + 1,
        };
        return new EnrolmentUpdateResult(EnrolmentUpdateStatus.Updated, Counted(_groups[name]));
    });

    public ValueTask<EnrolmentUpdateResult> RemoveGroupAsync(string name, long? ifVersion) => state.Run(() =>
    {
        state.CheckWrite();
        if (Expect(name, ifVersion, out EnrolmentGroup? group) is EnrolmentUpdateResult refused)
            return refused;
        EnrolmentGroup? counted = Counted(group);
        foreach (EnrolmentClaim claim in ClaimsOf(group!.Number).ToList())
            _claims.Remove(claim.Number.Value);
        _groups.Remove(name);
        return new EnrolmentUpdateResult(EnrolmentUpdateStatus.Updated, counted);
    });

    public ValueTask<ClaimsResult> AddClaimsAsync(IReadOnlyList<EnrolmentClaim> claims, long maxOpen) => state.Run(() =>
    {
        state.CheckWrite();
        EnrolmentNumber group = claims[0].Group;
        if (_groups.Values.All(g => g.Number != group))
            return new ClaimsResult(ClaimsStatus.NotFound, []);
        if (ClaimsOf(group).Count() + claims.Count > maxOpen)
            return new ClaimsResult(ClaimsStatus.Full, []);
        List<EnrolmentClaim> added = [.. claims.Select(c => c with { Number = new ClaimNumber(++_lastClaim) })];
        added.ForEach(c => _claims.Add(c.Number.Value, c));
        return new ClaimsResult(ClaimsStatus.Added, added);
    });

    public ValueTask<EnrolmentClaim?> FindClaimAsync(ClaimHash hash) => state.Run(() => Find(hash));

    public ValueTask<IReadOnlyList<EnrolmentClaim>> ListClaimsAsync(EnrolmentNumber group, ClaimNumber after, int max) =>
        state.Run<IReadOnlyList<EnrolmentClaim>>(() =>
        {
            CheckPage(max);
            return [.. ClaimsOf(group).Where(c => c.Number.Value > after.Value).Take(max)];
        });

    public ValueTask<bool> RemoveClaimAsync(EnrolmentNumber group, ClaimNumber claim) => state.Run(() =>
    {
        state.CheckWrite();
        return _claims.TryGetValue(claim.Value, out EnrolmentClaim? found) && found.Group == group && _claims.Remove(claim.Value);
    });

    public ValueTask<EnrolmentResult> EnrolAsync(EnrolmentRequest request, long nowMs) => state.Run(() =>
    {
        state.CheckWrite();
        EnrolmentGroup? group = Counted(_groups.Values.FirstOrDefault(g => g.Number == request.Group));
        if (RefusalOf(group, request, nowMs) is EnrolmentStatus refused)
            return new EnrolmentResult(refused, null);
        DeviceRecord device = registry.Create(request.Device, nowMs);
        if (request.Claim is ClaimHash hash)
            _claims.Remove(Find(hash)!.Number.Value);
        _ledger.Add(device.Id.Value, new EnrolledDevice
        {
            Id = device.Id,
            Number = device.Number,
            Group = group!.Number,
            GroupName = group.Name,
            Kind = group.Kind,
            Claim = request.Claim,
            AtMs = nowMs,
        });
        return new EnrolmentResult(EnrolmentStatus.Enrolled, device);
    });

    public ValueTask<EnrolledDevice?> FindEnrolledAsync(DeviceId id) => state.Run(() => _ledger.GetValueOrDefault(id.Value));

    public ValueTask<IReadOnlyList<EnrolledDevice>> ListEnrolledAsync(string? group, DeviceId? after, int max) =>
        state.Run<IReadOnlyList<EnrolledDevice>>(() =>
        {
            CheckPage(max);
            return
            [
                .. _ledger.Values.Where(e => (group is null || e.GroupName == group) && (after is null || e.Id.CompareTo(after.Value) > 0))
                    .Take(max),
            ];
        });

    public ValueTask<ReleaseStatus> ReleaseAsync(DeviceId id) => state.Run(() =>
    {
        state.CheckWrite();
        if (!_ledger.ContainsKey(id.Value))
            return ReleaseStatus.NotFound;
        if (state.ById.ContainsKey(id.Value))
            return ReleaseStatus.DeviceExists;
        _ledger.Remove(id.Value);
        return ReleaseStatus.Released;
    });

    public ValueTask<int> SweepAsync(long nowMs, int maxItems) => state.Run(() =>
    {
        List<EnrolmentClaim> ended = [.. _claims.Values.Where(c => c.ExpiresAtMs <= nowMs).Take(maxItems)];
        if (ended.Count > 0)
            state.CheckWrite();
        ended.ForEach(c => _claims.Remove(c.Number.Value));
        return ended.Count;
    });

    private EnrolmentStatus? RefusalOf(EnrolmentGroup? group, EnrolmentRequest request, long nowMs)
    {
        if (group is null || group.Version != request.GroupVersion)
            return EnrolmentStatus.GroupChanged;
        if (!group.IsEnabled)
            return EnrolmentStatus.GroupDisabled;
        if (group.ExpiresAtMs <= nowMs)
            return EnrolmentStatus.GroupExpired;
        if (state.ById.ContainsKey(request.Device.Id.Value))
            return EnrolmentStatus.DeviceExists;
        if (_ledger.ContainsKey(request.Device.Id.Value))
            return EnrolmentStatus.EnrolledBefore;
        EnrolmentClaim? claim = request.Claim is ClaimHash hash ? Find(hash) : null;
        bool isFor = claim is not null && claim.Group == group.Number && claim.ExpiresAtMs > nowMs
            && (claim.Device is null || claim.Device == request.Device.Id);
        if (request.Claim is not null && !isFor)
            return EnrolmentStatus.ClaimGone;
        return group.Enrolled >= group.MaxDevices ? EnrolmentStatus.GroupFull : null;
    }

    private EnrolmentUpdateResult? Expect(string name, long? ifVersion, out EnrolmentGroup? group)
    {
        group = _groups.GetValueOrDefault(name);
        if (group is null)
            return new EnrolmentUpdateResult(EnrolmentUpdateStatus.NotFound, null);
        return ifVersion is long expected && expected != group.Version
            ? new EnrolmentUpdateResult(EnrolmentUpdateStatus.VersionMismatch, Counted(group))
            : null;
    }

    private EnrolmentGroup? Counted(EnrolmentGroup? group) => group is null ? null : group with
    {
        Enrolled = _ledger.Values.Count(e => e.Group == group.Number),
        OpenClaims = ClaimsOf(group.Number).Count(),
    };

    private EnrolmentClaim? Find(ClaimHash hash) => _claims.Values.FirstOrDefault(c => c.Hash == hash);

    private IEnumerable<EnrolmentClaim> ClaimsOf(EnrolmentNumber group) => _claims.Values.Where(c => c.Group == group);

    private static void CheckPage(int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, 1_000);
    }
}
