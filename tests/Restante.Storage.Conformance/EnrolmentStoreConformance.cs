using System.Text;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>Every rule of <see cref="IEnrolmentStore"/> but those of claims.</summary>
public abstract partial class EnrolmentStoreConformance : StoreConformance
{
    private static readonly byte[] s_state = Encoding.UTF8.GetBytes("""{"interval":60}""");

    private IEnrolmentStore Enrolments => Store.Enrolments;

    [Fact]
    public async Task A_group_is_kept_as_it_was_added()
    {
        EnrolmentGroup trucks = Keys("trucks") with { IdPrefix = "truck-", Tags = """{"fleet":"north"}""", Groups = ["a", "b"], DesiredState = s_state };
        EnrolmentGroup added = await AddAsync(trucks);
        Assert.Null(await Enrolments.AddGroupAsync(Keys("trucks")));
        EnrolmentGroup lamps = await AddAsync(Keys("Lamps") with { Kind = EnrolmentKind.Authority, Authority = "maker", PrimaryKey = null, SecondaryKey = null });
        Assert.NotEqual(added.Number, lamps.Number);
        Same(trucks with { Number = added.Number }, added);
        if (CanRestart)
            await RestartAsync();
        Same(added, await Enrolments.FindGroupAsync("trucks"));
        Assert.Null(await Enrolments.FindGroupAsync("Trucks"));
        IReadOnlyList<EnrolmentGroup> all = await Enrolments.ListGroupsAsync();
        Assert.Equal(["Lamps", "trucks"], all.Select(g => g.Name));
        Same(lamps, all[0]);
    }

    [Fact]
    public async Task What_is_changed_stays_and_the_rest_too()
    {
        EnrolmentGroup group = await AddAsync(Keys("trucks") with { Tags = """{"a":1}""", DesiredState = s_state });
        EnrolmentUpdateResult stale = await Enrolments.UpdateGroupAsync("trucks", new EnrolmentUpdate { IsEnabled = false, IfVersion = 2 }, Now + 1);
        Assert.Equal(EnrolmentUpdateStatus.VersionMismatch, stale.Status);
        Same(group, stale.Group);
        Assert.Equal(
            EnrolmentUpdateStatus.NotFound, (await Enrolments.UpdateGroupAsync("nobody", new EnrolmentUpdate { IsEnabled = false }, Now)).Status);
        SymmetricKey key = SymmetricKey.Generate();
        var some = new EnrolmentUpdate { IsEnabled = false, MaxDevices = 7, SecondaryKey = key, DesiredState = ReadOnlyMemory<byte>.Empty, IfVersion = 1 };
        EnrolmentGroup expected = group with
        {
            IsEnabled = false,
            MaxDevices = 7,
            SecondaryKey = key,
            DesiredState = default,
            ChangedAtMs = Now + 5,
            Version = 2,
        };
        Same(expected, (await Enrolments.UpdateGroupAsync("trucks", some, Now + 5)).Group);
        var others = new EnrolmentUpdate
        {
            IdPrefix = "t-",
            Tags = "{}",
            Groups = ["c"],
            PrimaryKey = key,
            ExpiresAtMs = Now + 100,
            DesiredState = s_state,
        };
        expected = expected with
        {
            IdPrefix = "t-",
            Tags = "{}",
            Groups = ["c"],
            PrimaryKey = key,
            ExpiresAtMs = Now + 100,
            DesiredState = s_state,
            ChangedAtMs = Now + 6,
            Version = 3,
        };
        Same(expected, (await Enrolments.UpdateGroupAsync("trucks", others, Now + 6)).Group);
        if (CanRestart)
            await RestartAsync();
        Same(expected, await Enrolments.FindGroupAsync("trucks"));
    }

    [Fact]
    public async Task A_device_is_enrolled_with_what_it_begins_with()
    {
        EnrolmentGroup group = await AddAsync(Keys("trucks"));
        NewDevice wish = New("truck-1") with { Tags = """{"fleet":"north"}""", Groups = ["a"], Desired = s_state };
        EnrolmentResult result = await Enrolments.EnrolAsync(new EnrolmentRequest(group.Number, group.Version, wish), Now);
        Assert.Equal(EnrolmentStatus.Enrolled, result.Status);
        if (CanRestart)
            await RestartAsync();
        DeviceRecord device = (await Registry.FindDeviceAsync(wish.Id))!;
        Assert.Equal((wish.Primary, wish.Secondary, wish.Tags), (device.Primary, device.Secondary, device.Tags));
        Assert.Equal(wish.Groups, device.Groups);
        Assert.Equal(result.Device!.Number, device.Number);
        StoredState state = (await Store.States.ReadAsync(device.Number))!;
        Assert.Equal(1, state.Desired.Version);
        Assert.Equal(s_state, state.Desired.Json.ToArray());
        await SendAsync("truck-1"); // It has a mailbox.
        EnrolledDevice entry = (await Enrolments.FindEnrolledAsync(wish.Id))!;
        Assert.Equal((device.Id, device.Number, group.Number, "trucks", EnrolmentKind.Key, Now), (entry.Id, entry.Number, entry.Group, entry.GroupName, entry.Kind, entry.AtMs));
        Assert.Null(entry.Claim);
        Assert.Equal(1, (await Enrolments.FindGroupAsync("trucks"))!.Enrolled);
        Assert.Equal(1, (await Enrolments.FindGroupAsync("trucks"))!.Version);
    }

