using Microsoft.Extensions.Logging.Abstractions;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Storage.Conformance.Streams;

namespace Restante.Storage.Streams.Tests;

/// <summary>Two logs side by side obey the rules of the port.</summary>
public sealed class DividedStreamStoreTests : StreamStoreConformance, IAsyncLifetime, IDisposable
{
    private readonly StoreDirectory _telemetry = new();
    private readonly StoreDirectory _events = new();
    private DividedStreamStore? _store;

    protected override bool KeepsEventsApart => true;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_store is not null)
            await _store.DisposeAsync();
    }

    public void Dispose()
    {
        _telemetry.Dispose();
        _events.Dispose();
    }

    [Fact]
    public async Task Telemetry_and_events_are_not_appended_in_one_call()
    {
        IStreamStore store = await CreateAsync(new StreamLimits { Partitions = 1, SegmentBytes = 4096 });
        StreamAppend[] both = [new(StreamId.Telemetry(0), "d", null, default), new(StreamId.Events, "d", null, default)];
        await Assert.ThrowsAsync<ArgumentException>(async () => await store.AppendAsync(both, 1));
        Assert.Equal(1, store.GetInfo(StreamId.Telemetry(0)).NextSequenceNumber);
    }

    [Fact]
    public async Task A_log_that_cannot_be_opened_leaves_the_other_free()
    {
        var limits = new StreamLimits { Partitions = 1, SegmentBytes = 4096 };
        await using (SegmentedStreamStore held = await SegmentedStreamStore.OpenAsync(_events.Path, limits, NullLogger.Instance))
            await Assert.ThrowsAsync<StoreUnavailableException>(async () => await CreateAsync(limits));
        await CreateAsync(limits);
    }

    protected override async ValueTask<IStreamStore> CreateAsync(StreamLimits limits) =>
        _store = await DividedStreamStore.OpenAsync(_telemetry.Path, _events.Path, limits, NullLogger.Instance);

    protected override async ValueTask<IStreamStore> RestartAsync(IStreamStore store, StreamLimits limits)
    {
        await ((DividedStreamStore)store).DisposeAsync();
        return _store = await DividedStreamStore.OpenAsync(_telemetry.Path, _events.Path, limits, NullLogger.Instance, verify: true);
    }
}
