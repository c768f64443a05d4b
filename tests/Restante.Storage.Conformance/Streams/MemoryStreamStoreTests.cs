using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Storage.Conformance.Streams;

/// <summary>The model obeys the rules it is the measure of.</summary>
public sealed class MemoryStreamStoreTests : StreamStoreConformance
{
    [Fact]
    public async Task Switched_off_it_refuses_and_keeps_what_it_has()
    {
        var store = new MemoryStreamStore();
        var item = new StreamAppend(StreamId.Telemetry(0), "d", null, new byte[] { 1 });
        await store.AppendAsync(item, 1);
        store.Unavailable = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.AppendAsync(item, 1));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.AppendAsync(new[] { item }, 1));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.ReadAsync(item.Stream, 1, 1, 1));
        store.Unavailable = false;
        Assert.Equal(2, await store.AppendAsync(item, 1));
    }

    /// <inheritdoc/>
    protected override ValueTask<IStreamStore> CreateAsync(StreamLimits limits) => new(new MemoryStreamStore(limits));

    /// <inheritdoc/>
    protected override ValueTask<IStreamStore> RestartAsync(IStreamStore store, StreamLimits limits) => new(store);
}