    [Fact]
    public async Task A_group_that_has_changed_or_takes_nobody_enrols_nobody()
    {
        EnrolmentGroup group = await AddAsync(Keys("trucks") with { ExpiresAtMs = Now + 10 });
        Assert.Equal(EnrolmentStatus.GroupChanged, await TryAsync(group with { Version = 2 }, "truck-1"));
        Assert.Equal(EnrolmentStatus.GroupChanged, await TryAsync(group with { Number = new EnrolmentNumber(99) }, "truck-1"));
        Now += 9;
        Assert.Equal(EnrolmentStatus.Enrolled, await TryAsync(group, "truck-0"));
        Now += 1;
        Assert.Equal(EnrolmentStatus.GroupExpired, await TryAsync(group, "truck-1"));
        EnrolmentGroup off = (await Enrolments.UpdateGroupAsync("trucks", new EnrolmentUpdate { IsEnabled = false, ExpiresAtMs = long.MaxValue }, Now)).Group!;
        Assert.Equal(EnrolmentStatus.GroupDisabled, await TryAsync(off, "truck-1"));
        EnrolmentUpdateResult removed = await Enrolments.RemoveGroupAsync("trucks", off.Version);
        Assert.Equal((EnrolmentUpdateStatus.Updated, 1), (removed.Status, removed.Group!.Enrolled));
        EnrolmentGroup again = await AddAsync(Keys("trucks"));
        Assert.Equal(EnrolmentStatus.GroupChanged, await TryAsync(off, "truck-1"));
        Assert.Null(await Registry.FindDeviceAsync(DeviceId.Parse("truck-1")));
        Assert.Null(await Enrolments.FindEnrolledAsync(DeviceId.Parse("truck-1")));

        // What the older group of the name has enrolled is not the newer one's.
        Assert.Equal(0, (await Enrolments.FindGroupAsync("trucks"))!.Enrolled);
        Assert.Equal(EnrolmentStatus.Enrolled, await TryAsync(again, "truck-1"));
        Assert.Equal(["truck-0", "truck-1"], (await Enrolments.ListEnrolledAsync("trucks", null, 10)).Select(e => e.Id.Value));
    }

    [Fact]
    public async Task A_group_enrols_as_many_as_it_may_and_a_released_id_makes_room()
    {
        EnrolmentGroup group = await AddAsync(Keys("trucks") with { MaxDevices = 2 });
        Assert.Equal(EnrolmentStatus.Enrolled, await TryAsync(group, "truck-1"));
        Assert.Equal(EnrolmentStatus.Enrolled, await TryAsync(group, "truck-2"));
        Assert.Equal(EnrolmentStatus.GroupFull, await TryAsync(group, "truck-3"));
        await Registry.RemoveDeviceAsync(DeviceId.Parse("truck-1"), null, Now);
        Assert.Equal(EnrolmentStatus.GroupFull, await TryAsync(group, "truck-3"));
        Assert.Equal(ReleaseStatus.Released, await Enrolments.ReleaseAsync(DeviceId.Parse("truck-1")));
        Assert.Equal(EnrolmentStatus.Enrolled, await TryAsync(group, "truck-3"));
        Assert.Equal(2, (await Enrolments.FindGroupAsync("trucks"))!.Enrolled);
    }

