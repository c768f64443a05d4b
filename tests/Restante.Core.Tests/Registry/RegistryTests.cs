using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Core.Tests.Support;
using Restante.Storage.Conformance;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Registry;

public sealed class RegistryTests : IAsyncDisposable
{
    private readonly TestGateway _test = new(new GatewayLimits { MaxPolicies = 3 });

    private DeviceRegistry Devices => _test.Gateway.Devices;

    private PolicyRegistry Policies => _test.Gateway.Policies;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_device_is_created_with_two_keys_and_found_again()
    {
        DeviceRecord created = Ok(await Devices.CreateAsync("d"));
        Assert.NotEqual(created.PrimaryKey, created.SecondaryKey);
        Assert.Equal((DeviceStatus.Enabled, 1L, _test.NowMs), (created.Status, created.Version, created.CreatedAtMs));
        Assert.Equal(created, Ok(await Devices.FindAsync("d")));
        SymmetricKey given = SymmetricKey.Generate();
        Assert.Equal(given, Ok(await Devices.CreateAsync("e", DeviceStatus.Disabled, given)).PrimaryKey);
    }

    [Fact]
    public async Task Refusals_of_the_registry()
    {
        Ok(await Devices.CreateAsync("d"));
        Refused(RefusalKind.Conflict, await Devices.CreateAsync("d"));
        Refused(RefusalKind.Malformed, await Devices.CreateAsync("a/b"));
        Refused(RefusalKind.Malformed, await Devices.CreateAsync(new string('x', 100_000)));
        Assert.InRange((await Devices.CreateAsync(new string('x', 100_000))).Refusal!.Message.Length, 1, 400);
        foreach (string id in new[] { "nobody", "a/b", "", new string('x', 100_000) })
        {
            Refused(RefusalKind.NotFound, await Devices.FindAsync(id));
            Refused(RefusalKind.NotFound, await Devices.SetStatusAsync(id, DeviceStatus.Disabled));
            Refused(RefusalKind.NotFound, await Devices.RotateKeyAsync(id, CredentialSlot.Primary));
            Refused(RefusalKind.NotFound, await Devices.RemoveAsync(id));
        }

        Refused(RefusalKind.Conflict, await Devices.RotateKeyAsync("d", CredentialSlot.Primary, ifVersion: 2));
        Refused(RefusalKind.Conflict, await Devices.RemoveAsync("d", ifVersion: 2));
        Refused(RefusalKind.Malformed, await Devices.ListAsync(null, 0));
        Refused(RefusalKind.Malformed, await Devices.ListAsync(null, 1_001));
        Refused(RefusalKind.Malformed, await Devices.ListAsync("a/b", 1));
        _test.Memory.Unavailable = true;
        Refused(RefusalKind.Unavailable, await Devices.CreateAsync("e"));
        Refused(RefusalKind.Unavailable, await Devices.SetStatusAsync("d", DeviceStatus.Disabled));
        Refused(RefusalKind.Unavailable, await Devices.RemoveAsync("d"));
        _test.Memory.Unavailable = false;
        Ok(await Devices.RemoveAsync("d", ifVersion: 1));
    }

    [Fact]
    public async Task Devices_are_listed_page_by_page_in_order()
    {
        foreach (string id in new[] { "c", "a", "B", "b" })
            Ok(await Devices.CreateAsync(id));
        Assert.Equal(["B", "a"], Ok(await Devices.ListAsync(null, 2)).Select(d => d.Id.Value));
        Assert.Equal(["b", "c"], Ok(await Devices.ListAsync("a", 2)).Select(d => d.Id.Value));
        Assert.Empty(Ok(await Devices.ListAsync("c", 2)));
    }

    [Fact]
    public async Task A_device_that_is_made_anew_is_another_one()
    {
        DeviceRecord old = Ok(await Devices.CreateAsync("d"));
        Ok(await Devices.RemoveAsync("d"));
        Assert.NotEqual(old.Number, Ok(await Devices.CreateAsync("d")).Number);
    }

