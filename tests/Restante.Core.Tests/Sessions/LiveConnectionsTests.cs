using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Tests.Support;
using Restante.Storage.Conformance;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Sessions;

public sealed class LiveConnectionsTests : IAsyncDisposable
{
    private readonly TestGateway _test = new(new GatewayLimits { MaxConnectionsPerDevice = 2, MaxConnectionsPerPolicy = 5 });

    private LiveConnections Connections => _test.Gateway.Connections;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_device_is_connected_while_it_has_a_connection()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        TestConnection first = Add(device);
        TestConnection second = Add(device);
        Assert.True(Connections.IsConnected(device.Number));
        Assert.Equal(1, Connections.ConnectedDevices);
        Connections.Remove(device, first, new("amqp", 1, null), "closed");
        Assert.True(Connections.IsConnected(device.Number));
        Connections.Remove(device, second, new("amqp", 1, null), "closed");
        Assert.False(Connections.IsConnected(device.Number));
        Assert.Equal(0, Connections.ConnectedDevices);
        Assert.Empty(first.Ends);
        Assert.Equal(
            [
                """{"event":"created","device":"d"}""",
                """{"event":"connected","device":"d","protocol":"amqp","connection":"1","credential":"primary key"}""",
                """{"event":"connected","device":"d","protocol":"amqp","connection":"1","credential":"primary key"}""",
                """{"event":"disconnected","device":"d","protocol":"amqp","connection":"1","reason":"closed"}""",
                """{"event":"disconnected","device":"d","protocol":"amqp","connection":"1","reason":"closed"}""",
            ],
            await _test.EventsAsync());
    }

    [Fact]
    public async Task One_connection_too_many_ends_the_oldest()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        TestConnection[] connections = [Add(device), Add(device), Add(device), Add(device)];
        Assert.Equal([EndReason.TooManyConnections], connections[0].Ends);
        Assert.Equal([EndReason.TooManyConnections], connections[1].Ends);
        Assert.Empty(connections[2].Ends);
        Assert.Empty(connections[3].Ends);
        foreach (TestConnection connection in connections)
            Connections.Remove(device, connection, new("amqp", 1, null), "closed");
        Assert.Equal(0, Connections.ConnectedDevices);
    }

    [Fact]
    public void One_connection_of_a_policy_too_many_is_ended_itself_and_requests_that_wait_do_not_count()
    {
        ServicePrincipal oslo = Service("oslo"), bergen = Service("bergen");
        TestConnection[] polls = [Add(oslo, 0), Add(oslo, 0), Add(oslo, 0)];
        TestConnection[] connections = [Add(oslo, 1), Add(oslo, 2), Add(oslo, 3), Add(oslo, 4), Add(oslo, 5), Add(oslo, 6)];
        TestConnection poll = Add(oslo, 0), other = Add(bergen, 9);
        Assert.Equal([EndReason.TooManyConnections], connections[5].Ends);
        Assert.All([.. polls, .. connections[..5], poll, other], static c => Assert.Empty(c.Ends));

        // Who was never in takes nobody's place along; who leaves makes room.
        Connections.Remove(oslo, connections[5], new("amqp", 6, null), "closed");
        Assert.Equal([EndReason.TooManyConnections], Add(oslo, 7).Ends);
        Connections.Remove(oslo, connections[0], new("amqp", 1, null), "closed");
        Assert.Empty(Add(oslo, 8).Ends);
    }

    [Fact]
    public async Task A_gateway_and_its_device_do_not_push_each_other_out()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        DevicePrincipal acting = Behind(await _test.DeviceAsync("gateway"), device);
        TestConnection own = Add(device);
        TestConnection[] through = [Add(acting), Add(acting), Add(acting)];
        Assert.Empty(own.Ends);
        Assert.Equal([1, 0, 0], through.Select(c => c.Ends.Count));
        TestConnection[] more = [Add(device), Add(device)];
        Assert.Equal([EndReason.TooManyConnections], own.Ends);
        Assert.All([.. more, .. through[1..]], c => Assert.Empty(c.Ends));
    }

    [Theory]
    [InlineData(CredentialSlot.Primary, false)]
    [InlineData(CredentialSlot.Secondary, true)]
    public async Task What_a_gateway_does_for_its_devices_rests_on_the_key_that_it_came_to_use(CredentialSlot rotated, bool ends)
    {
        DevicePrincipal gateway = await _test.DeviceAsync("gateway");
        DevicePrincipal acting = Behind(gateway, await _test.DeviceAsync("d"));
        TestConnection own = Add(gateway);
        TestConnection child = Add(acting);
        TestConnection elsewhere = new();
        Connections.Add(acting, elsewhere, new("amqp", 2, null));
        Connections.Renew(Second(gateway), own, new("amqp", 1, null));
        Ok(await _test.Gateway.Devices.RotateKeyAsync("gateway", rotated));
        Assert.Equal(ends, own.Ends.Count == 1);
        Assert.Equal(ends, child.Ends.Count == 1);
        Assert.Equal(!ends, elsewhere.Ends.Count == 1);
    }

    [Fact]
    public async Task Disabling_ends_all_connections_of_this_device_and_no_other()
    {
        (DevicePrincipal device, DevicePrincipal other) = (await _test.DeviceAsync("d"), await _test.DeviceAsync("e"));
        TestConnection[] mine = [Add(device), Add(Second(device))];
        TestConnection theirs = Add(other);
        Ok(await _test.Gateway.Devices.SetStatusAsync("d", DeviceStatus.Disabled));
        Assert.All(mine, c => Assert.Equal([EndReason.Disabled], c.Ends));
        Assert.Empty(theirs.Ends);
        Ok(await _test.Gateway.Devices.SetStatusAsync("d", DeviceStatus.Enabled));
        Assert.All(mine, c => Assert.Single(c.Ends));
    }

    [Fact]
    public async Task Removing_ends_all_connections_of_this_device_and_no_other()
    {
        (DevicePrincipal device, DevicePrincipal other) = (await _test.DeviceAsync("d"), await _test.DeviceAsync("e"));
        (TestConnection mine, TestConnection theirs) = (Add(device), Add(other));
        Ok(await _test.Gateway.Devices.RemoveAsync("d"));
        Assert.Equal([EndReason.Removed], mine.Ends);
        Assert.Empty(theirs.Ends);
    }

    [Theory]
    [InlineData(CredentialSlot.Primary)]
    [InlineData(CredentialSlot.Secondary)]
    public async Task A_new_key_ends_the_connections_that_used_the_old_one(CredentialSlot slot)
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        TestConnection[] bySlot = [Add(device), Add(Second(device))];
        Ok(await _test.Gateway.Devices.RotateKeyAsync("d", slot));
        Assert.Equal([EndReason.CredentialChanged], bySlot[(int)slot].Ends);
        Assert.Empty(bySlot[1 - (int)slot].Ends);
    }

    [Fact]
    public async Task A_change_that_was_refused_ends_nothing()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        TestConnection connection = Add(device);
        Assert.False((await _test.Gateway.Devices.SetStatusAsync("d", DeviceStatus.Disabled, ifVersion: 9)).IsSuccess);
        Assert.False((await _test.Gateway.Devices.RemoveAsync("d", ifVersion: 9)).IsSuccess);
        _test.Memory.FailNext(2);
        Assert.False((await _test.Gateway.Devices.SetStatusAsync("d", DeviceStatus.Disabled)).IsSuccess);
        Assert.False((await _test.Gateway.Devices.RemoveAsync("d")).IsSuccess);
        Assert.Empty(connection.Ends);
    }

    [Fact]
    public async Task Removing_a_policy_ends_its_connections_and_no_other()
    {
        Ok(await _test.Gateway.Policies.CreateAsync("a", Rights.Send));
        Ok(await _test.Gateway.Policies.CreateAsync("b", Rights.Send));
        TestConnection[] a = [.. Enumerable.Range(0, 5).Select(_ => Add(Service("a")))];
        TestConnection b = Add(Service("b"));
        Connections.Remove(Service("a"), a[4], new("amqp", 1, null), "closed");
        Ok(await _test.Gateway.Policies.RemoveAsync("a"));
        Assert.All(a[..4], c => Assert.Equal([EndReason.Removed], c.Ends));
        Assert.Empty(a[4].Ends);
        Assert.Empty(b.Ends);
    }

    [Fact]
    public async Task What_was_revoked_between_authentication_and_entry_is_found_by_the_second_look()
    {
        foreach (Func<Task> revoke in new Func<Task>[]
        {
            async () => Ok(await _test.Gateway.Devices.SetStatusAsync("d", DeviceStatus.Disabled)),
            async () => Ok(await _test.Gateway.Devices.RotateKeyAsync("d", CredentialSlot.Primary)),
            async () => Ok(await _test.Gateway.Devices.RemoveAsync("d")),
            async () =>
            {
                DeviceRecord old = Ok(await _test.Gateway.Devices.RemoveAsync("d")).Device;
                Ok(await _test.Gateway.Devices.CreateAsync("d", DeviceStatus.Enabled, old.PrimaryKey));
            },
        })
        {
            await _test.Gateway.Devices.RemoveAsync("d");
            DeviceRecord record = Ok(await _test.Gateway.Devices.CreateAsync("d"));
            Principal device = await AuthenticateAsync("d", record.PrimaryKey);
            Principal bySecond = await AuthenticateAsync("d", record.SecondaryKey);
            Assert.Null(await _test.Gateway.Devices.RecheckAsync(device));
            Assert.Null(await _test.Gateway.Devices.RecheckAsync(bySecond));
            await revoke();
            TestConnection late = Add(device);
            Assert.Empty(late.Ends);
            Assert.Same(Refusal.NotAuthenticated, await _test.Gateway.Devices.RecheckAsync(device));
            Connections.Remove(device, late, new("amqp", 1, null), "revoked");
        }
    }

    [Fact]
    public async Task A_new_key_in_one_slot_leaves_the_other_valid()
    {
        DeviceRecord record = Ok(await _test.Gateway.Devices.CreateAsync("d"));
        Principal bySecond = await AuthenticateAsync("d", record.SecondaryKey);
        Ok(await _test.Gateway.Devices.RotateKeyAsync("d", CredentialSlot.Primary));
        Assert.Null(await _test.Gateway.Devices.RecheckAsync(bySecond));
    }

    [Fact]
    public async Task A_policy_that_was_removed_or_made_anew_is_not_valid_any_more()
    {
        PolicyRecord policy = Ok(await _test.Gateway.Policies.CreateAsync("a", Rights.Send));
        Principal service = await AuthenticateAsync("policy/a", policy.PrimaryKey);
        Assert.Null(await _test.Gateway.Devices.RecheckAsync(service));
        Ok(await _test.Gateway.Policies.RemoveAsync("a"));
        Assert.Same(Refusal.NotAuthenticated, await _test.Gateway.Devices.RecheckAsync(service));
        Ok(await _test.Gateway.Policies.CreateAsync("a", Rights.Send));
        Assert.Same(Refusal.NotAuthenticated, await _test.Gateway.Devices.RecheckAsync(service));
    }

    [Fact]
    public async Task A_registry_that_cannot_be_read_is_no_revocation()
    {
        var store = new BrokenStore();
        using var gateway = new Gateway(
            store, new GatewayLimits(), _test.Time, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        DevicePrincipal device = await _test.DeviceAsync("known");
        Assert.Same(Refusal.StoreUnavailable, await gateway.Devices.RecheckAsync(device));
        Assert.Same(Refusal.StoreUnavailable, await gateway.Devices.RecheckAsync(_test.Service));
    }

    [Fact]
    public async Task Connections_that_come_and_go_at_once_leave_nothing_behind()
    {
        DevicePrincipal[] devices = [await _test.DeviceAsync("a"), await _test.DeviceAsync("b")];
        int surplus = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            for (int i = 0; i < 2_000; i++)
            {
                Principal principal = i % 3 == 0 ? Service("p") : devices[(i + worker) % 2];
                var connection = new TestConnection();
                Connections.Add(principal, connection, new("amqp", 1, null));
                Connections.Remove(principal, connection, new("amqp", 1, null), "closed");
                Interlocked.Add(ref surplus, connection.Ends.Count);
                Assert.True(connection.Ends.Count <= 1);
            }
        })));
        Assert.Equal(0, Connections.ConnectedDevices);
        Assert.All(devices, d => Assert.False(Connections.IsConnected(d.Number)));
    }

    [Fact]
    public async Task Under_contention_exactly_the_surplus_connections_are_ended()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        var all = new TestConnection[4_000];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            for (int i = worker; i < all.Length; i += 8)
                Connections.Add(device, all[i] = new TestConnection(), new("amqp", 1, null));
        })));
        Assert.Equal(2, all.Count(c => c.Ends.Count == 0));
        Assert.All(all, c => Assert.True(c.Ends.Count <= 1));
        Ok(await _test.Gateway.Devices.SetStatusAsync("d", DeviceStatus.Disabled));
        Assert.All(all, c => Assert.Single(c.Ends));
    }

    private static ServicePrincipal Service(string name) => new(name, Rights.Send, CredentialSlot.Primary, long.MaxValue);

    private static DevicePrincipal Behind(DevicePrincipal gateway, DevicePrincipal device) =>
        new(device.Id, device.Number, gateway.Slot, gateway.ExpiresAtMs) { Through = gateway };

    private static DevicePrincipal Second(DevicePrincipal device) => new(device.Id, device.Number, CredentialSlot.Secondary, long.MaxValue);

    private async Task<Principal> AuthenticateAsync(string name, SymmetricKey key) =>
        Ok(await _test.Gateway.Authenticator.AuthenticateAsync(new AuthenticationAttempt(name, key.Reveal(), null)));

    // Without a number it is a request that waits.
    private TestConnection Add(Principal principal, int number = 1)
    {
        var connection = new TestConnection();
        Connections.Add(principal, connection, new("amqp", number, null));
        return connection;
    }
}
