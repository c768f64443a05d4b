using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.States;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>Every rule of <see cref="IRegistryStore.ImportDevicesAsync"/>.</summary>
public abstract class ImportConformance : StoreConformance
{
    private const string Desired = """{"interval":5}""";

    [Fact]
    public async Task Devices_are_created_as_they_are_one_by_one()
    {
        DeviceLine[] lines =
        [
            Line("bus-1", tags: """{"n":1}""", groups: ["buses", "night"], desired: Desired),
            Line("bus-2", status: DeviceStatus.Disabled, primary: AuthoritySigned.ByAny, secondary: Credential.None, gateway: "bus-1"),
        ];
        IReadOnlyList<DeviceLineResult> results = await Registry.ImportDevicesAsync(lines, update: false, Now);
        Assert.Equal([DeviceLineStatus.Created, DeviceLineStatus.Created], results.Select(r => r.Status));
        foreach (bool restarts in (bool[])[false, true])
        {
            if (restarts && !CanRestart)
                continue;
            if (restarts)
                await RestartAsync();
            foreach ((DeviceLine line, DeviceLineResult result) in lines.Zip(results))
            {
                DeviceRecord found = (await Registry.FindDeviceAsync(line.Device.Id))!;
                Same(result.Device!, found);
                Assert.Equal(
                    (line.Device.Status, line.Device.Primary, line.Device.Secondary, line.Device.Tags, line.Device.Gateway, 1L, Now),
                    (found.Status, found.Primary, found.Secondary, found.Tags, found.Gateway, found.Version, found.CreatedAtMs));
                Assert.Equal(line.Device.Groups, found.Groups);
            }

            Assert.Equal(new StateContent(1, Now, default), (await DesiredAsync("bus-1")).State with { Json = default });
            Assert.Equal((Desired, "{}"), ((await DesiredAsync("bus-1")).Text, (await DesiredAsync("bus-2")).Text));
            Assert.Equal(["bus-1", "bus-2"], (await Registry.ListDevicesAsync(null, 10)).Select(d => d.Id.Value));
            Assert.Equal(2, await Registry.CountDevicesAsync());
        }

        await SendAsync("bus-2");
    }

    [Fact]
    public async Task A_device_that_is_as_was_said_is_unchanged()
    {
        SymmetricKey key = SymmetricKey.Generate();
        DeviceLine line = Line("a", primary: key, tags: """{"n":1,"m":"x"}""", groups: ["g"], desired: Desired);
        await ImportAsync(line);
        DeviceRecord before = (await Registry.FindDeviceAsync(line.Device.Id))!;
        Now += 10;
        DeviceLine[] same =
        [
            line,
            Line("a"),
            Line("a", primary: SymmetricKey.FromBytes(key.Bytes)),
            Line("a", primary: SymmetricKey.Generate()) with { AnyPrimaryKey = true },
            Line("a", tags: """{ "m": "x", "n": 1 }"""),
            Line("a", desired: """{"interval":9}"""),
        ];
        foreach (bool update in (bool[])[false, true])
        {
            foreach (DeviceLineResult result in await Registry.ImportDevicesAsync(same, update, Now))
            {
                Assert.Equal((DeviceLineStatus.Unchanged, null), (result.Status, result.Change));
                Same(before, result.Device!);
            }
        }

        Same(before, (await Registry.FindDeviceAsync(line.Device.Id))!);
        Assert.Equal(Desired, (await DesiredAsync("a")).Text);
    }

    [Fact]
    public async Task A_device_that_is_otherwise_is_changed_when_that_is_wanted_and_only_where_it_differs()
    {
        SymmetricKey key = SymmetricKey.Generate();
        await ImportAsync(Line("gw"), Line("a", primary: key, tags: """{"n":1}""", groups: ["g"]));
        Now += 10;
        DeviceLine line = Line("a", primary: key, tags: """{"n":2}""", groups: ["g", "h"], gateway: "gw", desired: Desired);
        DeviceLineResult differs = (await Registry.ImportDevicesAsync([line], update: false, Now))[0];
        Assert.Equal((DeviceLineStatus.Differs, """{"n":1}""", 1L), (differs.Status, differs.Device!.Tags, differs.Device.Version));
        DeviceLineResult changed = (await Registry.ImportDevicesAsync([line], update: true, Now))[0];
        Assert.Equal((DeviceLineStatus.Changed, 2L, Now), (changed.Status, changed.Device!.Version, changed.Device.ChangedAtMs));
        Assert.Equal(new DeviceUpdate { Tags = """{"n":2}""", Groups = line.Stated.Groups, Gateway = DeviceId.Parse("gw") }, changed.Change);
        DeviceRecord found = (await Registry.FindDeviceAsync(line.Device.Id))!;
        Same(changed.Device, found);
        Assert.Equal((key, "gw", "{}"), (found.Primary, found.Gateway?.Value, (await DesiredAsync("a")).Text));
        Assert.Equal(["g", "h"], found.Groups);
        Assert.Equal(1, await Registry.CountDevicesAsync(Core.Selection.AudienceQuery.Parse("groups has 'h'").Value));
    }

