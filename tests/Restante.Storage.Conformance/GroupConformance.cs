using Restante.Core.Devices;
using Restante.Core.Selection;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>Who belongs to a group, by every way in which <see cref="IRegistryStore"/> tells it.</summary>
public abstract class GroupConformance : StoreConformance
{
    /// <summary>Whether the store knows members without a look at every device.</summary>
    protected virtual bool KnowsMembers => true;

    [Fact]
    public async Task Members_are_those_that_have_come_and_not_gone()
    {
        await MemberAsync("a", "buses", "night");
        DeviceRecord b = await MemberAsync("b", "buses");
        await MemberAsync("c");
        await CheckAsync("buses", "a", "b");
        await CheckAsync("night", "a");
        await CheckAsync("trams");

        await Registry.UpdateDeviceAsync(b.Id, new DeviceUpdate { Groups = ["night", "trams"] }, Now);
        await Registry.UpdateDeviceAsync(DeviceId.Parse("c"), new DeviceUpdate { Groups = ["buses"] }, Now);
        await Registry.UpdateDeviceAsync(DeviceId.Parse("a"), new DeviceUpdate { Tags = "{\"n\":1}" }, Now);
        await CheckAsync("buses", "a", "c");
        await CheckAsync("night", "a", "b");
        await CheckAsync("trams", "b");

        await Registry.RemoveDeviceAsync(b.Id, null, Now);
        await MemberAsync("b", "buses");
        await CheckAsync("buses", "a", "b", "c");
        await CheckAsync("night", "a");
        await CheckAsync("trams");
        if (!CanRestart)
            return;
        await RestartAsync();
        await CheckAsync("buses", "a", "b", "c");
        await CheckAsync("night", "a");
        await CheckAsync("trams");
    }

    [Fact]
    public async Task An_update_that_is_refused_moves_nobody()
    {
        DeviceRecord device = await MemberAsync("a", "buses");
        await Registry.UpdateDeviceAsync(device.Id, new DeviceUpdate { Groups = ["trams"], IfVersion = 9 }, Now);
        await Registry.RemoveDeviceAsync(device.Id, 9, Now);
        await CheckAsync("buses", "a");
        await CheckAsync("trams");
    }

    [Fact]
    public async Task The_smallest_of_the_groups_is_listed_up_to_what_is_wanted()
    {
        if (!KnowsMembers)
            return;
        for (int i = 0; i < 6; i++)
            await MemberAsync($"d-{i}", i % 3 == 0 ? ["all", "third"] : ["all"]);
        Assert.Equal(2, (await Registry.ListMembersAsync(["all", "third"], 6))?.Count);
        Assert.Equal(2, (await Registry.ListMembersAsync(["third", "all"], 2))?.Count);
        Assert.Null(await Registry.ListMembersAsync(["all", "third"], 1));
        Assert.Null(await Registry.ListMembersAsync(["all"], 5));
        Assert.Equal([], await Registry.ListMembersAsync(["all", "nobody"], 0));
        Assert.Null(await Registry.ListMembersAsync([], 100));
    }

    [Theory]
    [InlineData("groups has 'third'", 4)]
    [InlineData("groups has 'third' and groups has 'half'", 2)]
    [InlineData("tags.n > 5 and (groups has 'half' and id <> 'd-06')", 2)]
    [InlineData("groups has 'half' or groups has 'third'", 8)]
    [InlineData("not groups has 'half'", 6)]
    [InlineData("groups has 'third' and tags.none = 1", 0)]
    [InlineData("groups has 'nobody' or id = 'd-01'", 1)]
    public async Task An_audience_is_the_same_whichever_way_it_is_found(string text, int expected)
    {
        for (int i = 0; i < 12; i++)
        {
            string[] groups = [.. new[] { (2, "half"), (3, "third") }.Where(g => i % g.Item1 == 0).Select(g => g.Item2)];
            await MemberAsync($"d-{i:00}", groups, $"{{\"n\":{i}}}");
        }

        AudienceQuery audience = AudienceQuery.Parse(text).Value!;
        string[] found = [.. (await Registry.ListDevicesAsync(null, 1_000, audience)).Select(d => d.Id.Value)];
        Assert.Equal(expected, found.Length);
        Assert.Equal(found.Order(StringComparer.Ordinal), found);
        Assert.Equal(expected, await Registry.CountDevicesAsync(audience));
        Assert.All(found, id => Assert.Equal(1, found.Count(f => f == id)));
        if (expected < 2)
            return;
        Assert.Equal(found[..1], (await Registry.ListDevicesAsync(null, 1, audience)).Select(d => d.Id.Value));
        Assert.Equal(found[1..], (await Registry.ListDevicesAsync(DeviceId.Parse(found[0]), 1_000, audience)).Select(d => d.Id.Value));
    }

    private async Task CheckAsync(string group, params string[] expected)
    {
        AudienceQuery audience = AudienceQuery.OfGroup(group);
        var numbers = new List<DeviceNumber>();
        foreach (string id in expected)
            numbers.Add((await Registry.FindDeviceAsync(DeviceId.Parse(id)))!.Number);
        if (KnowsMembers)
            Assert.Equal(numbers.OrderBy(n => n.Value), (await Registry.ListMembersAsync([group], 100))!.OrderBy(n => n.Value));
        Assert.Equal(expected, (await Registry.ListDevicesAsync(null, 1_000, audience)).Select(d => d.Id.Value));
        Assert.Equal(expected.Length, await Registry.CountDevicesAsync(audience));
    }

    private Task<DeviceRecord> MemberAsync(string id, params string[] groups) => MemberAsync(id, groups, DeviceTags.None);

    private async Task<DeviceRecord> MemberAsync(string id, string[] groups, string tags)
    {
        var wish = new NewDevice(DeviceId.Parse(id), DeviceStatus.Enabled, SymmetricKey.Generate(), SymmetricKey.Generate())
        {
            Groups = groups,
            Tags = tags,
        };
        return (await Registry.CreateDeviceAsync(wish, Now))!;
    }
}
