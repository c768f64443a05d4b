using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Sessions;

public sealed class ClientSessionsTests : IAsyncDisposable
{
    private readonly TestGateway _test = new();

    private ClientSessions Sessions => _test.Gateway.ClientSessions;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_session_is_kept_for_its_life_and_per_device_and_name()
    {
        (DevicePrincipal d, DevicePrincipal e) = (await _test.DeviceAsync("d"), await _test.DeviceAsync("e"));
        Ok(await Sessions.SaveAsync(d, "s", new byte[] { 1 }, 1_000));
        Ok(await Sessions.SaveAsync(d, "t", new byte[] { 2 }, long.MaxValue));
        Ok(await Sessions.SaveAsync(e, "s", new byte[] { 3 }, 1_000));
        Assert.Equal(new byte[] { 1 }, (await Sessions.LoadAsync(d, "s")).Value);
        Assert.Equal(new byte[] { 3 }, (await Sessions.LoadAsync(e, "s")).Value);
        Ok(await Sessions.SaveAsync(d, "s", new byte[] { 4 }, 2_000));
        _test.Time.Advance(1_999);
        Assert.Equal(new byte[] { 4 }, (await Sessions.LoadAsync(d, "s")).Value);
        Assert.Null((await Sessions.LoadAsync(e, "s")).Value);
        _test.Time.Advance(1);
        Assert.Null((await Sessions.LoadAsync(d, "s")).Value);
        _test.Time.Advance(1_000L * 3600 * 24 * 365);
        Assert.Equal(new byte[] { 2 }, (await Sessions.LoadAsync(d, "t")).Value);
        Ok(await Sessions.RemoveAsync(d, "t"));
        Assert.Null((await Sessions.LoadAsync(d, "t")).Value);
    }

    [Fact]
    public async Task Sessions_go_with_their_device()
    {
        DevicePrincipal old = await _test.DeviceAsync("d");
        Ok(await Sessions.SaveAsync(old, "s", new byte[] { 1 }, long.MaxValue));
        Ok(await _test.Gateway.Devices.RemoveAsync("d"));
        DevicePrincipal made = await _test.DeviceAsync("d");
        Assert.Null((await Sessions.LoadAsync(old, "s")).Value);
        Assert.Null((await Sessions.LoadAsync(made, "s")).Value);
    }

    [Fact]
    public async Task State_has_a_largest_size_and_a_store_that_fails_is_unavailable()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Ok(await Sessions.SaveAsync(device, "s", new byte[ClientSessions.MaxStateBytes], 1_000));
        Refused(RefusalKind.TooLarge, await Sessions.SaveAsync(device, "s", new byte[ClientSessions.MaxStateBytes + 1], 1_000));
        _test.Memory.Unavailable = true;
        Refused(RefusalKind.Unavailable, await Sessions.SaveAsync(device, "s", new byte[1], 1_000));
        Refused(RefusalKind.Unavailable, await Sessions.RemoveAsync(device, "s"));
        _test.Memory.Unavailable = false;
        Assert.Equal(ClientSessions.MaxStateBytes, (await Sessions.LoadAsync(device, "s")).Value!.Length);
    }
}
