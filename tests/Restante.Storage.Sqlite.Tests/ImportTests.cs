using Restante.Core.Devices;
using Restante.Core.Storage;

namespace Restante.Storage.Sqlite.Tests;

/// <summary>Imports of devices that the disk does not take.</summary>
public sealed class ImportTests : StoreTest
{
    [Fact]
    public async Task An_import_is_one_transaction_and_one_that_fails_leaves_nothing()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceLine[] lines = [.. Enumerable.Range(0, 100).Select(static i => Line($"d-{i}"))];
        var commits = new List<int>();
        store.Writer.BeforeCommit = _ => throw new IOException("no");
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Registry.ImportDevicesAsync(lines, update: true, Now));
        Assert.Null(await store.Registry.FindDeviceAsync(lines[7].Device.Id));
        Assert.Equal(0, await store.Registry.CountDevicesAsync());

        store.Writer.BeforeCommit = commits.Add;
        Assert.All(
            await store.Registry.ImportDevicesAsync(lines, update: true, Now), static r => Assert.Equal(DeviceLineStatus.Created, r.Status));
        Assert.Equal([1], commits);
        Assert.Equal(100, await store.Registry.CountDevicesAsync());
    }

    private static DeviceLine Line(string id) => new(
        new NewDevice(DeviceId.Parse(id), DeviceStatus.Enabled, SymmetricKey.Generate(), SymmetricKey.Generate()), new DeviceUpdate());
}
