using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Sessions;

/// <summary>A device behind a field gateway is among the live connections as long as the gateway has to do with it.</summary>
public sealed class ChildEntryTests : IAsyncDisposable
{
    private readonly TestGateway _test = new();
    private readonly TestConnection _connection = new();

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_device_is_in_from_entering_to_leaving_and_is_taken_out_once()
    {
        (ChildEntry entry, DevicePrincipal gateway) = await PrepareAsync();
        DevicePrincipal device = Ok(await entry.EnterAsync(gateway));
        Assert.Same(device, entry.Device);
        Assert.Same(gateway, device.Through);
        Assert.True(_test.Gateway.Connections.IsConnected(device.Number));
        Ok(await _test.Gateway.Devices.SetStatusAsync("child", DeviceStatus.Disabled));
        Assert.Equal([EndReason.Disabled], _connection.Ends);
        entry.Leave("It is over.");
        entry.Leave("It is over.");
        Assert.False(_test.Gateway.Connections.IsConnected(device.Number));
        Assert.Equal((1, 1), await CountAsync());
    }

    [Fact]
    public async Task Who_has_left_while_it_was_entered_is_out_at_once()
    {
        (ChildEntry entry, DevicePrincipal gateway) = await PrepareAsync();
        entry.Leave("It is over.");
        Refused(RefusalKind.Conflict, await entry.EnterAsync(gateway));
        Assert.False(_test.Gateway.Connections.IsConnected(entry.Device.Number));
        entry.Leave("It is over.");
        Assert.Equal((1, 1), await CountAsync());
    }

    [Fact]
    public async Task What_was_withdrawn_can_be_entered_again()
    {
        (ChildEntry entry, DevicePrincipal gateway) = await PrepareAsync();
        Ok(await entry.EnterAsync(gateway));
        entry.Withdraw("The store is unavailable.");
        Assert.False(_test.Gateway.Connections.IsConnected(entry.Device.Number));
        Ok(await entry.EnterAsync(gateway));
        Assert.True(_test.Gateway.Connections.IsConnected(entry.Device.Number));
        entry.Leave("It is over.");
        Assert.Equal((2, 2), await CountAsync());
    }

    [Fact]
    public async Task Whoever_is_not_its_gateway_enters_nothing()
    {
        (ChildEntry entry, _) = await PrepareAsync();
        Refused(RefusalKind.Forbidden, await entry.EnterAsync(await _test.DeviceAsync("other")));
        entry.Leave("It is over.");
        Assert.Equal(0, _test.Gateway.Connections.ConnectedDevices);
        Assert.Equal((0, 0), await CountAsync());
    }

    private async Task<(ChildEntry Entry, DevicePrincipal Gateway)> PrepareAsync()
    {
        DevicePrincipal gateway = Principal(Ok(await _test.Gateway.Devices.CreateAsync("gateway")));
        Ok(await _test.Gateway.Devices.CreateAsync("child", gateway: gateway.Id));
        return (new ChildEntry(_test.Gateway, "child", _connection, new("amqp", 1, null)), gateway);
    }

    // What events say of the child.
    private async Task<(int Connected, int Disconnected)> CountAsync()
    {
        List<string> events = await _test.EventsAsync();
        return (Count("connected"), Count("disconnected"));

        int Count(string name) =>
            events.Count(e => e.StartsWith($$"""{"event":"{{name}}","device":"child",""", StringComparison.Ordinal));
    }
}
