using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Core.Telemetry;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Telemetry;

public sealed class TelemetryStreamsTests : IAsyncDisposable
{
    private readonly TestGateway _test = new(new GatewayLimits { MaxMessageBytes = 1_024 }, null, new StreamLimits { Partitions = 4 });

    private TelemetryStreams Telemetry => _test.Gateway.Telemetry;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Telemetry_is_stamped_with_identity_and_time_and_stands_in_the_device_s_partition()
    {
        DevicePrincipal device = await _test.DeviceAsync("truck");
        int partition = DevicePartition.Of("truck", 4);
        Task[] news = [.. Enumerable.Range(0, 4).Select(p => Telemetry.Added(p).NextPulse())];
        Assert.Equal(1, Ok(await Telemetry.PublishAsync(device, null, Content("a"))));
        Assert.Equal(Enumerable.Range(0, 4).Select(p => p == partition), news.Select(n => n.IsCompleted));
        _test.Time.Advance(5);
        Assert.Equal(2, Ok(await Telemetry.PublishAsync(device, "engine", Content("b"))));
        StreamBatch batch = Ok(await Telemetry.ReadAsync(StreamId.Telemetry(partition), 1, 10, int.MaxValue));
        Assert.Equal(
            [("truck", null, "a", _test.NowMs - 5), ("truck", "engine", "b", _test.NowMs)],
            batch.Records.Select(r => (r.Source, r.Channel, Text(r.Content), r.EnqueuedAtMs)));
        Assert.Equal((3, 0), (batch.NextSequenceNumber, batch.SkippedByRetention));
        Assert.Equal(3, Ok(Telemetry.GetInfo(StreamId.Telemetry(partition))).NextSequenceNumber);
        Assert.Equal(1, Ok(await Telemetry.FindAsync(StreamId.Telemetry(partition), StreamStart.Earliest)));
        Assert.Equal(3, Ok(await Telemetry.FindAsync(StreamId.Telemetry(partition), StreamStart.Latest)));
    }

    [Fact]
    public async Task What_cannot_be_published_is_refused_by_kind()
    {
        DevicePrincipal device = await _test.DeviceAsync("truck");
        foreach (string channel in new[] { "", "a/b", "$x", new string('c', 65) })
            Refused(RefusalKind.Malformed, await Telemetry.PublishAsync(device, channel, Content("a")));
        Refused(RefusalKind.TooLarge, await Telemetry.PublishAsync(device, null, new byte[1_025]));
        Ok(await Telemetry.PublishAsync(device, new string('c', 64), new byte[1_024]));
        _test.Streams.Unavailable = true;
        Task news = Telemetry.Added(DevicePartition.Of("truck", 4)).NextPulse();
        Refused(RefusalKind.Unavailable, await Telemetry.PublishAsync(device, null, Content("a")));
        Refused(RefusalKind.Unavailable, await Telemetry.ReadAsync(StreamId.Telemetry(0), 1, 1, 1));
        Refused(RefusalKind.Unavailable, await Telemetry.FindAsync(StreamId.Telemetry(0), StreamStart.Earliest));
        Assert.False(news.IsCompleted);
        _test.Streams.Unavailable = false;
        Assert.Equal(2, Ok(await Telemetry.PublishAsync(device, null, Content("a"))));
    }

    [Fact]
    public async Task A_partition_that_is_not_there_is_not_found()
    {
        Assert.Equal(4, Telemetry.Partitions);
        Refused(RefusalKind.NotFound, await Telemetry.ReadAsync(StreamId.Telemetry(4), 1, 1, 1));
        Refused(RefusalKind.NotFound, await Telemetry.FindAsync(StreamId.Telemetry(int.MaxValue), StreamStart.Earliest));
        Refused(RefusalKind.NotFound, Telemetry.GetInfo(StreamId.Telemetry(4)));
        Ok(Telemetry.GetInfo(StreamId.Telemetry(3)));
        Ok(Telemetry.GetInfo(StreamId.Events));
    }

    [Fact]
    public async Task A_reader_is_told_what_retention_has_dropped()
    {
        DevicePrincipal device = await _test.DeviceAsync("truck");
        var stream = StreamId.Telemetry(DevicePartition.Of("truck", 4));
        for (int i = 0; i < 5; i++)
            await Telemetry.PublishAsync(device, null, Content("a"));
        _test.Streams.Forget(stream, 4);
        StreamBatch batch = Ok(await Telemetry.ReadAsync(stream, 2, 10, int.MaxValue));
        Assert.Equal((2, 4L), (batch.SkippedByRetention, batch.Records[0].SequenceNumber));
    }

    [Fact]
    public async Task Retention_is_enforced_by_and_by_even_when_the_clock_is_set_back()
    {
        await using var test = new TestGateway(streams: new StreamLimits { Partitions = 1, RetentionMs = 30_000 });
        DevicePrincipal device = await test.DeviceAsync("truck");
        Ok(await test.Gateway.Telemetry.PublishAsync(device, null, Content("a")));
        test.Time.Advance(29_000);
        await test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(1, Ok(test.Gateway.Telemetry.GetInfo(StreamId.Telemetry(0))).FirstSequenceNumber);
        test.Time.Step(3_600_000);
        test.Time.Advance(9_999);
        await test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(1, Ok(test.Gateway.Telemetry.GetInfo(StreamId.Telemetry(0))).FirstSequenceNumber);
        test.Time.Advance(1);
        await test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(2, Ok(test.Gateway.Telemetry.GetInfo(StreamId.Telemetry(0))).FirstSequenceNumber);
        test.Time.Step(-3_600_000);
        Ok(await test.Gateway.Telemetry.PublishAsync(device, null, Content("b")));
        test.Time.Advance(3_700_000);
        await test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(3, Ok(test.Gateway.Telemetry.GetInfo(StreamId.Telemetry(0))).FirstSequenceNumber);
    }
}
