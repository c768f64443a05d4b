using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Metrics;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Storage;

namespace Restante.Core.Enrolment;

/// <summary>Creates devices that have proved to belong to an enrolment group.</summary>
internal sealed class Enroller(
    IEnrolmentStore store,
    IRegistryStore registry,
    EnrolmentRoll roll,
    TimeProvider time,
    CoreMetrics metrics,
    HistoryBook history,
    AuditLog audit)
{
    /// <summary>What the audit log calls it.</summary>
    public const string Act = "enrolDevice";

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The groups. Fails as the store does.</summary>
    public ValueTask<IReadOnlyList<EnrolmentGroup>> GroupsAsync() => roll.GetAsync();

    /// <summary>A claim that waits to be used; null when there is none. Fails as the store does.</summary>
    public ValueTask<EnrolmentClaim?> FindClaimAsync(ClaimHash hash) => store.FindClaimAsync(hash);

    /// <summary>What the ledger says of an id; null when it was never enrolled. Fails as the store does.</summary>
    public ValueTask<EnrolledDevice?> FindEnrolledAsync(DeviceId id) => store.FindEnrolledAsync(id);

    /// <summary>Creates a device, if its group takes it. Fails as the store does, also when the audit log cannot be written.</summary>
    /// <param name="group">The group that it has proved to belong to.</param>
    /// <param name="id">Its id, which the proof is for.</param>
    /// <param name="primary">Its first credential.</param>
    /// <param name="secondary">Its second credential.</param>
    /// <param name="claim">The claim that it uses up; null for none.</param>
    /// <param name="connection">Where it comes from.</param>
    public async ValueTask<EnrolmentResult> EnrolAsync(
        EnrolmentGroup group, DeviceId id, Credential primary, Credential secondary, ClaimHash? claim, ConnectionName connection)
    {
        // Looked at without writing first: who is refused comes again and again.
        EnrolmentResult result = await RefusalOfAsync(group, id) is EnrolmentStatus refused
            ? new EnrolmentResult(refused, null)
            : await CreateAsync(RequestOf(group, id, primary, secondary, claim), EntryOf(group, id, connection));
        metrics.Enrolment(group.Kind, result.Status);
        if (result.Status == EnrolmentStatus.GroupChanged)
            await roll.ReloadAsync();
        if (result.Status == EnrolmentStatus.EnrolledBefore)
            history.Refused(id, connection, RefusalCauses.EnrolledBefore);
        if (result.Status == EnrolmentStatus.Enrolled)
            await NoteAsync(group, id, connection);
        else if (result.Status != EnrolmentStatus.DeviceExists)
            audit.Refused(RefusalOf(group, result.Status, connection));
        return result;
    }

    private async ValueTask<EnrolmentResult> CreateAsync(EnrolmentRequest request, AuditEntry entry)
    {
        if (await audit.AdmitAsync() is Refusal refusal)
            throw new StoreUnavailableException(refusal.Message);
        try
        {
            return await store.EnrolAsync(request, NowMs);
        }
        catch (StoreUnavailableException)
        {
            await audit.NotDoneAsync(entry with { Refusal = RefusalKind.Unavailable }, isChange: true);
            throw;
        }
    }

    private async ValueTask NoteAsync(EnrolmentGroup group, DeviceId id, ConnectionName connection)
    {
        history.Enrolled(id, group, connection);

        // The device is there; it is let in when it comes again.
        if (await audit.RecordAsync(EntryOf(group, id, connection)) is Refusal refusal)
            throw new StoreUnavailableException(refusal.Message);
    }

    private static AuditEntry EntryOf(EnrolmentGroup group, DeviceId id, ConnectionName connection) => new()
    {
        Act = Act,
        By = AuditActor.Gateway,
        Target = $"devices/{id}",
        Detail = $"By enrolment group {group.Name} ({group.Kind.Name()}) on {connection}.",
    };

    private static AuditEntry RefusalOf(EnrolmentGroup group, EnrolmentStatus status, ConnectionName connection) => new()
    {
        Act = Act,
        By = AuditActor.Claimed(null, null, connection),
        Target = $"enrolments/{group.Name}",
        Refusal = status switch
        {
            EnrolmentStatus.GroupExpired => RefusalKind.Expired,
            EnrolmentStatus.GroupFull => RefusalKind.LimitReached,
            EnrolmentStatus.GroupDisabled or EnrolmentStatus.EnrolledBefore => RefusalKind.Forbidden,
            _ => RefusalKind.Conflict,
        },
        Detail = status switch
        {
            EnrolmentStatus.GroupExpired => "The group has ended.",
            EnrolmentStatus.GroupFull => "The group has enrolled as many devices as it may.",
            EnrolmentStatus.GroupDisabled => "The group is disabled.",
            EnrolmentStatus.EnrolledBefore => "The device was enrolled before and removed.",
            EnrolmentStatus.ClaimGone => "The claim is gone.",
            _ => "The group has changed.",
        },
    };

    private async ValueTask<EnrolmentStatus?> RefusalOfAsync(EnrolmentGroup group, DeviceId id)
    {
        if (!group.IsEnabled)
            return EnrolmentStatus.GroupDisabled;
        if (group.ExpiresAtMs <= NowMs)
            return EnrolmentStatus.GroupExpired;
        if (await store.FindEnrolledAsync(id) is not null)
            return await registry.FindDeviceAsync(id) is null ? EnrolmentStatus.EnrolledBefore : EnrolmentStatus.DeviceExists;
        return await store.FindGroupAsync(group.Name) is { } now && now.Number == group.Number && now.Enrolled >= now.MaxDevices
            ? EnrolmentStatus.GroupFull
            : null;
    }

    private static EnrolmentRequest RequestOf(
        EnrolmentGroup group, DeviceId id, Credential primary, Credential secondary, ClaimHash? claim)
    {
        var device = new NewDevice(id, DeviceStatus.Enabled, primary, secondary)
        {
            Tags = group.Tags,
            Groups = group.Groups,
            Desired = group.DesiredState,
        };
        return new EnrolmentRequest(group.Number, group.Version, device) { Claim = claim };
    }
}
