using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Metrics;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Core.Telemetry;
using Restante.Core.Tests.Support;
using Restante.Storage.Conformance.Memory;
using Restante.Storage.Conformance.Streams;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Telemetry;

/// <summary>What happens to a partition whose reader waits for the store meanwhile.</summary>
public sealed class GroupReadingTests : IAsyncDisposable
{
    private readonly MemoryGatewayStore _memory = new();
    private readonly CoreMetrics _metrics = new();
    private readonly ManualTime _time = new();
    private readonly ServicePrincipal _service = new("backend", Rights.TelemetryRead, CredentialSlot.Primary, long.MaxValue);
    private readonly PausedStreams _streams = new();
    private readonly ConsumerGroups _groups;

    public GroupReadingTests()
    {
        var limits = new GatewayLimits { LeaseDurationMs = 10_000 };
        var telemetry = new TelemetryStreams(_streams, limits, _time, _metrics);
        _groups = new ConsumerGroups(telemetry, _memory.Checkpoints, limits, _time, _metrics);
    }

    public async ValueTask DisposeAsync()
    {
        _metrics.Dispose();
        await _memory.DisposeAsync();
    }

    [Fact]
    public async Task A_partition_that_is_being_read_is_handed_over_when_the_read_has_ended_and_what_it_read_is_not_handed_out()
    {
        GroupMembership old = await JoinAsync(null);
        await _streams.AppendAsync(new StreamAppend(StreamId.Telemetry(1), "d", null, Content("a")), _time.NowMs);
        _streams.Gate = new TaskCompletionSource();
        ValueTask<Result<IReadOnlyList<GroupRecord>>> reading = old.ReadAsync(10, int.MaxValue);
        GroupMembership pinned = await JoinAsync(1);
        Assert.Empty(pinned.Owned);
        _streams.Gate.SetResult();
        Assert.Empty(Ok(await reading));
        Assert.Equal([1], pinned.Owned);
        Assert.Single(Ok(await pinned.ReadAsync(10, int.MaxValue)));
    }

    [Fact]
    public async Task What_comes_home_after_the_partition_was_taken_away_is_nobodys()
    {
        GroupMembership old = await JoinAsync(null);
        await _streams.AppendAsync(new StreamAppend(StreamId.Telemetry(1), "d", null, Content("a")), _time.NowMs);
        _streams.Gate = new TaskCompletionSource();
        TaskCompletionSource gate = _streams.Gate;
        ValueTask<Result<IReadOnlyList<GroupRecord>>> reading = old.ReadAsync(10, int.MaxValue);
        GroupMembership pinned = await JoinAsync(1);
        _time.Advance(10_000);
        await _groups.LookAfterAsync();
        Assert.Equal([1], pinned.Owned);
        _streams.Gate = null;
        GroupRecord record = Assert.Single(Ok(await pinned.ReadAsync(10, int.MaxValue)));
        gate.SetResult();
        Assert.Empty(Ok(await reading));
        Assert.True(pinned.Accept(record));
        await old.LeaveAsync();
        Assert.Equal(2, Ok(await _groups.FindAsync("g")).Partitions[1].NextSequenceNumber);
    }

    [Fact]
    public async Task A_reader_that_leaves_while_it_reads_is_handed_nothing()
    {
        GroupMembership old = await JoinAsync(null);
        await _streams.AppendAsync(new StreamAppend(StreamId.Telemetry(1), "d", null, Content("a")), _time.NowMs);
        _streams.Gate = new TaskCompletionSource();
        ValueTask<Result<IReadOnlyList<GroupRecord>>> reading = old.ReadAsync(10, int.MaxValue);
        await old.LeaveAsync();
        _streams.Gate.SetResult();
        Assert.Empty(Ok(await reading));
        GroupMembership next = await JoinAsync(null);
        Assert.Single(Ok(await next.ReadAsync(10, int.MaxValue)));
    }

    private async Task<GroupMembership> JoinAsync(int? partition) =>
        Ok(await _groups.JoinAsync(_service, "g", "r", StreamStart.Earliest, partition));

    private sealed class PausedStreams : IStreamStore
    {
        private readonly MemoryStreamStore _inner = new(new StreamLimits { Partitions = 2 });

        /// <summary>What reads wait for; null for nothing.</summary>
        public TaskCompletionSource? Gate { get; set; }

        public int Partitions => _inner.Partitions;

        public ValueTask<long> AppendAsync(StreamAppend item, long nowMs) => _inner.AppendAsync(item, nowMs);

        public ValueTask AppendAsync(ReadOnlyMemory<StreamAppend> items, long nowMs) => _inner.AppendAsync(items, nowMs);

        public async ValueTask<StreamBatch> ReadAsync(StreamId stream, long fromSequenceNumber, int maxRecords, int maxBytes)
        {
            if (Gate is TaskCompletionSource gate)
                await gate.Task;
            return await _inner.ReadAsync(stream, fromSequenceNumber, maxRecords, maxBytes);
        }

        public ValueTask<long> FindAsync(StreamId stream, StreamStart start) => _inner.FindAsync(stream, start);

        public StreamInfo GetInfo(StreamId stream) => _inner.GetInfo(stream);

        public ValueTask<long> EnforceRetentionAsync(long nowMs) => _inner.EnforceRetentionAsync(nowMs);
    }
}