    [Fact]
    public async Task Any_key_is_a_new_one_where_there_is_none()
    {
        await ImportAsync(Line("a", primary: Credential.None, secondary: Credential.None));
        DeviceLine line = Line("a", secondary: SymmetricKey.Generate()) with { AnySecondaryKey = true };
        DeviceLineResult changed = (await Registry.ImportDevicesAsync([line], update: true, Now))[0];
        Assert.Equal((DeviceLineStatus.Changed, line.Stated.Secondary), (changed.Status, changed.Device!.Secondary));
    }

    [Fact]
    public async Task Lines_stand_for_themselves_and_are_done_in_their_order()
    {
        await ImportAsync(Line("there"));
        DeviceLine[] lines =
        [
            Line("early", gateway: "gw"),
            Line("gw"),
            Line("late", gateway: "gw"),
            Line("gw"),
            Line("gw", status: DeviceStatus.Disabled),
            Line("there", gateway: "nobody"),
            Line("there", gateway: "gw"),
        ];
        IReadOnlyList<DeviceLineResult> results = await Registry.ImportDevicesAsync(lines, update: true, Now);
        Assert.Equal(
            [
                DeviceLineStatus.GatewayNotFound, DeviceLineStatus.Created, DeviceLineStatus.Created, DeviceLineStatus.Unchanged,
                DeviceLineStatus.Changed, DeviceLineStatus.GatewayNotFound, DeviceLineStatus.Changed,
            ],
            results.Select(r => r.Status));
        Assert.Null(await Registry.FindDeviceAsync(DeviceId.Parse("early")));
        Assert.Equal(DeviceStatus.Disabled, (await Registry.FindDeviceAsync(DeviceId.Parse("gw")))!.Status);
        Assert.Equal("gw", (await Registry.FindDeviceAsync(DeviceId.Parse("there")))!.Gateway?.Value);
        Assert.Equal(3, await Registry.CountDevicesAsync());
    }

    [Fact]
    public async Task Devices_out_of_reach_are_as_none_and_none_goes_in_or_out()
    {
        Core.Selection.AudienceQuery reach = Core.Selection.AudienceQuery.Parse("groups has 'mine'").Value!;
        await ImportAsync(Line("theirs", groups: ["other"]), Line("mine", groups: ["mine"]), Line("gw"));
        DeviceLine[] lines =
        [
            Line("theirs", groups: ["other"]),
            Line("theirs", groups: ["mine"]),
            Line("mine", groups: ["mine"]),
            Line("mine", groups: ["other"]),
            Line("mine", groups: ["mine"], gateway: "gw"),
            Line("new", groups: ["other"]),
            Line("new", groups: ["mine"], gateway: "gw"),
            Line("new", groups: ["mine"], gateway: "mine"),
        ];
        IReadOnlyList<DeviceLineResult> results = await Registry.ImportDevicesAsync(lines, update: true, Now, reach);
        Assert.Equal(
            [
                DeviceLineStatus.Outside, DeviceLineStatus.Differs, DeviceLineStatus.Unchanged, DeviceLineStatus.Outside,
                DeviceLineStatus.GatewayNotFound, DeviceLineStatus.Outside, DeviceLineStatus.GatewayNotFound, DeviceLineStatus.Created,
            ],
            results.Select(r => r.Status));
        Assert.Equal(["other"], (await Registry.FindDeviceAsync(DeviceId.Parse("theirs")))!.Groups);
        Assert.Equal(["mine"], (await Registry.FindDeviceAsync(DeviceId.Parse("mine")))!.Groups);
    }