    [Fact]
    public async Task Changes_are_events()
    {
        Ok(await Devices.CreateAsync("d"));
        Ok(await Devices.SetStatusAsync("d", DeviceStatus.Disabled));
        Ok(await Devices.SetStatusAsync("d", DeviceStatus.Enabled));
        Ok(await Devices.RotateKeyAsync("d", CredentialSlot.Primary));
        Ok(await Devices.RotateKeyAsync("d", CredentialSlot.Secondary));
        await _test.SendAsync("d", "x");
        Ok(await Devices.RemoveAsync("d"));
        Assert.Equal(
            [
                """{"event":"created","device":"d"}""",
                """{"event":"changed","device":"d","what":"disabled"}""",
                """{"event":"changed","device":"d","what":"enabled"}""",
                """{"event":"changed","device":"d","what":"primary-key"}""",
                """{"event":"changed","device":"d","what":"secondary-key"}""",
                """{"event":"removed","device":"d","messagesEnded":"1"}""",
            ],
            await _test.EventsAsync());
    }

    [Fact]
    public async Task Policies_are_created_found_listed_and_removed()
    {
        PolicyRecord policy = Ok(await Policies.CreateAsync("b", Rights.Send));
        Ok(await Policies.CreateAsync("a", Rights.Admin));
        Assert.Equal(policy, Ok(await Policies.FindAsync("b")));
        Assert.Equal(["a", "b"], Ok(await Policies.ListAsync()).Select(p => p.Name));
        Ok(await Policies.RemoveAsync("b"));
        Refused(RefusalKind.NotFound, await Policies.FindAsync("b"));
        Refused(RefusalKind.NotFound, await Policies.RemoveAsync("b"));
    }

    [Fact]
    public async Task Refusals_of_the_policies()
    {
        Refused(RefusalKind.Malformed, await Policies.CreateAsync("a/b", Rights.Send));
        Refused(RefusalKind.Malformed, await Policies.CreateAsync("a", Rights.None));
        Ok(await Policies.CreateAsync("admin", Rights.Admin));
        Refused(RefusalKind.Conflict, await Policies.CreateAsync("admin", Rights.Send));
        Refused(RefusalKind.Forbidden, await Policies.RemoveAsync("admin"));
        Refused(RefusalKind.NotFound, await Policies.FindAsync("a/b"));
        Refused(RefusalKind.NotFound, await Policies.RemoveAsync("a/b"));
        Ok(await Policies.CreateAsync("b", Rights.Send));
        Ok(await Policies.CreateAsync("c", Rights.Send));
        Refused(RefusalKind.LimitReached, await Policies.CreateAsync("d", Rights.Send));
        _test.Memory.Unavailable = true;
        Refused(RefusalKind.Unavailable, await Policies.RemoveAsync("c"));
        _test.Memory.Unavailable = false;
        Ok(await Policies.RemoveAsync("c"));
        _test.Memory.Unavailable = true;
        Refused(RefusalKind.Unavailable, await Policies.CreateAsync("c", Rights.Send));
        _test.Memory.Unavailable = false;
        Ok(await Policies.CreateAsync("c", Rights.Send));
    }

    [Fact]
    public async Task Of_two_policies_of_one_name_created_at_once_one_is_refused()
    {
        var listing = new TaskCompletionSource();
        var store = new BrokenStore { Broken = false, Listing = listing.Task };
        using var gateway = new Gateway(
            store, new GatewayLimits(), _test.Time, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        Task<Result<PolicyRecord>> first = gateway.Policies.CreateAsync("p", Rights.Send).AsTask();
        Task<Result<PolicyRecord>> second = gateway.Policies.CreateAsync("p", Rights.Admin).AsTask();
        listing.SetResult();
        PolicyRecord created = Ok(await first);
        Refused(RefusalKind.Conflict, await second);
        Assert.Equal(created, Ok(await gateway.Policies.FindAsync("p")));
    }

    [Fact]
    public async Task Readiness_says_whether_the_store_takes_writes_and_asks_it_once_in_a_second()
    {
        int writes = 0;
        _test.Hooks.Before = verb =>
        {
            writes += verb == "set-cursor" ? 1 : 0;
            return Task.CompletedTask;
        };
        Assert.True(await _test.Gateway.IsReadyAsync());
        _test.Memory.Unavailable = true;
        Assert.True(await _test.Gateway.IsReadyAsync());
        Assert.Equal(1, writes);
        _test.Time.Advance(1_000);
        Assert.False(await _test.Gateway.IsReadyAsync());
        _test.Memory.Unavailable = false;
        _test.Time.Advance(999);
        Assert.False(await _test.Gateway.IsReadyAsync());
        _test.Time.Advance(1);
        Assert.True(await _test.Gateway.IsReadyAsync());
        Assert.Equal(3, writes);
    }
}
