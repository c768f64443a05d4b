using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Core.Tests.Support;
using Restante.Storage.Conformance.Memory;
using Restante.Storage.Conformance.Streams;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Events;

public sealed class EventLogTests : IAsyncDisposable
{
    private readonly TestGateway _test = new();

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task An_event_is_a_JSON_message_about_its_device()
    {
        Task news = _test.Gateway.Events.Added.NextPulse();
        await _test.DeviceAsync("a=b~c");
        Assert.True(news.IsCompleted);
        StreamRecord record = Assert.Single(Ok(await _test.Gateway.Telemetry.ReadAsync(StreamId.Events, 1, 10, int.MaxValue)).Records);
        Assert.Equal(("a=b~c", "created", _test.NowMs), (record.Source, record.Channel, record.EnqueuedAtMs));
        MessageContent content = MessageContent.Decode(record.Content);
        Assert.Equal((BodyKind.Text, "application/json", "created"), (content.BodyKind, content.ContentType, content.Subject));
        using JsonDocument json = JsonDocument.Parse(content.Body);
        Assert.Equal("created", json.RootElement.GetProperty("event").GetString());
        Assert.Equal("a=b~c", json.RootElement.GetProperty("device").GetString());
    }

    [Fact]
    public async Task Words_of_a_peer_cannot_break_the_JSON()
    {
        var device = await _test.DeviceAsync("d");
        var connection = new TestConnection();
        _test.Gateway.Connections.Add(device, connection, new("amqp", 1, null));
        _test.Gateway.Connections.Remove(device, connection, new("amqp", 1, null), "\"},{\u0000\n\uD800");
        string last = (await _test.EventsAsync())[^1];
        using JsonDocument json = JsonDocument.Parse(last);
        Assert.StartsWith("\"},{\u0000\n", json.RootElement.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_cannot_be_stored_is_counted_and_disturbs_nobody()
    {
        using var lost = new LostEvents(_test.Gateway);
        Task news = _test.Gateway.Events.Added.NextPulse();
        _test.Streams.Unavailable = true;
        await _test.DeviceAsync("d");
        Assert.Equal(1, lost.Count);
        Assert.False(news.IsCompleted);
        _test.Streams.Unavailable = false;
        await _test.DeviceAsync("e");
        Assert.Equal(1, lost.Count);
        Assert.Equal(["""{"event":"created","device":"e"}"""], await _test.EventsAsync());
    }

    [Fact]
    public async Task So_many_events_wait_for_the_disk_and_the_rest_is_counted()
    {
        var streams = new SlowStreams();
        await using var memory = new MemoryGatewayStore(null, streams);
        using var gateway = new Gateway(memory, new GatewayLimits(), _test.Time, NullLoggerFactory.Instance);
        using var lost = new LostEvents(gateway);
        Ok(await gateway.Devices.CreateAsync("d"));
        for (int i = 1; i <= 10_010; i++)
            gateway.Connections.Add(Device(i), new TestConnection(), new("amqp", 1, null));
        Assert.Equal(10_000, streams.Waiting);
        Assert.Equal(11, lost.Count);
        await Task.Run(streams.Finish); // On a thread without context the waiting appends go on within the call.
        gateway.Connections.Add(Device(10_011), new TestConnection(), new("amqp", 1, null));
        Assert.Equal(11, lost.Count);
    }

    // Each connects once: what one device does over and over is not an event each time.
    private static DevicePrincipal Device(int number) =>
        new(DeviceId.Parse($"d{number}"), new DeviceNumber(number), CredentialSlot.Primary, long.MaxValue);

    /// <summary>Listens to the counter of lost events of one gateway.</summary>
    private sealed class LostEvents : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _count;

        public LostEvents(Gateway gateway)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "restante.events.lost" && gateway.Metrics.Owns(instrument))
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _count, value));
            _listener.Start();
        }

        public long Count => Interlocked.Read(ref _count);

        public void Dispose() => _listener.Dispose();
    }

    /// <summary>A stream store whose appends wait until the test lets them go.</summary>
    private sealed class SlowStreams : IStreamStore
    {
        private readonly MemoryStreamStore _memory = new();
        private readonly TaskCompletionSource<long> _done = new();
        private int _waiting;

        public int Waiting => _waiting;

        public int Partitions => _memory.Partitions;

        public void Finish() => _done.SetResult(1);

        public ValueTask<long> AppendAsync(StreamAppend item, long nowMs)
        {
            _waiting++;
            return new(_done.Task);
        }

        public ValueTask AppendAsync(ReadOnlyMemory<StreamAppend> items, long nowMs) => _memory.AppendAsync(items, nowMs);

        public ValueTask<StreamBatch> ReadAsync(StreamId stream, long fromSequenceNumber, int maxRecords, int maxBytes) =>
            _memory.ReadAsync(stream, fromSequenceNumber, maxRecords, maxBytes);

        public ValueTask<long> FindAsync(StreamId stream, StreamStart start) => _memory.FindAsync(stream, start);

        public StreamInfo GetInfo(StreamId stream) => _memory.GetInfo(stream);

        public ValueTask<long> EnforceRetentionAsync(long nowMs) => _memory.EnforceRetentionAsync(nowMs);
    }
}
