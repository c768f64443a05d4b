using Microsoft.Extensions.Logging.Abstractions;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Storage.Conformance.Streams;

namespace Restante.Storage.Sqlite.Tests;

/// <summary>What the tests of this store share: a directory, and short words.</summary>
public abstract class StoreTest : IAsyncLifetime
{
    protected const long Now = 1_000_000;

    private readonly SqliteHarness _harness = SqliteHarness.Create();

    protected string Folder => _harness.Directory;

    protected string File => Path.Combine(Folder, SqliteStoreOptions.FileName);

    protected SqliteStoreOptions Options => _harness.Options;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _harness.DisposeAsync();

    protected ValueTask<SqliteGatewayStore> OpenAsync(SqliteStoreOptions? options = null) => _harness.OpenAsync(options ?? Options);

    protected static ValueTask<SqliteGatewayStore> OpenElsewhereAsync(string directory) =>
        SqliteGatewayStore.OpenAsync(
            new SqliteStoreOptions { Directory = directory, MasterKeys = SqliteHarness.MasterKeys },
            new MemoryStreamStore(),
            new MemoryStreamStore(),
            NullLogger.Instance);

    protected static async Task<DeviceNumber> DeviceAsync(IGatewayStore store, string id = "d")
    {
        var device = new NewDevice(DeviceId.Parse(id), DeviceStatus.Enabled, SymmetricKey.Generate(), SymmetricKey.Generate());
        return (await store.Registry.CreateDeviceAsync(device, Now))!.Number;
    }

    protected static EnqueueItem Item(string device = "d", int size = 10, long expiresAtMs = long.MaxValue) => new()
    {
        Device = DeviceId.Parse(device),
        Kind = MessageKind.Command,
        Content = Enumerable.Repeat((byte)7, size).ToArray(),
        ExpiresAtMs = expiresAtMs,
        Sender = "owner",
    };

    protected static Task<EnqueueResult[]> SendAsync(IGatewayStore store, string device = "d", int size = 10, int count = 1) =>
        store.Mailboxes.EnqueueAsync(Enumerable.Repeat(Item(device, size), count).ToArray(), Now).AsTask();

    protected static async Task<IReadOnlyList<LeasedMessage>> LeaseAsync(IGatewayStore store, DeviceNumber device, SessionEpoch epoch, int max = 100) =>
        (await store.Mailboxes.LeaseAsync(new LeaseRequest(device, epoch, max, int.MaxValue, Now, 1_000))).Messages;

    protected static Task<SettleResult[]> SettleAsync(
        IGatewayStore store, DeviceNumber device, SessionEpoch epoch, LeaseId lease, SettleVerb verb) =>
        store.Mailboxes.SettleAsync(new[] { new SettleItem(device, epoch, lease, verb) }, Now).AsTask();
}