    [Fact]
    public async Task An_id_is_enrolled_once_until_it_is_released()
    {
        EnrolmentGroup group = await AddAsync(Keys("trucks")), other = await AddAsync(Keys("others"));
        var id = DeviceId.Parse("truck-1");
        Assert.Equal(EnrolmentStatus.Enrolled, await TryAsync(group, "truck-1"));
        DeviceNumber first = (await Registry.FindDeviceAsync(id))!.Number;
        Assert.Equal(EnrolmentStatus.DeviceExists, await TryAsync(group, "truck-1"));
        Assert.Equal(EnrolmentStatus.DeviceExists, await TryAsync(other, "truck-1"));
        Assert.Equal(ReleaseStatus.DeviceExists, await Enrolments.ReleaseAsync(id));
        await SendAsync("truck-1");
        await Registry.RemoveDeviceAsync(id, null, Now);
        if (CanRestart)
            await RestartAsync();
        Assert.Equal(EnrolmentStatus.EnrolledBefore, await TryAsync(group, "truck-1"));
        Assert.Equal(EnrolmentStatus.EnrolledBefore, await TryAsync(other, "truck-1"));
        Assert.Equal(ReleaseStatus.Released, await Enrolments.ReleaseAsync(id));
        Assert.Equal(ReleaseStatus.NotFound, await Enrolments.ReleaseAsync(id));
        Assert.Equal(EnrolmentStatus.Enrolled, await TryAsync(other, "truck-1"));
        DeviceRecord second = (await Registry.FindDeviceAsync(id))!;
        Assert.NotEqual(first, second.Number);
        Assert.Empty(await LeaseAsync(second, await OpenAsync(second)));
        Assert.Equal(["others"], (await Enrolments.ListEnrolledAsync(null, null, 10)).Select(e => e.GroupName));
    }

    [Fact]
    public async Task A_device_that_was_added_by_hand_is_none_of_the_ledger()
    {
        EnrolmentGroup group = await AddAsync(Keys("trucks"));
        await DeviceAsync("truck-1");
        Assert.Equal(EnrolmentStatus.DeviceExists, await TryAsync(group, "truck-1"));
        Assert.Null(await Enrolments.FindEnrolledAsync(DeviceId.Parse("truck-1")));
        await Registry.RemoveDeviceAsync(DeviceId.Parse("truck-1"), null, Now);
        Assert.Equal(EnrolmentStatus.Enrolled, await TryAsync(group, "truck-1"));
    }

    [Fact]
    public async Task The_ledger_is_read_in_pages()
    {
        EnrolmentGroup trucks = await AddAsync(Keys("trucks")), lamps = await AddAsync(Keys("lamps"));
        foreach (string id in new[] { "c", "a", "d", "b" })
            await TryAsync(id == "d" ? lamps : trucks, id);
        Assert.Equal(["a", "b"], await IdsAsync(null, null, 2));
        Assert.Equal(["c", "d"], await IdsAsync(null, "b", 2));
        Assert.Equal(["b", "c"], await IdsAsync("trucks", "a", 9));
        Assert.Empty(await IdsAsync("nobody", null, 9));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Enrolments.ListEnrolledAsync(null, null, 1_001));

        async Task<IEnumerable<string>> IdsAsync(string? group, string? after, int max) =>
            (await Enrolments.ListEnrolledAsync(group, after is null ? null : DeviceId.Parse(after), max)).Select(e => e.Id.Value);
    }

    [Fact]
    public async Task Of_many_that_come_at_once_each_id_is_enrolled_once_and_no_more_than_may()
    {
        EnrolmentGroup one = await AddAsync(Keys("one") with { MaxDevices = 5 }), two = await AddAsync(Keys("two") with { MaxDevices = 5 });
        EnrolmentStatus[] results = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(
            () => TryAsync(i % 2 == 0 ? one : two, $"truck-{i / 4}").AsTask())));
        Assert.Equal(10, results.Count(r => r == EnrolmentStatus.Enrolled));
        Assert.Equal(10, await Registry.CountDevicesAsync());
        Assert.Equal(10, (await Enrolments.ListEnrolledAsync(null, null, 100)).Count);
        Assert.All(results, r => Assert.Contains(r, new[] { EnrolmentStatus.Enrolled, EnrolmentStatus.DeviceExists, EnrolmentStatus.GroupFull }));
    }

    private static void Same(EnrolmentGroup expected, EnrolmentGroup? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Groups, actual.Groups);
        Assert.Equal(expected.DesiredState.ToArray(), actual.DesiredState.ToArray());
        Assert.Equal(expected, actual with { Groups = expected.Groups, DesiredState = expected.DesiredState });
    }

    private static NewDevice New(string id) =>
        new(DeviceId.Parse(id), DeviceStatus.Enabled, SymmetricKey.Generate(), Credential.None);

    private EnrolmentGroup Keys(string name) => new()
    {
        Name = name,
        Kind = EnrolmentKind.Key,
        IsEnabled = true,
        MaxDevices = 100,
        PrimaryKey = SymmetricKey.Generate(),
        SecondaryKey = SymmetricKey.Generate(),
        CreatedAtMs = Now,
        ChangedAtMs = Now,
        Version = 1,
    };

    private async Task<EnrolmentGroup> AddAsync(EnrolmentGroup group) => (await Enrolments.AddGroupAsync(group))!;

    private async ValueTask<EnrolmentStatus> TryAsync(EnrolmentGroup group, string id, ClaimHash? claim = null) =>
        (await Enrolments.EnrolAsync(new EnrolmentRequest(group.Number, group.Version, New(id)) { Claim = claim }, Now)).Status;
}