    [Fact]
    public async Task Who_does_not_reach_all_devices_gives_no_certificates_and_may_say_which_there_are()
    {
        Core.Selection.AudienceQuery reach = Core.Selection.AudienceQuery.Parse("groups has 'mine'").Value!;
        Credential held = CertificateThumbprint.Of([1, 2, 3]), other = CertificateThumbprint.Of([4, 5, 6]);
        await ImportAsync(Line("theirs", primary: held), Line("mine", primary: held, groups: ["mine"]), Line("keyed", groups: ["mine"]));
        DeviceLine[] lines =
        [
            Line("mine", primary: held, groups: ["mine"]),
            Line("mine", primary: held, tags: """{"n":1}"""),
            Line("mine", primary: other),
            Line("keyed", secondary: AuthoritySigned.ByAny),
            Line("new", primary: held, groups: ["mine"]),
            Line("theirs", primary: held, groups: ["mine"]),
            Line("theirs", primary: held),
        ];
        IReadOnlyList<DeviceLineResult> results = await Registry.ImportDevicesAsync(lines, update: true, Now, reach);
        Assert.Equal(
            [
                DeviceLineStatus.Unchanged, DeviceLineStatus.Changed, DeviceLineStatus.CertificateGiven, DeviceLineStatus.CertificateGiven,
                DeviceLineStatus.CertificateGiven, DeviceLineStatus.CertificateGiven, DeviceLineStatus.Outside,
            ],
            results.Select(r => r.Status));
        Assert.Equal(held, (await Registry.FindDeviceAsync(DeviceId.Parse("mine")))!.Primary);
        Assert.Null(await Registry.FindDeviceAsync(DeviceId.Parse("new")));
    }

    [Fact]
    public async Task A_device_may_stay_in_a_reserved_group_and_comes_into_none()
    {
        await ImportAsync(Line("in", groups: ["held", "mine"]), Line("out", groups: ["mine"]));
        DeviceLine[] lines =
        [
            Line("in", tags: """{"x":1}""", groups: ["held", "mine", "new"]) with { Reserved = ["held"] },
            Line("out", groups: ["held", "mine"]) with { Reserved = ["held"] },
            Line("new", groups: ["held", "mine"]) with { Reserved = ["held"] },
        ];
        IReadOnlyList<DeviceLineResult> results = await Registry.ImportDevicesAsync(lines, update: true, Now);
        Assert.Equal([DeviceLineStatus.Changed, DeviceLineStatus.Reserved, DeviceLineStatus.Reserved], results.Select(r => r.Status));
        Assert.Equal(["held", "mine", "new"], (await Registry.FindDeviceAsync(DeviceId.Parse("in")))!.Groups);
        Assert.Equal(["mine"], (await Registry.FindDeviceAsync(DeviceId.Parse("out")))!.Groups);
        Assert.Null(await Registry.FindDeviceAsync(DeviceId.Parse("new")));
    }

    [Fact]
    public async Task Nothing_at_all_is_an_import_too() => Assert.Empty(await Registry.ImportDevicesAsync([], update: true, Now));

    [Fact]
    public async Task A_device_that_is_created_alone_may_begin_with_a_desired_state()
    {
        await Registry.CreateDeviceAsync(Line("a", desired: Desired).Device, Now);
        Assert.Equal(Desired, (await DesiredAsync("a")).Text);
        await Registry.RemoveDeviceAsync(DeviceId.Parse("a"), null, Now);
        await Registry.CreateDeviceAsync(Line("a").Device, Now);
        Assert.Equal((0L, "{}"), ((await DesiredAsync("a")).State.Version, (await DesiredAsync("a")).Text));
    }

    /// <summary>A line that states what is given.</summary>
    private static DeviceLine Line(
        string id,
        DeviceStatus? status = null,
        Credential? primary = null,
        Credential? secondary = null,
        string? tags = null,
        string[]? groups = null,
        string? gateway = null,
        string? desired = null)
    {
        DeviceId? by = gateway is null ? null : DeviceId.Parse(gateway);
        var device = new NewDevice(
            DeviceId.Parse(id), status ?? DeviceStatus.Enabled, primary ?? SymmetricKey.Generate(), secondary ?? SymmetricKey.Generate())
        {
            Tags = tags ?? DeviceTags.None,
            Groups = groups ?? [],
            Gateway = by,
            Desired = desired is null ? null : System.Text.Encoding.UTF8.GetBytes(desired),
        };
        return new DeviceLine(
            device, new DeviceUpdate { Status = status, Primary = primary, Secondary = secondary, Tags = tags, Groups = groups, Gateway = by });
    }

    private static void Same(DeviceRecord expected, DeviceRecord actual)
    {
        Assert.Equal(expected.Groups, actual.Groups);
        Assert.Equal(expected with { Groups = [] }, actual with { Groups = [] });
    }

    private async Task ImportAsync(params DeviceLine[] lines) =>
        Assert.All(await Registry.ImportDevicesAsync(lines, update: false, Now), r => Assert.Equal(DeviceLineStatus.Created, r.Status));

    private async Task<(StateContent State, string Text)> DesiredAsync(string id)
    {
        DeviceRecord device = (await Registry.FindDeviceAsync(DeviceId.Parse(id)))!;
        StateContent desired = (await Store.States.ReadAsync(device.Number))!.Desired;
        return (desired, System.Text.Encoding.UTF8.GetString(desired.Json.Span));
    }
}
