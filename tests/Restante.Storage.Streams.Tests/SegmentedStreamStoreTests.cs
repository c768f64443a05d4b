using Microsoft.Extensions.Logging.Abstractions;
using Restante.Core.Storage;
using Restante.Storage.Conformance.Streams;

namespace Restante.Storage.Streams.Tests;

/// <summary>The segmented log obeys the rules of the port.</summary>
public sealed class SegmentedStreamStoreTests : StreamStoreConformance, IAsyncLifetime, IDisposable
{
    private readonly StoreDirectory _directory = new();
    private SegmentedStreamStore? _store;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_store is not null)
            await _store.DisposeAsync();
    }

    public void Dispose() => _directory.Dispose();

    protected override async ValueTask<IStreamStore> CreateAsync(StreamLimits limits) =>
        _store = await SegmentedStreamStore.OpenAsync(_directory.Path, limits, NullLogger.Instance);

    protected override async ValueTask<IStreamStore> RestartAsync(IStreamStore store, StreamLimits limits)
    {
        await ((SegmentedStreamStore)store).DisposeAsync();
        return _store = await SegmentedStreamStore.OpenAsync(_directory.Path, limits, NullLogger.Instance, verify: true);
    }
}
