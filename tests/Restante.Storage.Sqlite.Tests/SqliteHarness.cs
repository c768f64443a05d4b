using Microsoft.Extensions.Logging.Abstractions;
using Restante.Core.Storage;
using Restante.Storage.Conformance;
using Restante.Storage.Conformance.Streams;
using Restante.Storage.Sqlite.Secrets;

namespace Restante.Storage.Sqlite.Tests;

/// <summary>A store in a directory of its own.</summary>
internal sealed class SqliteHarness : StoreHarness
{
    private readonly List<SqliteGatewayStore> _opened = [];

    public string Directory { get; } = Path.Combine(Path.GetTempPath(), "restante-" + Guid.NewGuid().ToString("N"));

    /// <summary>The master keys of all stores of these tests.</summary>
    public static MasterKeyRing MasterKeys { get; } = MasterKeyRing.Generate();

    public int MaxIndexedMemberships { get; init; } = 1_000;

    public SqliteStoreOptions Options => new()
    {
        Directory = Directory,
        MasterKeys = MasterKeys,
        RecentContentBytes = 64 * 1024,
        History = History,
        MaxIndexedMemberships = MaxIndexedMemberships,
    };

    public static SqliteHarness Create() => new();

    public override async ValueTask<IGatewayStore> OpenAsync(MailboxLimits limits) => await OpenAsync(Options with { Limits = limits });

    public async ValueTask<SqliteGatewayStore> OpenAsync(SqliteStoreOptions options)
    {
        SqliteGatewayStore store = await SqliteGatewayStore.OpenAsync(options, new MemoryStreamStore(), new MemoryStreamStore(), NullLogger.Instance);
        _opened.Add(store);
        return store;
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (SqliteGatewayStore store in _opened)
            await store.DisposeAsync();
        if (System.IO.Directory.Exists(Directory))
            System.IO.Directory.Delete(Directory, recursive: true);
    }
}
