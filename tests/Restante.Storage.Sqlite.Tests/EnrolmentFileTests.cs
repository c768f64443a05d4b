using System.Text;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Inspection;
using Restante.Storage.Sqlite.Secrets;

namespace Restante.Storage.Sqlite.Tests;

/// <summary>What stands of enrolment in the file.</summary>
public sealed class EnrolmentFileTests : StoreTest
{
    private readonly SymmetricKey _primary = SymmetricKey.Generate();
    private readonly SymmetricKey _secondary = SymmetricKey.Generate();

    [Theory]
    [InlineData("INSERT", "enrolled_device")]
    [InlineData("INSERT", "state_part")]
    [InlineData("DELETE", "enrolment_claim")]
    [InlineData("UPDATE OF enrolled", "enrolment_group")]
    public async Task A_device_that_cannot_be_enrolled_whole_is_not_enrolled_at_all(string change, string table)
    {
        SqliteGatewayStore store = await OpenAsync();
        EnrolmentGroup group = await AddAsync(store);
        EnrolmentClaim claim = (await store.Enrolments.AddClaimsAsync([Claim(group)], 10)).Claims[0];
        Change($"CREATE TRIGGER broken BEFORE {change} ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => EnrolAsync(store, group, claim.Hash).AsTask());
        Assert.Null(await store.Registry.FindDeviceAsync(DeviceId.Parse("d")));
        Change("DROP TRIGGER broken");
        await store.DisposeAsync();
        store = await OpenAsync();
        Assert.Null(await store.Registry.FindDeviceAsync(DeviceId.Parse("d")));
        Assert.Null(await store.Enrolments.FindEnrolledAsync(DeviceId.Parse("d")));
        Assert.Equal(claim, await store.Enrolments.FindClaimAsync(claim.Hash));
        EnrolmentGroup now = (await store.Enrolments.FindGroupAsync("g"))!;
        Assert.Equal((0, 1), (now.Enrolled, now.OpenClaims));
        Assert.Equal(EnrolmentStatus.Enrolled, (await EnrolAsync(store, group, claim.Hash)).Status);
    }

    [Fact]
    public async Task The_keys_of_a_group_are_sealed_and_sealed_anew()
    {
        SqliteGatewayStore store = await OpenAsync();
        await AddAsync(store);
        AssertSealed();
        MasterKeyRing rotated = store.Secrets.Ring.Rotated();
        await store.Secrets.UseAsync(rotated);
        while (store.Secrets.HasOld)
            await store.Secrets.SealAnewAsync();
        Assert.Equal([rotated.Current.Id], store.Secrets.Needed());
        await AssertKeysAsync(store);
        await store.DisposeAsync();
        AssertSealed();
        await AssertKeysAsync(await OpenAsync(Options with { MasterKeys = rotated.Only([]) }));
    }

    [Fact]
    public async Task A_key_that_does_not_open_is_none_and_a_change_of_the_group_leaves_it_there()
    {
        SqliteGatewayStore store = await OpenAsync();
        await AddAsync(store);
        Change("UPDATE enrolment_group SET primary_key = secondary_key, secondary_key = primary_key");
        EnrolmentGroup read = (await store.Enrolments.FindGroupAsync("g"))!;
        Assert.Equal((null, null), (read.PrimaryKey, read.SecondaryKey));
        await store.Enrolments.UpdateGroupAsync("g", new EnrolmentUpdate { MaxDevices = 3 }, Now);
        Change("UPDATE enrolment_group SET primary_key = secondary_key, secondary_key = primary_key");
        await AssertKeysAsync(store);
    }

    [Fact]
    public async Task An_inspection_finds_a_group_that_counts_wrongly()
    {
        SqliteGatewayStore store = await OpenAsync();
        EnrolmentGroup group = await AddAsync(store);
        await store.Enrolments.AddClaimsAsync([Claim(group)], 10);
        await EnrolAsync(store, group, null);
        await store.DisposeAsync();
        Assert.Empty(Findings());
        Change("UPDATE enrolment_group SET claims = 0");
        Assert.Contains("enrolment group 1", Assert.Single(Findings()), StringComparison.Ordinal);
    }

    private List<string> Findings() => Read(c => ContentCheck.All.SelectMany(check => check.Read(c)).ToList());

    private void Change(string sql) => Read(c =>
    {
        c.Execute(sql);
        return true;
    });

    private T Read<T>(Func<Connection, T> use)
    {
        using Connection connection = Connection.Open(File, readOnly: false, 1 << 20, 1 << 20);
        return use(connection);
    }

    private async Task<EnrolmentGroup> AddAsync(SqliteGatewayStore store) => (await store.Enrolments.AddGroupAsync(new EnrolmentGroup
    {
        Name = "g",
        Kind = EnrolmentKind.Key,
        IsEnabled = true,
        MaxDevices = 10,
        PrimaryKey = _primary,
        SecondaryKey = _secondary,
        CreatedAtMs = Now,
        ChangedAtMs = Now,
        Version = 1,
    }))!;

    private async Task AssertKeysAsync(SqliteGatewayStore store)
    {
        EnrolmentGroup group = (await store.Enrolments.FindGroupAsync("g"))!;
        Assert.Equal((_primary, _secondary), (group.PrimaryKey, group.SecondaryKey));
    }

    private void AssertSealed()
    {
        foreach (string path in Directory.GetFiles(Folder, SqliteStoreOptions.FileName + "*"))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            byte[] bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            foreach (SymmetricKey key in new[] { _primary, _secondary })
                Assert.True(bytes.AsSpan().IndexOf(key.Bytes) < 0 && bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(key.Reveal())) < 0, path);
        }
    }

    private static EnrolmentClaim Claim(EnrolmentGroup group) => new()
    {
        Group = group.Number,
        Hash = ClaimToken.Generate().Hash(),
        CreatedAtMs = Now,
        ExpiresAtMs = Now + 1_000,
    };

    private static ValueTask<EnrolmentResult> EnrolAsync(SqliteGatewayStore store, EnrolmentGroup group, ClaimHash? claim)
    {
        var device = new NewDevice(DeviceId.Parse("d"), DeviceStatus.Enabled, SymmetricKey.Generate(), Credential.None)
        {
            Desired = Encoding.UTF8.GetBytes("{}"),
        };
        return store.Enrolments.EnrolAsync(new EnrolmentRequest(group.Number, 1, device) { Claim = claim }, Now);
    }
}
