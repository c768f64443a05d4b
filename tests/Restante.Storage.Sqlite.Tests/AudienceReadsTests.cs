using Restante.Core.Devices;
using Restante.Core.Selection;
using Restante.Core.Storage;

namespace Restante.Storage.Sqlite.Tests;

public sealed class AudienceReadsTests : StoreTest
{
    private static readonly AudienceQuery s_group = AudienceQuery.OfGroup("g");

    [Fact]
    public async Task Each_policy_has_a_line_of_its_own_for_lists_and_counts()
    {
        SqliteGatewayStore store = await OpenAsync();
        await FillAsync(store, 3);
        AudienceQuery query = AudienceQuery.Parse("id like 'd-%'").Value!;
        using var one = new HeldLook(store.Audiences.Turns, new Looker("one", default));
        using var two = new HeldLook(store.Audiences.Turns, new Looker("two", default));
        Task<IReadOnlyList<DeviceRecord>> own = store.Registry.ListDevicesAsync(null, 10, query).AsTask();
        Task<IReadOnlyList<DeviceRecord>> list = store.Registry.ListDevicesAsync(null, 10, query, new Looker("three", default)).AsTask();
        Task<IReadOnlyList<DeviceRecord>> members = store.Registry.ListDevicesAsync(null, 10, s_group, new Looker("four", default)).AsTask();
        Task<long> count = store.Registry.CountDevicesAsync(query, new Looker("five", default)).AsTask();
        Assert.Equal((6, 6), (store.Audiences.Turns.Lookers, store.Audiences.Turns.Looks));
        one.End();
        Assert.All(await Task.WhenAll(own, list, members), static found => Assert.Equal(3, found.Count));
        Assert.Equal(3, await count);
    }

    [Fact]
    public async Task Members_of_a_group_are_all_looked_at_once_and_not_for_each_step()
    {
        SqliteGatewayStore store = await OpenAsync();
        await FillAsync(store, 600);
        Assert.Equal(600, await PageAsync(store));
        Assert.Equal(3 + 12, store.Audiences.Looks); // All of them in three looks for their order, then 50 in each.
        Assert.Equal(600, await PageAsync(store));
        Assert.Equal(3 + 12 + 12, store.Audiences.Looks);

        // Where few of them belong to the audience, a step looks on until it has found as many as it wants.
        AudienceQuery some = AudienceQuery.Parse("groups has 'g' and id like '%7'").Value!;
        Assert.Equal(60, (await store.Registry.ListDevicesAsync(null, 1_000, some)).Count);
        Assert.Equal(3 + 12 + 12 + 3, store.Audiences.Looks);
    }

    [Fact]
    public async Task Who_leaves_or_enters_a_group_between_two_steps_is_seen_as_it_is()
    {
        SqliteGatewayStore store = await OpenAsync();
        await FillAsync(store, 8);
        Assert.Equal("d-000 d-001 d-002", await StepAsync(null));
        await store.Registry.UpdateDeviceAsync(DeviceId.Parse("d-003"), new DeviceUpdate { Groups = [] }, Now);
        await store.Registry.RemoveDeviceAsync(DeviceId.Parse("d-004"), null, Now);
        await CreateAsync(store, "d-0045", "g");
        Assert.Equal("d-0045 d-005 d-006", await StepAsync("d-002"));
        await store.Registry.RemoveDeviceAsync(DeviceId.Parse("d-006"), null, Now);
        Assert.Equal("d-007", await StepAsync("d-006"));
        Assert.Equal("", await StepAsync("d-007"));

        async Task<string> StepAsync(string? after)
        {
            DeviceId? from = after is null ? null : DeviceId.Parse(after);
            return string.Join(' ', (await store.Registry.ListDevicesAsync(from, 3, s_group)).Select(d => d.Id.Value));
        }
    }

    private static async Task<int> PageAsync(SqliteGatewayStore store)
    {
        var found = new List<string>();
        for (DeviceId? after = null; found.Count < 600;)
        {
            IReadOnlyList<DeviceRecord> step = await store.Registry.ListDevicesAsync(after, 50, s_group);
            Assert.Equal(50, step.Count);
            found.AddRange(step.Select(d => d.Id.Value));
            after = step[^1].Id;
        }

        Assert.Equal(found.Order(StringComparer.Ordinal), found);
        return found.Distinct().Count();
    }

    // The numbers of devices are in another order than their ids.
    private static async Task FillAsync(SqliteGatewayStore store, int count)
    {
        for (int i = count - 1; i >= 0; i--)
            await CreateAsync(store, $"d-{i:000}", "g");
        await CreateAsync(store, "other");
    }

    private static async Task CreateAsync(SqliteGatewayStore store, string id, params string[] groups)
    {
        var device = new NewDevice(DeviceId.Parse(id), DeviceStatus.Enabled, SymmetricKey.Generate(), SymmetricKey.Generate())
        {
            Groups = groups,
        };
        Assert.NotNull(await store.Registry.CreateDeviceAsync(device, Now));
    }
}
