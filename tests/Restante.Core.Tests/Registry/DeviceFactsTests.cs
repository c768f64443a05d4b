using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;

namespace Restante.Core.Tests.Registry;

public sealed class DeviceFactsTests : IAsyncDisposable
{
    private readonly TestGateway _world = new(new GatewayLimits { MaxGroupsPerDevice = 3, MaxTagsBytes = 40 });

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Groups_are_kept_in_order_and_none_twice()
    {
        DeviceRecord device = TestGateway.Ok(await _world.Gateway.Devices.CreateAsync("a", tags: """{"n":1}""", groups: ["b", "B", "b"]));
        Assert.Equal(["B", "b"], device.Groups);
        Assert.Equal("""{"n":1}""", device.Tags);
        device = TestGateway.Ok(await _world.Gateway.Devices.ChangeAsync("a", new DeviceUpdate { Groups = ["z", "y"], Tags = "{}", IfVersion = 1 }));
        Assert.Equal((2L, "{}"), (device.Version, device.Tags));
        Assert.Equal(["y", "z"], device.Groups);
        Assert.Contains((await _world.EventsAsync()), e => e.Contains("tags groups", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Named_limits_refuse_too_much()
    {
        await _world.DeviceAsync("a");
        Result<DeviceRecord> many = await _world.Gateway.Devices.ChangeAsync("a", new DeviceUpdate { Groups = ["1", "2", "3", "4"] });
        TestGateway.Refused(RefusalKind.Malformed, many);
        Assert.Equal("A device belongs to at most 3 groups, not 4.", many.Refusal!.Message);
        TestGateway.Refused(RefusalKind.Malformed, await _world.Gateway.Devices.ChangeAsync("a", new DeviceUpdate { Groups = ["a b"] }));
        TestGateway.Refused(RefusalKind.Malformed, await _world.Gateway.Devices.ChangeAsync("a", new DeviceUpdate { Tags = "[]" }));
        TestGateway.Refused(RefusalKind.Malformed, await _world.Gateway.Devices.CreateAsync("b", tags: "{\"a\":\"" + new string('x', 40) + "\"}"));
        TestGateway.Refused(RefusalKind.Malformed, await _world.Gateway.Devices.CreateAsync("b", groups: [""]));
        TestGateway.Refused(RefusalKind.NotFound, await _world.Gateway.Devices.FindAsync("b"));
    }

    [Fact]
    public async Task A_gateway_is_another_device_that_exists()
    {
        await _world.DeviceAsync("child");
        await _world.DeviceAsync("gateway");
        DeviceId gateway = DeviceId.Parse("gateway");
        Assert.Equal(gateway, TestGateway.Ok(await _world.Gateway.Devices.ChangeAsync("child", new DeviceUpdate { Gateway = gateway })).Gateway);
        Assert.Null(TestGateway.Ok(await _world.Gateway.Devices.ChangeAsync("child", new DeviceUpdate { RemoveGateway = true })).Gateway);
        TestGateway.Refused(RefusalKind.Malformed, await _world.Gateway.Devices.ChangeAsync("gateway", new DeviceUpdate { Gateway = gateway }));
        TestGateway.Refused(
            RefusalKind.Malformed, await _world.Gateway.Devices.ChangeAsync("child", new DeviceUpdate { Gateway = DeviceId.Parse("nobody") }));
    }

    [Fact]
    public async Task Devices_are_listed_by_audience()
    {
        TestGateway.Ok(await _world.Gateway.Devices.CreateAsync("a", groups: ["x"]));
        TestGateway.Ok(await _world.Gateway.Devices.CreateAsync("b"));
        TestGateway.Ok(await _world.Gateway.Devices.CreateAsync("c", groups: ["x"]));
        IReadOnlyList<DeviceRecord> found = TestGateway.Ok(await _world.Gateway.Devices.ListAsync(null, 10, "groups has 'x'"));
        Assert.Equal(["a", "c"], found.Select(d => d.Id.Value));
        TestGateway.Refused(RefusalKind.Malformed, await _world.Gateway.Devices.ListAsync(null, 10, "groups has x"));
    }
}
