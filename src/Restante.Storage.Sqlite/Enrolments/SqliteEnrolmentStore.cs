using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Registry;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Enrolments;

/// <summary>Enrolment groups, claims and the ledger of the embedded store.</summary>
internal sealed class SqliteEnrolmentStore(
    SqliteRegistryStore registry, DeviceWrites writes, EnrolmentRows rows, ReaderPool readers, Writer writer) : IEnrolmentStore
{
    private const int MaxListed = 1_000;

    private const string InsertClaim =
        "INSERT INTO enrolment_claim (enrolment, hash, device, created_at, expires_at) VALUES (?, ?, ?, ?, ?)";
    private const string InsertEntry =
        "INSERT INTO enrolled_device (id, device, enrolment, enrolment_name, kind, claim, at) VALUES (?, ?, ?, ?, ?, ?, ?)";
    private const string DropClaims = """
        DELETE FROM enrolment_claim WHERE number IN (SELECT number FROM enrolment_claim WHERE expires_at <= ? LIMIT ?) RETURNING enrolment
        """;

    public ValueTask<EnrolmentGroup?> AddGroupAsync(EnrolmentGroup group) => writer.Submit(new SimpleOperation<EnrolmentGroup?>(
        session => rows.Insert(session.Connection, group)
            ? group with { Number = new EnrolmentNumber(session.Connection.LastInsertedRow), Version = 1, Enrolled = 0, OpenClaims = 0 }
            : null,
        bytes: group.DesiredState.Length));

    public ValueTask<EnrolmentGroup?> FindGroupAsync(string name) =>
        StoreRead.Of(() => readers.Read((rows, name), static (c, x) => x.rows.ReadGroup(c, x.name)));

    public ValueTask<IReadOnlyList<EnrolmentGroup>> ListGroupsAsync() =>
        StoreRead.Of<IReadOnlyList<EnrolmentGroup>>(() => readers.Read(rows, static (c, x) => x.ReadGroups(c)));

    public ValueTask<EnrolmentUpdateResult> UpdateGroupAsync(string name, EnrolmentUpdate update, long nowMs) =>
        writer.Submit(new SimpleOperation<EnrolmentUpdateResult>(
            session => Update(session.Connection, name, update, nowMs), bytes: update.DesiredState?.Length ?? 0));

    public ValueTask<EnrolmentUpdateResult> RemoveGroupAsync(string name, long? ifVersion) =>
        writer.Submit(new SimpleOperation<EnrolmentUpdateResult>(session =>
        {
            if (rows.ReadGroup(session.Connection, name) is not EnrolmentGroup group)
                return new EnrolmentUpdateResult(EnrolmentUpdateStatus.NotFound, null);
            if (ifVersion is long expected && expected != group.Version)
                return new EnrolmentUpdateResult(EnrolmentUpdateStatus.VersionMismatch, group);
            session.Connection.Prepare("DELETE FROM enrolment_claim WHERE enrolment = ?").Bind(1, group.Number.Value).Run();
            session.Connection.Prepare("DELETE FROM enrolment_group WHERE number = ?").Bind(1, group.Number.Value).Run();
            return new EnrolmentUpdateResult(EnrolmentUpdateStatus.Updated, group);
        }));

    public ValueTask<ClaimsResult> AddClaimsAsync(IReadOnlyList<EnrolmentClaim> claims, long maxOpen) =>
        writer.Submit(new SimpleOperation<ClaimsResult>(session => Add(session.Connection, claims, maxOpen), bytes: claims.Count * 100L));

    public ValueTask<EnrolmentClaim?> FindClaimAsync(ClaimHash hash) => StoreRead.Of(() => readers.Read(hash, EnrolmentRows.ReadClaim));

    public ValueTask<IReadOnlyList<EnrolmentClaim>> ListClaimsAsync(EnrolmentNumber group, ClaimNumber after, int max)
    {
        CheckPage(max);
        return StoreRead.Of<IReadOnlyList<EnrolmentClaim>>(() => readers.Read(
            (group, after, max), static (c, x) => EnrolmentRows.ReadClaims(c, x.group.Value, x.after.Value, x.max)));
    }

    public ValueTask<bool> RemoveClaimAsync(EnrolmentNumber group, ClaimNumber claim) => writer.Submit(new SimpleOperation<bool>(session =>
    {
        session.Connection.Prepare("DELETE FROM enrolment_claim WHERE number = ? AND enrolment = ?")
            .Bind(1, claim.Value).Bind(2, group.Value).Run();
        if (session.Connection.Changes == 0)
            return false;
        CountClaims(session.Connection, group.Value, -1);
        return true;
    }));

    public ValueTask<EnrolmentResult> EnrolAsync(EnrolmentRequest request, long nowMs) =>
        writer.Submit(new SimpleOperation<EnrolmentResult>(
            session => Enrol(session.Connection, request, nowMs),
            result =>
            {
                if (result.Device is DeviceRecord created)
                    registry.Show(created);
            },
            bytes: request.Device.Desired.Length));

    public ValueTask<EnrolledDevice?> FindEnrolledAsync(DeviceId id) => StoreRead.Of(() => readers.Read(id, EnrolmentRows.ReadEntry));

    public ValueTask<IReadOnlyList<EnrolledDevice>> ListEnrolledAsync(string? group, DeviceId? after, int max)
    {
        CheckPage(max);
        return StoreRead.Of<IReadOnlyList<EnrolledDevice>>(() => readers.Read(
            (group, after, max), static (c, x) => EnrolmentRows.ReadEntries(c, x.group, x.after?.Value ?? string.Empty, x.max)));
    }

    public ValueTask<ReleaseStatus> ReleaseAsync(DeviceId id) => writer.Submit(new SimpleOperation<ReleaseStatus>(session =>
    {
        Connection connection = session.Connection;
        if (EnrolmentRows.ReadEntry(connection, id) is not EnrolledDevice entry)
            return ReleaseStatus.NotFound;
        if (RegistryRows.ReadNumber(connection, id) != 0)
            return ReleaseStatus.DeviceExists;
        connection.Prepare("DELETE FROM enrolled_device WHERE id = ?").Bind(1, id.Value).Run();
        CountEnrolled(connection, entry.Group.Value, -1);
        return ReleaseStatus.Released;
    }));

    public async ValueTask<int> SweepAsync(long nowMs, int maxItems)
    {
        // Most rounds find nothing; a look costs no transaction.
        if (!await StoreRead.Of(() => readers.Read(nowMs, EnrolmentRows.HasEndedClaims)))
            return 0;
        return await writer.Submit(new SimpleOperation<int>(session =>
        {
            var dropped = new List<long>();
            Statement drop = session.Connection.Prepare(DropClaims).Bind(1, nowMs).Bind(2, maxItems);
            while (drop.Step())
                dropped.Add(drop.Int64(0));
            foreach (IGrouping<long, long> group in dropped.GroupBy(g => g))
                CountClaims(session.Connection, group.Key, -group.Count());
            return dropped.Count;
        }));
    }

    private EnrolmentUpdateResult Update(Connection connection, string name, EnrolmentUpdate update, long nowMs)
    {
        if (rows.ReadGroup(connection, name) is not EnrolmentGroup old)
            return new EnrolmentUpdateResult(EnrolmentUpdateStatus.NotFound, null);
        if (update.IfVersion is long expected && expected != old.Version)
            return new EnrolmentUpdateResult(EnrolmentUpdateStatus.VersionMismatch, old);
        EnrolmentGroup changed = old with
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
        rows.Update(connection, changed, update.PrimaryKey, update.SecondaryKey);
        return new EnrolmentUpdateResult(EnrolmentUpdateStatus.Updated, changed);
    }

    private ClaimsResult Add(Connection connection, IReadOnlyList<EnrolmentClaim> claims, long maxOpen)
    {
        if (rows.ReadGroup(connection, claims[0].Group.Value) is not EnrolmentGroup group)
            return new ClaimsResult(ClaimsStatus.NotFound, []);
        if (group.OpenClaims + claims.Count > maxOpen)
            return new ClaimsResult(ClaimsStatus.Full, []);
        var added = new List<EnrolmentClaim>(claims.Count);
        foreach (EnrolmentClaim claim in claims)
        {
            connection.Prepare(InsertClaim).Bind(1, group.Number.Value).Bind(2, Convert.FromHexString(claim.Hash.Hex))
                .Bind(3, claim.Device?.Value).Bind(4, claim.CreatedAtMs).Bind(5, claim.ExpiresAtMs).Run();
            added.Add(claim with { Number = new ClaimNumber(connection.LastInsertedRow) });
        }

        CountClaims(connection, group.Number.Value, claims.Count);
        return new ClaimsResult(ClaimsStatus.Added, added);
    }

    private EnrolmentResult Enrol(Connection connection, EnrolmentRequest request, long nowMs)
    {
        EnrolmentGroup? group = rows.ReadGroup(connection, request.Group.Value);
        if (RefusalOf(connection, group, request, nowMs) is EnrolmentStatus refused)
            return new EnrolmentResult(refused, null);
        if (writes.Insert(connection, request.Device, nowMs) is not DeviceRecord device)
            return new EnrolmentResult(EnrolmentStatus.DeviceExists, null);
        Statement entry = connection.Prepare(InsertEntry).Bind(1, device.Id.Value).Bind(2, device.Number.Value)
            .Bind(3, group!.Number.Value).Bind(4, group.Name).Bind(5, (long)group.Kind).Bind(7, nowMs);
        if (request.Claim is ClaimHash hash)
        {
            byte[] claim = Convert.FromHexString(hash.Hex);
            connection.Prepare("DELETE FROM enrolment_claim WHERE hash = ?").Bind(1, claim).Run();
            CountClaims(connection, group.Number.Value, -1);
            entry.Bind(6, claim).Run();
        }
        else
        {
            entry.Bind(6, (string?)null).Run();
        }

        CountEnrolled(connection, group.Number.Value, 1);
        return new EnrolmentResult(EnrolmentStatus.Enrolled, device);
    }

    private static EnrolmentStatus? RefusalOf(Connection connection, EnrolmentGroup? group, EnrolmentRequest request, long nowMs)
    {
        if (group is null || group.Version != request.GroupVersion)
            return EnrolmentStatus.GroupChanged;
        if (!group.IsEnabled)
            return EnrolmentStatus.GroupDisabled;
        if (group.ExpiresAtMs <= nowMs)
            return EnrolmentStatus.GroupExpired;
        if (RegistryRows.ReadNumber(connection, request.Device.Id) != 0)
            return EnrolmentStatus.DeviceExists;
        if (EnrolmentRows.ReadEntry(connection, request.Device.Id) is not null)
            return EnrolmentStatus.EnrolledBefore;
        if (request.Claim is ClaimHash hash && !IsFor(EnrolmentRows.ReadClaim(connection, hash), group, request.Device.Id, nowMs))
            return EnrolmentStatus.ClaimGone;
        return group.Enrolled >= group.MaxDevices ? EnrolmentStatus.GroupFull : null;
    }

    private static bool IsFor(EnrolmentClaim? claim, EnrolmentGroup group, DeviceId id, long nowMs) =>
        claim is not null && claim.Group == group.Number && claim.ExpiresAtMs > nowMs && (claim.Device is null || claim.Device == id);

    private static void CountEnrolled(Connection connection, long group, int change) =>
        connection.Prepare("UPDATE enrolment_group SET enrolled = enrolled + ? WHERE number = ?").Bind(1, change).Bind(2, group).Run();

    private static void CountClaims(Connection connection, long group, int change) =>
        connection.Prepare("UPDATE enrolment_group SET claims = claims + ? WHERE number = ?").Bind(1, change).Bind(2, group).Run();

    private static void CheckPage(int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, MaxListed);
    }
}
